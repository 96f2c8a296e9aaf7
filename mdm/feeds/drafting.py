"""A mapping as a person edits it: one target for each column; what is not plain stays as it is.

Targets are "key", "updated_at", the name of an attribute, or "addresses.city" for a part of one.
"""

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from typing import Any

from mdm.attribute_types import Address, Reference
from mdm.feeds.mapping import Specification
from mdm.schema import EntityType
from mdm.standardise.places import ADDRESS_PARTS

KEY, UPDATED_AT = "key", "updated_at"
_PARTS = tuple(part for part in ADDRESS_PARTS if part != "kind")


def targets(entity_type: EntityType) -> dict[str, str]:
    """Every target of a domain, with what to call it."""
    named = {KEY: "Key: its id in the source", UPDATED_AT: "When the source changed it"}
    for each in entity_type.attributes:
        if isinstance(each.type, Address):
            named |= {f"{each.name}.{part}": f"{each.label}: {part}" for part in _PARTS}
        else:
            named[each.name] = each.label
    return named


def attribute_of(target: str) -> str:
    """The attribute that a target belongs to; "" for the key and the date of change."""
    return "" if target in (KEY, UPDATED_AT) else target.partition(".")[0]


def read(specification: Specification) -> dict[str, str]:
    """The first target of each column that a mapping reads into a record."""
    found: dict[str, str] = {}
    for column, target, _ in _uses(specification):
        found.setdefault(column, target)
    return found


def write(
    specification: Specification,
    entity_type: EntityType,
    system: str,
    chosen: Mapping[str, str],
) -> Specification:
    """The mapping with the targets `chosen` for the columns of a file; "" leaves one out.

    Lines whose columns keep their target stay word for word, with transformations and constants.
    References point into `system` unless a line says otherwise.
    """
    before = read(specification)
    optional = {column for column, _, free in _uses(specification) if free}
    moved = {
        column
        for column in {*before, *chosen}
        if chosen.get(column, "") != before.get(column, "")
        and not (column not in chosen and column in optional)
    }
    new = deepcopy(specification)
    new["attributes"] = [
        kept for line in new.get("attributes", ()) if (kept := _without(line, moved))
    ]
    if moved & set(_columns(new.get("key"))) or any(chosen.get(each) == KEY for each in moved):
        new["key"] = [column for column, target in chosen.items() if target == KEY]
    if moved & set(_columns(new.get("updated_at"))):
        del new["updated_at"]
    for column, target in chosen.items():
        if column in moved and target and target != KEY:
            _add(new, entity_type, system, column, target)
    return new


def _uses(specification: Specification) -> Iterator[tuple[str, str, bool]]:
    """Columns with their targets, and whether the file may come without."""
    key = specification.get("key", [])
    for cell in key if isinstance(key, list) else [key]:
        yield from ((column, KEY, False) for column in _columns(cell))
    yield from ((column, UPDATED_AT, False) for column in _columns(specification.get("updated_at")))
    for line in specification.get("attributes", ()):
        name, free = line.get("attribute", ""), bool(line.get("optional", False))
        yield from ((column, name, free) for column in _columns(line))
        for part, cell in (line.get("parts") or {}).items():
            free = isinstance(cell, dict) and bool(cell.get("optional", False))
            yield from ((column, f"{name}.{part}", free) for column in _columns(cell))


def _columns(cell: Any) -> list[str]:
    """The columns of a cell, or of a list of cells."""
    if isinstance(cell, str):
        return [cell]
    if isinstance(cell, list):
        return [column for each in cell for column in _columns(each)]
    if not isinstance(cell, dict):
        return []
    return list(cell.get("columns") or filter(None, [cell.get("column")]))


def _without(line: dict[str, Any], moved: Collection[str]) -> dict[str, Any] | None:
    """A line as it is left when columns go elsewhere; None when it says nothing any more."""
    if "parts" not in line:
        return None if set(_columns(line)) & set(moved) else line
    parts = {
        part: cell for part, cell in line["parts"].items() if not set(_columns(cell)) & set(moved)
    }
    return {**line, "parts": parts} if any(map(_columns, parts.values())) else None


def _add(
    new: Specification, entity_type: EntityType, system: str, column: str, target: str
) -> None:
    name, _, part = target.partition(".")
    lines: list[dict[str, Any]] = new["attributes"]
    if target == UPDATED_AT:
        new["updated_at"] = column
    elif part:
        fitting = (
            each for each in lines if each["attribute"] == name and part not in each["parts"]
        )
        line = next(fitting, None)
        if line is None:
            line = {"attribute": name, "parts": {}}
            lines.append(line)
        line["parts"][part] = column
    elif isinstance(entity_type[name].type, Reference):
        lines.append({"attribute": name, "column": column, "system": {"value": system}})
    else:
        lines.append({"attribute": name, "column": column})
