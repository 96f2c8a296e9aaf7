"""What the rows of the price list say about their contracts: whose, from when until when."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from mdm.feeds.price_ladders import cells
from mdm.feeds.price_ladders.offers import Doubt, Numbered, Row, RowProblem, firm_of, read_contract


class StatesContract(Numbered, Protocol):
    """A row of the price list, as far as it is about its contract."""

    @property
    def row(self) -> Row: ...
    @property
    def firm(self) -> str: ...
    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...


Stated = TypeVar("Stated", bound=StatesContract)


@dataclass(frozen=True, slots=True)
class ArrangedRow:
    """A row with its own columns and the derived ones; exact repeats share their `rate_key`."""

    row_number: int
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Every row of the file once, arranged or with its problem, in order of row number."""

    rows: list[ArrangedRow]
    problems: list[RowProblem]


@dataclass(frozen=True, slots=True)
class _Statement:
    """What one row says about its contract."""

    row_number: int
    row: Row
    columns: dict[str, str]
    start: date
    end: date

    @property
    def firm(self) -> str:
        return firm_of(self.row)


def agreed_contracts(rows: Iterable[tuple[int, Row]]) -> Arrangement:
    """The rows of a price list as statements about contracts, for a feed of contracts.

    `rows` are (row number, {column of the file: text}). A row keeps its columns and gains
    `contract_number`, `period_start` and `period_end`. Rows of a contract that name different
    firms are problems; so are rows that state other dates than most of their contract's rows, or
    all of them where no dates stand on most.
    """
    statements: list[_Statement] = []
    problems: list[RowProblem] = []
    for row_number, row in rows:
        columns = read_contract(row_number, row)
        if isinstance(columns, RowProblem):
            problems.append(columns)
        else:
            dates = (date.fromisoformat(columns[name]) for name in ("period_start", "period_end"))
            statements.append(_Statement(row_number, row, columns, *dates))
    arranged: list[ArrangedRow] = []
    for contract in grouped(statements, lambda each: each.columns["contract_number"]):
        sound, in_doubt = without_doubtful(contract)
        arranged += [ArrangedRow(each.row_number, {**each.row, **each.columns}) for each in sound]
        problems += in_doubt
    arranged.sort(key=lambda row: row.row_number)
    problems.sort(key=lambda problem: problem.row_number)
    return Arrangement(arranged, problems)


def grouped(rows: Iterable[Stated], key: Callable[[Stated], str]) -> list[list[Stated]]:
    """`rows` by their `key`, in order."""
    groups: defaultdict[str, list[Stated]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return list(groups.values())


def without_doubtful(contract: list[Stated]) -> tuple[list[Stated], list[RowProblem]]:
    """The rows of a contract that agree on its firm and its dates, and the others' problems."""
    firms = {each.firm: each.row[cells.VENDOR].strip() for each in contract}
    if len(firms) > 1:
        return [], _two_firms(sorted(firms.values())).about(contract)
    periods = Counter((each.start, each.end) for each in contract)
    if len(periods) == 1:
        return contract, []
    period, times = periods.most_common(1)[0]
    agreed = period if 2 * times > len(contract) else None
    sound = [each for each in contract if (each.start, each.end) == agreed]
    outliers = [each for each in contract if (each.start, each.end) != agreed]
    return sound, _many_periods(len(periods), sound).about(outliers)


def _two_firms(names: Sequence[str]) -> Doubt:
    return Doubt(
        cells.VENDOR,
        "two_firms_on_one_contract",
        f"the rows of this contract name different firms: {' and '.join(names)}",
        "find out whose contract it is, and correct the contract number of the other firm's rows",
    )


def _many_periods(count: int, sound: Sequence[StatesContract]) -> Doubt:
    most = "no two dates stand on most of them"
    if sound:
        most = f"most say {sound[0].row[cells.START]} to {sound[0].row[cells.END]}, this one not"
    return Doubt(
        cells.START,
        "contract_dates_disagree",
        f"the rows of this contract state {count} different periods; {most}",
        "enter the dates of the contract on this row, the same as on its other rows",
    )
