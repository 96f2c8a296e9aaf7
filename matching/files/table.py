"""A file as columns of texts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mdm.feeds.readers import ABSENT, RowProblem, Sheet

_SHOWN = 5
_BETWEEN_ITEMS = "\x1f"


@dataclass(frozen=True, slots=True)
class Table:
    """`cells[column][at]` is a text, "" for none; `numbers[at]` is its row as a spreadsheet counts.

    The items of a list are read back with `items_of`. Rows that cannot be read are
    counted in `unreadable`; `problems` are the first of them.
    """

    columns: tuple[str, ...]
    numbers: list[int]
    cells: dict[str, list[str]]
    unreadable: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.numbers)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The texts of each row, in the order of the columns."""
        return zip(*(self.cells[column] for column in self.columns), strict=True)


def items_of(cell: str) -> list[str]:
    """The items of a list in a cell; the cell alone when it holds none."""
    return cell.split(_BETWEEN_ITEMS)


def read_table(sheet: Sheet, progress: Callable[[int], None]) -> Table:
    """All rows of `sheet`; `progress` is told how many there are so far."""
    cells: list[list[str]] = [[] for _ in sheet.columns]
    numbers: list[int] = []
    problems: list[RowProblem] = []
    unreadable = 0
    for block in sheet.blocks:
        numbers += block.numbers
        unreadable += len(block.problems)
        problems += block.problems[: _SHOWN - len(problems)]
        for column, values in zip(cells, zip(*block.rows, strict=True), strict=False):
            column += map(_text, values)
        progress(len(numbers))
    by_name = dict(zip(sheet.columns, cells, strict=True))
    return Table(tuple(sheet.columns), numbers, by_name, unreadable, problems)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return "" if value == ABSENT else value
    if isinstance(value, list):
        return _BETWEEN_ITEMS.join(filter(None, map(_text, value)))
    return "" if value is None else str(value)
