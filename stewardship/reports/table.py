"""A report as data: what screen, spreadsheet and paper all show, and what a close freezes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.utils.formats import number_format

from mdm.words import translated

Value = str | int | Decimal | date | datetime | None


class Kind(StrEnum):
    """How a column is written and sorted; money is in the currency of its label, a share in %."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    SHARE = "share"
    DATE = "date"
    MOMENT = "moment"


_AS_IS = (Kind.TEXT, Kind.NUMBER)
"""What documents hold as it is."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in addresses, its heading, and how it is written."""

    name: str
    label: str
    kind: Kind = Kind.TEXT

    @property
    def is_numeric(self) -> bool:
        """Whether its values are numbers, which stand under each other."""
        return self.kind in (Kind.NUMBER, Kind.MONEY, Kind.SHARE)


class Row(NamedTuple):
    """One line, a value per column; `url` leads to the rows behind it, or to the record."""

    values: tuple[Value, ...]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A table with what it says in words, the moment it is true of, and its totals."""

    code: str
    title: str
    words: str
    as_of: datetime
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    totals: tuple[tuple[str, Value], ...] = ()
    """What holds of the whole report; columns are never added up, as a thing may stand in several
    rows and currencies differ."""
    filters: Mapping[str, str] = field(default_factory=dict)
    bars: str = ""
    """The name of the column that is drawn: its numbers, or how many rows say each of its words."""

    def filtered(self, wanted: Mapping[str, str]) -> "Report":
        """The rows whose columns hold each of the wanted words, whatever their case.

        A word that begins with "=" is all that the column says, in the language of the page or, as
        links say it, in English.
        """
        places = {column.name: place for place, column in enumerate(self.columns)}
        asked = {name: word for name, word in wanted.items() if name in places and word.strip()}
        kept = tuple(
            row
            for row in self.rows
            if all(_has(row.values[places[name]], word) for name, word in asked.items())
        )
        return replace(self, rows=kept, filters=asked)

    def sorted_by(self, name: str, *, descending: bool = False) -> "Report":
        """The rows in the order of a column; what has no value comes last."""
        places = {column.name: place for place, column in enumerate(self.columns)}
        if name not in places:
            return self
        place = places[name]
        said = [row for row in self.rows if row.values[place] is not None]
        rest = [row for row in self.rows if row.values[place] is None]
        in_order = sorted(said, key=lambda row: _key(row.values[place]), reverse=descending)
        return replace(self, rows=(*in_order, *rest))


def written(value: Value) -> str:
    """A value as text: numbers with separators, moments to the minute."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return number_format(value, 2, force_grouping=True)
    return number_format(value, force_grouping=True) if isinstance(value, int) else value


def _has(value: Value, word: str) -> bool:
    said, wanted = written(value).casefold(), word.strip()
    if wanted.startswith("="):
        return said in (wanted[1:].casefold(), translated(wanted[1:]).casefold())
    return wanted.casefold() in said


def money_columns(amounts: Sequence[Mapping[str, Decimal]], label: str) -> list[Column]:
    """A column for each currency that occurs: different currencies are never added up."""
    currencies = sorted({currency for each in amounts for currency in each})
    return [Column(f"money_{each.lower()}", f"{label}, {each}", Kind.MONEY) for each in currencies]


def money_cells(columns: Sequence[Column], amounts: Mapping[str, Decimal]) -> list[Decimal]:
    """The amounts in the order of `columns`, as `money_columns` makes them; 0 where none hangs."""
    found = {f"money_{currency.lower()}": amount for currency, amount in amounts.items()}
    return [found.get(each.name, Decimal(0)) for each in columns if each.kind == Kind.MONEY]


def _key(value: Value) -> Any:
    return value.casefold() if isinstance(value, str) else value


def to_document(report: Report) -> dict[str, Any]:
    """The report as plain data, from which `from_document` makes it again."""
    return {
        "code": report.code,
        "title": report.title,
        "words": report.words,
        "as_of": report.as_of.isoformat(),
        "columns": [[each.name, each.label, str(each.kind)] for each in report.columns],
        "rows": [[[*map(_plain, row.values)], row.url] for row in report.rows],
        "totals": [[label, _plain(value), _kind(value)] for label, value in report.totals],
        "bars": report.bars,
    }


def from_document(document: Mapping[str, Any]) -> Report:
    """The report that was frozen in a document, figure for figure.

    It was frozen in English; headings that are still the same are said in the language of the page.
    """
    columns = tuple(
        Column(name, translated(label), Kind(kind)) for name, label, kind in document["columns"]
    )
    return Report(
        code=document["code"],
        title=translated(document["title"]),
        words=translated(document["words"]),
        as_of=datetime.fromisoformat(document["as_of"]),
        columns=columns,
        rows=_rows(document["rows"], columns),
        totals=tuple(
            (translated(label), _read(value, Kind(kind)))
            for label, value, kind in document["totals"]
        ),
        bars=document["bars"],
    )


def _rows(plain: Sequence[tuple[list[Any], str]], columns: Sequence[Column]) -> tuple[Row, ...]:
    """The rows of a document, read column by column: a report may have tens of thousands."""
    if not plain:
        return ()
    by_column = zip(*(values for values, _ in plain), strict=True)
    read = [
        values if column.kind in _AS_IS else [_read(each, column.kind) for each in values]
        for values, column in zip(by_column, columns, strict=True)
    ]
    return tuple(map(Row, zip(*read, strict=True), (url for _, url in plain)))


def _plain(value: Value) -> str | int | None:
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _kind(value: Value) -> str:
    if isinstance(value, Decimal):
        return Kind.MONEY
    if isinstance(value, int):
        return Kind.NUMBER
    if isinstance(value, datetime):
        return Kind.MOMENT
    return Kind.DATE if isinstance(value, date) else Kind.TEXT


def _read(value: Any, kind: Kind) -> Value:
    if value is None:
        return None
    match kind:
        case Kind.MONEY | Kind.SHARE:
            return Decimal(value)
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.MOMENT:
            return datetime.fromisoformat(value)
        case _:
            found: Value = value
            return found
