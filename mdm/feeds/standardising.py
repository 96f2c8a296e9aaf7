"""Applying a mapping: rows of raw cells in, standardised records and problems out.

Works column by column and on distinct values, so a value that occurs a thousand times is read
once.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from mdm.attribute_types import Address, Reference
from mdm.feeds.cells import Cell, Raw
from mdm.feeds.mapping import Entry, ExposureEntry, Mapping
from mdm.feeds.readers.sheet import ABSENT, Row, RowProblem, excerpt
from mdm.schema import Attribute, Attributes
from mdm.standardise.dates import parse_date, parse_moment
from mdm.standardise.numbers import parse_decimal
from mdm.standardise.places import parse_currency
from mdm.standardise.reading import InvalidValue
from mdm.standardise.text import clean, fold, over_distinct


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What must be known of the hub: registered systems, placeholders, the source's time zone.

    `blocked` holds folded placeholder values per attribute, under "" those of every attribute.
    """

    systems: frozenset[str] = frozenset()
    blocked: dict[str, frozenset[str]] = field(default_factory=dict)
    time_zone: str = "UTC"

    def placeholders(self, attribute: str) -> frozenset[str]:
        """The folded values that say nothing in `attribute`."""
        return self.blocked.get("", frozenset()) | self.blocked.get(attribute, frozenset())


@dataclass(frozen=True, slots=True)
class Exposure:
    """Money that hangs on a record: kind, ISO date, amount and currency."""

    kind: str
    as_of: str
    amount: Decimal
    currency: str


@dataclass(slots=True)
class Standardised:
    """One row, standardised. An attribute that is None was explicitly empty in the source."""

    attributes: Attributes = field(default_factory=dict)
    source_updated_at: datetime | None = None
    exposures: list[Exposure] = field(default_factory=list)


class Wrong(NamedTuple):
    """What is wrong in a row, before it knows its row number."""

    column: str
    cause: str
    message: str
    remedy: str


Wrongs = dict[int, Wrong]


