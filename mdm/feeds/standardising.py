"""Applying a mapping: rows of raw cells in, standardised records and problems out.

Works column by column and on distinct values, so a value that occurs a thousand times is read
once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from mdm.attribute_types import Address, Reference, Text
from mdm.feeds.cells import (
    Cell,
    Cells,
    Entry,
    Raw,
    attempt,
    items_of,
    one_text,
    several,
    telling_parts,
)
from mdm.feeds.mapping import ExposureEntry, Mapping
from mdm.feeds.readers.sheet import ABSENT, Row, RowProblem, excerpt
from mdm.schema import Attribute, Attributes, WhenInvalid
from mdm.standardise.dates import parse_date, parse_moment
from mdm.standardise.numbers import parse_decimal
from mdm.standardise.places import parse_currency
from mdm.standardise.reading import Doubtful, InvalidValue
from mdm.standardise.text import clean, fold, over_distinct

_KEPT = Text(longest=300)
"""What a text must be to be kept although it cannot be read."""


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
    """One row, standardised. An attribute that is None was explicitly empty in the source.

    `doubtful` names the attributes that are kept as they came, as they cannot be read.
    """

    attributes: Attributes = field(default_factory=dict)
    doubtful: frozenset[str] = frozenset()
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
        for at, value in enumerate(self._values(entry, rows)):
            if isinstance(value, InvalidValue):
                wrong.setdefault(at, _invalid(entry.column(value.part), value))
            elif value is not ABSENT:
                records[at].attributes[name] = value
        if entry.when_invalid == WhenInvalid.DISTRUST:
            for record in records:
                if isinstance(record.attributes.get(name), Doubtful):
                    record.doubtful |= {name}

    def _values(self, entry: Entry, rows: Sequence[Row]) -> list[Any]:
        """For each row a JSON value, None for an explicit null, ABSENT, or InvalidValue."""
        read = [self._reader(entry, source) for source in entry.sources]
        raw = [entry.raw(source, self.places, rows) for source in entry.sources]
        if len(read) == 1:
            return over_distinct(lambda value: entry.settle_one(read[0](value)), raw[0])
        offered = [over_distinct(*each) for each in zip(read, raw, strict=True)]
        return [entry.settle(each) for each in zip(*offered, strict=True)]

    def _reader(self, entry: Entry, source: Cells) -> Callable[[Raw], Any]:
        """How a raw value of a source is read: to a value or a list of them, or as it is."""
        attribute, read_one = entry.attribute, self._reader_of_one(entry.attribute, source)
        if entry.when_invalid == WhenInvalid.DISTRUST:
            read_one = self._doubting(attribute.name, read_one)

        def read(raw: Raw) -> Any:
            if not raw or raw == ABSENT:
                return raw or None
            if isinstance(raw, str):
                return attempt(read_one, raw)
            values = (attempt(read_one, each) for each in items_of(attribute, raw))
            items = [value for value in values if value is not None]
            if attribute.many or not items:
                return items or None
            return items[0] if len(items) == 1 else several(items)

        return read

    def _reader_of_one(self, attribute: Attribute, source: Cells) -> Callable[[Raw], Any]:
        type_, reading = attribute.type, self.mapping.reading
        tidy = self._tidier(attribute.name)
        telling = telling_parts(source)

        def read_text(raw: Raw) -> Any:
            text = tidy(raw)
            return type_.parse(text, reading) if text else None

        def read_reference(raw: Raw) -> Any:
            system, key = raw
            if not tidy(key):
                return None
            self._check_system(system)
            return type_.clean(raw, reading)

        def read_address(raw: Raw) -> Any:
            parts = {name: one_text(name, part, tidy) for name, part in raw}
            parts = {name: text for name, text in parts.items() if text}
            return None if telling.isdisjoint(parts) else type_.clean(parts, reading)

        if isinstance(type_, Reference):
            return read_reference
        return read_address if isinstance(type_, Address) else read_text

    def _doubting(self, name: str, read_one: Callable[[Raw], Any]) -> Callable[[Raw], Any]:
        """Keeps a text that cannot be read, unless that is unfit to be kept at all."""
        tidy = self._tidier(name)

        def read(raw: Raw) -> Any:
            try:
                return read_one(raw)
            except InvalidValue:
                return Doubtful(_KEPT.parse(tidy(raw), self.mapping.reading))

        return read

    def _tidier(self, attribute: str) -> Callable[[str | None], str]:
        """Cleans a text of `attribute`; a placeholder says as little as an empty text does."""
        placeholders = self.around.placeholders(attribute)
        longest = max(map(len, placeholders), default=0)

        def tidy(raw: str | None) -> str:
            text = clean(raw or "")
            return "" if len(text) <= longest and fold(text) in placeholders else text

        return tidy

    def _check_system(self, system: Raw) -> None:
        if system not in self.around.systems:
            named = "" if system is None or system == ABSENT else system
            raise InvalidValue(
                f"{named!r} is not a registered source system",
                f"register it, or use one of {', '.join(sorted(self.around.systems))}",
                part="system",
            )

    def _read_exposure(
        self, each: ExposureEntry, rows: Sequence[Row], records: list[Standardised], wrong: Wrongs
    ) -> None:
        reading = self.mapping.reading
        facts: tuple[tuple[Cell, Callable[[str], Any]], ...] = (
            (each.as_of, lambda text: parse_date(text, reading)),
            (each.amount, lambda text: Decimal(parse_decimal(text, reading))),
            (each.currency, lambda text: parse_currency(text, reading.country)),
        )
        said = zip(*(self._texts(cell, rows) for cell, _ in facts), strict=True)
        for at, texts in enumerate(said):
            if not texts[1]:
                continue
            values = [attempt(read, text) for (_, read), text in zip(facts, texts, strict=True)]
            for (cell, _), value in zip(facts, values, strict=True):
                if isinstance(value, InvalidValue):
                    wrong.setdefault(at, _invalid(cell.name or each.kind, value))
                    break
            else:
                records[at].exposures.append(Exposure(each.kind, *values))

    def _read_moments(
        self, cell: Cell, rows: Sequence[Row], records: list[Standardised], wrong: Wrongs
    ) -> None:
        reading, zone = self.mapping.reading, self.around.time_zone
        for at, text in enumerate(self._texts(cell, rows)):
            try:
                moment = parse_moment(text, reading, zone) if text else None
                records[at].source_updated_at = moment
            except InvalidValue as invalid:
                wrong.setdefault(at, _invalid(cell.name, invalid))

    def _texts(self, cell: Cell, rows: Sequence[Row]) -> list[str]:
        """The cell's text in each row; "" for a placeholder."""
        return over_distinct(self._tidier(""), cell.texts(self.places, rows))

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
