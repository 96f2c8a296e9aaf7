"""A record as somebody describes it, "legal_name=Acme Ltd", as attributes that are searched for."""

from collections.abc import Iterable
from typing import Any

from matching.files.targets import FULL_NAME, Target, TargetError, parse_target
from mdm.attribute_types import AttributeType, Reference
from mdm.schema import EntityType
from mdm.standardise.reading import InvalidValue, Reading


class DescriptionError(ValueError):
    """A description that cannot be read, and what would mend it."""


def described(type_: EntityType, words: Iterable[str], reading: Reading) -> dict[str, Any]:
    """The attributes that "attribute=value" texts describe, standardised as in a source record.

    Items of lists and parts of addresses are named as `match_file --map` names them; a reference
    is SYSTEM:KEY. Raises `DescriptionError`.
    """
    given: dict[Target, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise DescriptionError(f"{word!r} is not ATTRIBUTE=VALUE")
        given[_target(name, type_)] = value
    attributes: dict[str, Any] = {}
    for name in dict.fromkeys(target.attribute for target in given):
        items = _items({each: text for each, text in given.items() if each.attribute == name})
        kind = type_[name].type
        read = [each for item in items if (each := _read(kind, item, name, reading)) is not None]
        if read:
            attributes[name] = read if type_[name].many else read[0]
    return attributes


def _target(name: str, type_: EntityType) -> Target:
    try:
        target = parse_target(name, type_)
    except TargetError as error:
        raise DescriptionError(str(error)) from error
    if target.attribute == FULL_NAME:
        raise DescriptionError("give the given_name and the family_name")
    return target


def _items(given: dict[Target, str]) -> list[str | dict[str, str]]:
    """The items of one attribute in their order, an address as its parts."""
    items: dict[int, str | dict[str, str]] = {}
    for target, text in sorted(given.items(), key=lambda each: each[0].item):
        if not target.part:
            items[target.item] = text
            continue
        parts = items.setdefault(target.item, {})
        if isinstance(parts, dict):
            parts[target.part] = text
    return list(items.values())


def _read(kind: AttributeType, item: str | dict[str, str], name: str, reading: Reading) -> Any:
    raw: Any = item
    if isinstance(kind, Reference) and isinstance(item, str):
        system, colon, key = item.partition(":")
        if not colon:
            raise DescriptionError(f"{name} names a record: SYSTEM:KEY")
        raw = (system, key)
    try:
        return kind.clean(raw, reading)
    except InvalidValue as invalid:
        raise DescriptionError(f"{name}: {invalid.message}; {invalid.remedy}") from invalid