class Standardiser:
    """Applies `mapping` to rows of a file with `columns`."""

    def __init__(self, mapping: Mapping, columns: Sequence[str], around: Surroundings) -> None:
        self.mapping = mapping
        self.columns = columns
        self.around = around
        self.places = {column: place for place, column in enumerate(columns)}

    def standardise(
        self, numbers: Sequence[int], rows: Sequence[Row]
    ) -> tuple[list[Standardised], list[RowProblem | None]]:
        """Each row standardised, and for each row the first problem in it, or None."""
        records = [Standardised() for _ in rows]
        wrong: Wrongs = {}
        for entry in self.mapping.entries:
            self._read_entry(entry, rows, records, wrong)
        for exposure in self.mapping.exposures:
            self._read_exposure(exposure, rows, records, wrong)
        if self.mapping.updated_at:
            self._read_moments(self.mapping.updated_at, rows, records, wrong)
        self._require(records, wrong)
        self._apply_rules(records, wrong)
        problems: list[RowProblem | None] = [None] * len(rows)
        for at, what in wrong.items():
            problems[at] = self._problem(what, numbers[at], rows[at])
        return records, problems

    def _read_entry(
        self, entry: Entry, rows: Sequence[Row], records: list[Standardised], wrong: Wrongs
    ) -> None:
        name = entry.attribute.name
        read = self._reader(entry)
        for at, value in enumerate(over_distinct(read, entry.raw(self.places, rows))):
            if isinstance(value, InvalidValue):
                wrong.setdefault(at, _invalid(entry.column(value.part), value))
            elif value is not ABSENT:
                records[at].attributes[name] = value

    def _reader(self, entry: Entry) -> Callable[[Raw], Any]:
        """How a raw value of `entry` is read: to a JSON value, None, ABSENT, or InvalidValue."""
        attribute = entry.attribute
        read_one = self._reader_of_one(attribute)

        def read(raw: Raw) -> Any:
            if raw is None:
                return None
            if raw == ABSENT:
                return ABSENT
            try:
                return _distinct(attribute, map(read_one, raw)) if attribute.many else read_one(raw)
            except InvalidValue as invalid:
                return None if entry.drop_invalid else invalid

        return read

    def _reader_of_one(self, attribute: Attribute) -> Callable[[Raw], Any]:
        type_, reading = attribute.type, self.mapping.reading
        placeholders = self.around.placeholders(attribute.name)
        longest = max(map(len, placeholders), default=0)

        def read_text(raw: Raw) -> Any:
            text = clean(raw)
            if not text or (len(text) <= longest and fold(text) in placeholders):
                return None
            return type_.parse(text, reading)

        def read_reference(raw: Raw) -> Any:
            self._check_system(raw[0])
            return type_.clean(raw, reading)

        if isinstance(type_, Reference):
            return read_reference
        if isinstance(type_, Address):
            return lambda raw: type_.clean(raw, reading)
        return read_text

    def _check_system(self, system: str) -> None:
        if system not in self.around.systems:
            raise InvalidValue(
                f"{system!r} is not a registered source system",
                f"register it, or use one of {', '.join(sorted(self.around.systems))}",
            )

    def _read_exposure(
        self,
        exposure: ExposureEntry,
        rows: Sequence[Row],
        records: list[Standardised],
        wrong: Wrongs,
    ) -> None:
        cells = (exposure.amount, exposure.currency, exposure.as_of)
        texts = zip(*(cell.texts(self.places, rows) for cell in cells), strict=True)
        for at, (amount, currency, as_of) in enumerate(texts):
            if not amount:
                continue
            try:
                records[at].exposures.append(
                    Exposure(
                        exposure.kind,
                        parse_date(as_of, self.mapping.reading),
                        Decimal(parse_decimal(amount, self.mapping.reading)),
                        parse_currency(currency),
                    )
                )
            except InvalidValue as invalid:
                wrong.setdefault(at, _invalid(exposure.amount.name, invalid))

    def _read_moments(
        self,
        cell: Cell,
        rows: Sequence[Row],
        records: list[Standardised],
        wrong: Wrongs,
    ) -> None:
        for at, text in enumerate(cell.texts(self.places, rows)):
            if text:
                try:
                    records[at].source_updated_at = parse_moment(
                        text, self.mapping.reading, self.around.time_zone
                    )
                except InvalidValue as invalid:
                    wrong.setdefault(at, _invalid(cell.name, invalid))

    def _require(self, records: list[Standardised], wrong: Wrongs) -> None:
        for entry in self.mapping.entries:
            if entry.attribute.required:
                missing = Wrong(
                    entry.column(),
                    "missing",
                    f"the {entry.attribute.label.lower()} is empty",
                    "fill it in; a record cannot do without",
                )
                for at, record in enumerate(records):
                    if record.attributes.get(entry.attribute.name, "") is None:
                        wrong.setdefault(at, missing)

    def _apply_rules(self, records: list[Standardised], wrong: Wrongs) -> None:
        columns = {entry.attribute.name: entry.column() for entry in self.mapping.entries}
        for rule in self.mapping.entity_type.rules:
            column = columns.get(rule.attribute, rule.attribute)
            broken = Wrong(column, "validation", rule.message, rule.remedy)
            for at, record in enumerate(records):
                if rule.breaks(record.attributes):
                    wrong.setdefault(at, broken)

    def _problem(self, wrong: Wrong, number: int, row: Row) -> RowProblem:
        cells = zip(self.columns, row, strict=True)
        return RowProblem(
            number,
            wrong.column,
            wrong.cause,
            f"Row {number}, {wrong.column}: {wrong.message}.",
            f"{wrong.remedy[0].upper()}{wrong.remedy[1:]}.",
            excerpt({name: cell for name, cell in cells if cell != ABSENT}),
        )


def _invalid(column: str, invalid: InvalidValue) -> Wrong:
    return Wrong(column, "validation", invalid.message, invalid.remedy)


def _distinct(attribute: Attribute, items: Iterable[Any]) -> list[Any] | None:
    """The items that say something, the first of each identity; None when there is none."""
    found: dict[str, Any] = {}
    for item in items:
        if item is not None:
            found.setdefault(attribute.type.identity(item), item)
    return list(found.values()) or None
