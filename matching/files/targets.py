"""What a column may be compared as: an attribute, an item of a list, a part of an address."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from matching.engine.model import MatchModel
from mdm.attribute_types import Address, PersonName
from mdm.schema import EntityType
from mdm.standardise.places import ADDRESS_LINES, ADDRESS_PARTS

FULL_NAME = "full_name"
"""Given, middle and family name in one column: no attribute, it is taken apart."""

_TARGET = re.compile(r"(\w+)(?:\[(\d)\])?(?:\.(\w+?)(?:\[(\d)\])?)?")
_PARTS = tuple(part for part in ADDRESS_PARTS if part != "kind")


class TargetError(ValueError):
    """What a column cannot be mapped to, and what it can."""


@dataclass(frozen=True, slots=True)
class Target:
    """`item` counts in a list from 0; `part` is one of an address, "line1" or "city"."""

    attribute: str
    part: str = ""
    item: int = 0

    def __str__(self) -> str:
        item = f"[{self.item}]" if self.item else ""
        return f"{self.attribute}{item}" + (f".{self.part}" if self.part else "")


def parse_target(text: str, type_: EntityType) -> Target:
    """`text` as a target: "legal_name", "emails[1]", "address.postcode", "addresses[0].lines[0]".

    Raises `TargetError` when the domain has no such attribute or the attribute no such part.
    """
    found = _TARGET.fullmatch(text.strip())
    if found is None or found[1] not in {name.attribute for name in targets_of(type_)}:
        raise TargetError(
            f"{type_.domain} has no attribute {text!r}; it has {attributes_of(type_)}"
        )
    name, item, part, line = found[1], int(found[2] or 0), found[3], int(found[4] or 0)
    attribute = None if name == FULL_NAME else type_[name]
    if item and not (attribute and attribute.many):
        raise TargetError(f"{name} holds one value, so there is no {text!r}")
    if attribute is None or not isinstance(attribute.type, Address):
        if part:
            raise TargetError(f"{name} has no parts, so there is no {text!r}")
        return Target(name, item=item)
    if part in (None, "lines"):
        part = f"line{line + 1}"
    if part not in _PARTS:
        raise TargetError(f"{name} has no part {part!r}; it has {', '.join(_PARTS)}")
    return Target(name, part, item)


def targets_of(type_: EntityType) -> Iterator[Target]:
    """Everything that a column of a file may be mapped to, the first item of a list each."""
    if has_full_names(type_):
        yield Target(FULL_NAME)
    for attribute in type_.attributes:
        if isinstance(attribute.type, Address):
            yield from (Target(attribute.name, part) for part in _PARTS)
        else:
            yield Target(attribute.name)


def has_full_names(type_: EntityType) -> bool:
    """Whether the domain is about people, whose names can be taken apart."""
    return all(
        name in type_ and isinstance(type_[name].type, PersonName)
        for name in ("given_name", "family_name")
    )


def is_compared(target: Target, model: MatchModel) -> bool:
    """Whether the match model reads what the target stands for."""
    if target.attribute == FULL_NAME:
        return True
    if not target.part:
        return target.attribute in model.attributes
    part = "lines" if target.part in ADDRESS_LINES else target.part
    of_address = [path for path in model.paths if path.startswith(target.attribute)]
    return any(path.split(".")[-1].split("[")[0] == part for path in of_address)


def attributes_of(type_: EntityType) -> str:
    """What a column may be mapped to, in words."""
    names = dict.fromkeys(target.attribute for target in targets_of(type_))
    return ", ".join(
        f"{name}.{{{','.join(_PARTS)}}}" if _is_address(name, type_) else name for name in names
    )


def _is_address(name: str, type_: EntityType) -> bool:
    return name in type_ and isinstance(type_[name].type, Address)
