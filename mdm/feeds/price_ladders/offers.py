"""One row of the price list: an offer whose every cell could be read, or its problem."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2s
from typing import Protocol

from mdm.feeds.price_ladders import cells
from mdm.standardise.reading import InvalidValue
from mdm.standardise.text import clean, fold, words

Row = Mapping[str, str]

_LEGAL_WORDS = frozenset("inc incorporated llc l c corp corporation co company ltd limited".split())

_Readers = tuple[tuple[str, str, str, Callable[[str], str]], ...]

# column of the file, derived column, cause if it cannot be read, reader
_CONTRACT_CELLS: _Readers = (
    (cells.CONTRACT, "contract_number", "contract_number_unreadable", cells.contract_number),
    (cells.START, "period_start", "start_date_unreadable", cells.day),
    (cells.END, "period_end", "end_date_unreadable", cells.day),
)
_JOB_CELLS: _Readers = (
    (cells.LABOUR_CATEGORY, "labour_category", "labour_category_missing", cells.labour_category),
    (cells.EDUCATION, "education", "education_unreadable", cells.education_level),
    (cells.EXPERIENCE, "years_of_experience", "experience_unreadable", cells.least_experience),
    (cells.WORKSITE, "worksite", "worksite_unknown", cells.worksite),
    (cells.UNIT, "unit", "unit_unknown", cells.unit),
    (cells.PRICE, "amount", "price_unreadable", cells.price),
)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot become a rate, in a steward's words, and what would mend it."""

    row_number: int
    column: str
    cause: str
    message: str
    remedy: str


class Numbered(Protocol):
    """Something read from a row of the file."""

    @property
    def row_number(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why several offers together cannot become rates."""

    column: str
    cause: str
    message: str
    remedy: str

    def about(self, rows: Iterable["Numbered"]) -> list[RowProblem]:
        """The same problem for each of `rows`."""
        return [
            RowProblem(row.row_number, self.column, self.cause, self.message, self.remedy)
            for row in rows
        ]


@dataclass(frozen=True, slots=True)
class Offer:
    """A readable row; `job` is what its price is for: the key of the rate, but for the year."""

    row_number: int
    row: Row
    columns: dict[str, str]
    job: str
    amount: Decimal
    start: date
    end: date

    @property
    def contract(self) -> str:
        """The contract number in its one spelling."""
        return self.columns["contract_number"]

    @property
    def contract_year(self) -> str:
        """The contract year that the row states, as it states it."""
        return fold(clean(self.row[cells.CONTRACT_YEAR]))

    @property
    def firm(self) -> str:
        return firm_of(self.row)


def firm_of(row: Row) -> str:
    """The vendor's name in a row, without its legal form."""
    name = words(row[cells.VENDOR])
    while len(name) > 1 and name[-1] in _LEGAL_WORDS:
        name.pop()
    return " ".join(name)


def read_offer(row_number: int, row: Row) -> Offer | RowProblem:
    """`row` as an offer, or the first cell of it that cannot be read."""
    job = _read_cells(row_number, row, _JOB_CELLS)
    if isinstance(job, RowProblem):
        return job
    contract = read_contract(row_number, row)
    if isinstance(contract, RowProblem):
        return contract
    columns = {"currency": "USD", **contract, **job}
    start, end = (date.fromisoformat(columns[name]) for name in ("period_start", "period_end"))
    return Offer(row_number, row, columns, _job(columns), Decimal(columns["amount"]), start, end)


def read_contract(row_number: int, row: Row) -> dict[str, str] | RowProblem:
    """What `row` says about its contract, as derived columns, or what is wrong with that."""
    columns = _read_cells(row_number, row, _CONTRACT_CELLS)
    if isinstance(columns, dict) and columns["period_end"] < columns["period_start"]:
        message = f"the contract ends on {row[cells.END]}, before it starts on {row[cells.START]}"
        remedy = "correct whichever of the two dates is wrong"
        return RowProblem(row_number, cells.END, "contract_ends_before_start", message, remedy)
    return columns


def _read_cells(row_number: int, row: Row, readers: _Readers) -> dict[str, str] | RowProblem:
    columns: dict[str, str] = {}
    for column, derived, cause, reader in readers:
        try:
            columns[derived] = reader(row[column])
        except InvalidValue as error:
            return RowProblem(row_number, column, cause, error.message, error.remedy)
    return columns


def _job(columns: Row) -> str:
    names = ("labour_category", "education", "years_of_experience", "worksite", "unit")
    identity = "\x1f".join(" ".join(words(columns[name])) for name in names)
    digest = blake2s(identity.encode(), digest_size=6).hexdigest()
    return f"{columns['contract_number']}-{digest}"
