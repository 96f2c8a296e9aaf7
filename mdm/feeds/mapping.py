"""From a source's columns to declared attributes: a mapping is data, compiled here.

A specification looks like this (docs/feeds.md has every word of it):

    {"key": ["Account ID"],
     "updated_at": "Last Modified",
     "reading": {"country": "GB", "date_order": "dmy"},
     "scope": [{"column": "Security Name", "rule": "equity_listing"}],
     "attributes": [
       {"attribute": "legal_name", "column": "Account Name"},
       {"attribute": "addresses", "parts": {"kind": {"value": "billing"}, "city": "Town"}},
       {"attribute": "parent", "column": "Parent ID", "system": {"value": "CRM"}}],
     "exposures": [{"kind": "pipeline", "amount": "Pipeline", "currency": "Currency",
                    "as_of": "As of"}]}
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from mdm.attribute_types import Address, Reference
from mdm.feeds.cells import Cell, MappingError, Raw, missing_columns
from mdm.feeds.readers.sheet import ABSENT, FileRefusedError, Row
from mdm.feeds.transformations import SCOPE_RULES, ScopeRule
from mdm.schema import Attribute, EntityType, WhenInvalid
from mdm.standardise.reading import Reading
from mdm.standardise.text import clean, over_distinct

Specification = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a mapping: an attribute, and the cells that its raw value is made of."""

    attribute: Attribute
    cells: dict[str, Cell]
    drop_invalid: bool
    empty_is_absent: bool

    @property
    def column(self) -> str:
        """The column to name when a value of this entry cannot be read."""
        return next((cell.column for cell in self.cells.values() if cell.column), "")

    def raw(self, places: dict[str, int], rows: Sequence[Row]) -> list[Raw]:
        """The raw value of each row, in the shape that the attribute's type reads."""
        values = {part: cell.values(places, rows) for part, cell in self.cells.items()}
        if isinstance(self.attribute.type, Reference):
            return [
                (system, key) if key and key != ABSENT else self._emptied(key)
                for system, key in zip(values["system"], values["key"], strict=True)
            ]
        if isinstance(self.attribute.type, Address):
            names = list(values)
            return [self._address(names, parts) for parts in zip(*values.values(), strict=True)]
        return [value or self._emptied(value) for value in values["value"]]

    def _emptied(self, value: Raw) -> Raw:
        return ABSENT if value == ABSENT or self.empty_is_absent else None

    def _address(self, names: list[str], parts: tuple[Raw, ...]) -> Raw:
        if all(part == ABSENT for part in parts):
            return ABSENT
        given = zip(names, parts, strict=True)
        return tuple((name, part) for name, part in given if part and part != ABSENT)


@dataclass(frozen=True, slots=True)
class ExposureEntry:
    """Where a feed carries money that hangs on its records."""

    kind: str
    amount: Cell
    currency: Cell
    as_of: Cell


@dataclass(frozen=True)
class Mapping:
    """A compiled specification for one entity type."""

    entity_type: EntityType
    key: tuple[Cell, ...]
    entries: tuple[Entry, ...]
    exposures: tuple[ExposureEntry, ...]
    updated_at: Cell | None
    scope: tuple[tuple[Cell, ScopeRule], ...]
    reading: Reading
    distinct: bool
    arrange: str

    @cached_property
    def cells(self) -> list[Cell]:
        """Every cell that the mapping reads."""
        return list(self._cells())

    def _cells(self) -> Iterator[Cell]:
        yield from self.key
        yield from (cell for cell, _ in self.scope)
        for entry in self.entries:
            yield from entry.cells.values()
        for exposure in self.exposures:
            yield from (exposure.amount, exposure.currency, exposure.as_of)
        if self.updated_at:
            yield self.updated_at

    def check_columns(self, columns: Sequence[str]) -> None:
        """Raises FileRefusedError that names every column the mapping misses in the file."""
        missing = missing_columns(self.cells, columns)
        if missing:
            raise FileRefusedError(
                f"Row 1 has no column {' and no column '.join(map(repr, missing))}; "
                f"it has {', '.join(columns)}.",
                "Rename the column in the file, or give the feed a mapping that fits.",
            )

    def kept_columns(self, columns: Sequence[str]) -> list[str]:
        """The columns that make up a record's raw payload: all, or those a distinct feed maps."""
        if not self.distinct:
            return list(columns)
        used = {cell.column for cell in self.cells}
        return [column for column in columns if column in used]

    def keys(self, places: dict[str, int], rows: Sequence[Row]) -> list[str]:
        """The source key of each row, its parts joined by "|"; "" where a part is missing."""
        parts = [over_distinct(clean, cell.texts(places, rows)) for cell in self.key]
        if len(parts) == 1:
            return parts[0]
        return ["|".join(row) if all(row) else "" for row in zip(*parts, strict=True)]

    def out_of_scope(self, places: dict[str, int], rows: Sequence[Row]) -> list[str | None]:
        """For each row why it is none of this feed's business, or None."""
        reasons: list[str | None] = [None] * len(rows)
        for cell, rule in self.scope:
            found = over_distinct(rule, cell.texts(places, rows))
            reasons = [before or now for before, now in zip(reasons, found, strict=True)]
        return reasons


