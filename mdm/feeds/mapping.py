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


Cells = dict[str, Cell]
"""The cells that one raw value is made of: a `value`, a `system` and `key`, or parts."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An attribute and where its values come from: the items of a list, else what is there first.

    The raw value of a row is a text, a pair (system, key) or a tuple of (part, text) pairs, as the
    attribute's type reads it; of a list attribute, a tuple of those. None is empty, ABSENT says
    nothing.
    """

    attribute: Attribute
    sources: tuple[Cells, ...]
    drop_invalid: bool
    empty_is_absent: bool
    must_exist: bool

    def column(self, part: str = "") -> str:
        """The column to name when a value of this entry, or a part of it, cannot be read."""
        named = [(name, cell) for source in self.sources for name, cell in source.items()]
        named.sort(key=lambda each: each[0] != part)
        return next((cell.name for _, cell in named if cell.columns), "")

    def raw(self, places: dict[str, int], rows: Sequence[Row]) -> list[Raw]:
        """The raw value of each row."""
        offered = [self._offered(source, places, rows) for source in self.sources]
        if self.attribute.many:
            return [self._listed(row) for row in zip(*offered, strict=True)]
        if len(offered) == 1:
            return [value or self._emptied(value) for value in offered[0]]
        return [self._first(row) for row in zip(*offered, strict=True)]

    def _offered(self, source: Cells, places: dict[str, int], rows: Sequence[Row]) -> list[Raw]:
        values = {part: cell.values(places, rows) for part, cell in source.items()}
        if isinstance(self.attribute.type, Reference):
            pairs = zip(values["system"], values["key"], strict=True)
            return [(system, key) if key and key != ABSENT else key for system, key in pairs]
        if isinstance(self.attribute.type, Address):
            names = list(values)
            return [_address(names, parts) for parts in zip(*values.values(), strict=True)]
        return values["value"]

    def _listed(self, offered: tuple[Raw, ...]) -> Raw:
        if all(value == ABSENT for value in offered):
            return ABSENT
        plain = "value" in self.sources[0]
        items: list[Raw] = []
        for value in offered:
            if value and value != ABSENT:
                items += value if plain and isinstance(value, tuple) else (value,)
        return tuple(items) or self._emptied(None)

    def _first(self, offered: tuple[Raw, ...]) -> Raw:
        if all(value == ABSENT for value in offered):
            return ABSENT
        present = (value for value in offered if value and value != ABSENT)
        return next(present, None) or self._emptied(None)

    def _emptied(self, value: Raw) -> Raw:
        return ABSENT if value == ABSENT or self.empty_is_absent else None


def _address(names: list[str], parts: tuple[Raw, ...]) -> Raw:
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
            for source in entry.sources:
                yield from source.values()
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

    def check_complete(self) -> None:
        """Raises MappingError unless a new record can be made of what is mapped."""
        mapped = {entry.attribute.name for entry in self.entries}
        missing = [name for name in self.entity_type.required if name not in mapped]
        if missing:
            raise MappingError(
                f"nothing is mapped to {', '.join(missing)}, which a new record needs; map it, or"
                " let the feed add to known records only (creates: false)"
            )

    def kept_columns(self, columns: Sequence[str]) -> list[str]:
        """The columns that make up a record's raw payload: all, or those a distinct feed maps."""
        if not self.distinct:
            return list(columns)
        used = {column for cell in self.cells for column in cell.columns}
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
        entries=_entries(specification.get("attributes", ()), entity_type, empty_is_absent),
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


def _entries(
    lines: Sequence[Specification], entity_type: EntityType, empty_is_absent: bool
) -> tuple[Entry, ...]:
    """One entry for each attribute; several lines of one attribute are its sources in order."""
    by_name: dict[str, list[Specification]] = {}
    for line in lines:
        by_name.setdefault(line.get("attribute", ""), []).append(line)
    return tuple(
        _entry(name, given, entity_type, empty_is_absent) for name, given in by_name.items()
    )


def _entry(
    name: str, lines: list[Specification], entity_type: EntityType, empty_is_absent: bool
) -> Entry:
    if name not in entity_type:
        known = ", ".join(entity_type.by_name)
        raise MappingError(f"{entity_type.domain} has no attribute {name!r}; it has {known}")
    attribute = entity_type[name]
    when_invalid = lines[0].get("invalid", attribute.when_invalid)
    return Entry(
        attribute=attribute,
        sources=tuple(_cells_of(line, attribute) for line in lines),
        drop_invalid=when_invalid == WhenInvalid.DROP,
        empty_is_absent=empty_is_absent,
        must_exist=any(line.get("must_exist", False) for line in lines),
    )


def _cells_of(specification: Specification, attribute: Attribute) -> Cells:
    if isinstance(attribute.type, Address):
        if not specification.get("parts"):
            raise MappingError(f"{attribute.name} is an address: give its parts")
        return {part: Cell.of(cell) for part, cell in specification["parts"].items()}
    if isinstance(attribute.type, Reference):
        if not specification.get("system"):
            raise MappingError(f"{attribute.name} is a reference: name the system it points into")
        system = specification["system"]
        return {"key": Cell.of(specification), "system": Cell.of(system)}
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