def compile_mapping(specification: Specification, entity_type: EntityType) -> Mapping:
    """A mapping ready to be applied; raises MappingError that names what is wrong."""
    if not specification.get("key"):
        raise MappingError("the mapping names no key column")
    reading = specification.get("reading", {})
    key = specification["key"]
    updated_at = specification.get("updated_at")
    empty_is_absent = specification.get("empty") == "absent"
    return Mapping(
        entity_type=entity_type,
        key=tuple(map(Cell.of, key if isinstance(key, list) else [key])),
        entries=tuple(
            _entry(each, entity_type, empty_is_absent)
            for each in specification.get("attributes", ())
        ),
        exposures=tuple(map(_exposure, specification.get("exposures", ()))),
        updated_at=Cell.of(updated_at) if updated_at else None,
        scope=tuple((Cell.of(each), _rule(each)) for each in specification.get("scope", ())),
        reading=Reading(
            country=reading.get("country"),
            date_order=reading.get("date_order", "dmy"),
            decimal_comma=bool(reading.get("decimal_comma", False)),
        ),
        distinct=bool(specification.get("distinct", False)),
        arrange=str(specification.get("arrange", "")),
    )


def _entry(specification: Specification, entity_type: EntityType, empty_is_absent: bool) -> Entry:
    name = specification.get("attribute", "")
    if name not in entity_type:
        known = ", ".join(entity_type.by_name)
        raise MappingError(f"{entity_type.domain} has no attribute {name!r}; it has {known}")
    attribute = entity_type[name]
    return Entry(
        attribute=attribute,
        cells=_cells_of(specification, attribute),
        drop_invalid=specification.get("invalid", attribute.when_invalid) == WhenInvalid.DROP,
        empty_is_absent=empty_is_absent,
    )


def _cells_of(specification: Specification, attribute: Attribute) -> dict[str, Cell]:
    if isinstance(attribute.type, Address):
        if not specification.get("parts"):
            raise MappingError(f"{attribute.name} is an address: give its parts")
        return {part: Cell.of(cell) for part, cell in specification["parts"].items()}
    if isinstance(attribute.type, Reference):
        if not specification.get("system"):
            raise MappingError(f"{attribute.name} is a reference: name the system it points into")
        system = specification["system"]
        return {"system": Cell.of(system), "key": Cell.of(specification)}
    return {"value": Cell.of(specification)}


def _exposure(specification: Specification) -> ExposureEntry:
    try:
        return ExposureEntry(
            specification["kind"],
            *(Cell.of(specification[part]) for part in ("amount", "currency", "as_of")),
        )
    except KeyError as missing:
        raise MappingError(f"an exposure needs {missing}") from None


def _rule(specification: Specification) -> ScopeRule:
    try:
        return SCOPE_RULES[specification["rule"]]
    except KeyError:
        known = ", ".join(SCOPE_RULES)
        raise MappingError(f"{specification!r} names no scope rule; there are {known}") from None
