"""What every reader makes of a file: a header, blocks of rows, and rows that cannot be read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

BLOCK_ROWS = 5_000
LONGEST_CELL = 100_000
LONGEST_LINE = 4_000_000
LONGEST_NAME = 200
MOST_COLUMNS = 16_384
_BLOCK_CELLS = 2_000_000
# More than any text may have, so that a value that was cut does not pass for a whole one.
_KEPT, _KEPT_ITEMS = 4_000, 100
ABSENT = "\x00"
"""Stands for a value that a JSON record does not mention, as against one that it says is null."""

Row = list[Any]


class FileRefusedError(ValueError):
    """The file as a whole cannot be read: what is wrong, and what would mend it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that cannot be applied: where, why, and what would mend it.

    `number` counts as a spreadsheet does: the header is row 1.
    """

    number: int
    column: str
    cause: str
    message: str
    remedy: str
    raw: dict[str, Any] = field(default_factory=dict)
    source_key: str = ""


@dataclass(slots=True)
class Block:
    """Some thousand rows, with their numbers, and the problems met among them."""

    numbers: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows) + len(self.problems)


@dataclass(frozen=True, slots=True)
class Sheet:
    """An opened file: its columns, and its rows in blocks."""

    columns: list[str]
    blocks: Iterator[Block]


def block_rows(columns: list[str]) -> int:
    """How many rows a block takes: fewer of very wide ones, so that memory stays bounded."""
    return max(1, min(BLOCK_ROWS, _BLOCK_CELLS // len(columns)))


def check_header(columns: list[str]) -> list[str]:
    """The trimmed column names; raises FileRefusedError when one is empty or occurs twice."""
    names = [name.strip().removeprefix("\ufeff") for name in columns]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise FileRefusedError(
            "Row 1 holds no column names.", "Put the column names in the first row."
        )
    if len(names) > MOST_COLUMNS:
        raise FileRefusedError(
            f"Row 1 has {len(names):,} columns, more than {MOST_COLUMNS:,}.",
            "Look whether the rows are on lines of their own.",
        )
    seen: set[str] = set()
    for number, name in enumerate(names, 1):
        _check_name(number, name, seen)
        seen.add(name)
    return names


def _check_name(number: int, name: str, seen: set[str]) -> None:
    if not name:
        raise FileRefusedError(
            f"Row 1 has no name for column {number}.",
            "Name it, or remove the empty column; merged header cells must be split.",
        )
    if len(name) > LONGEST_NAME:
        raise FileRefusedError(
            f"Row 1 has a name of {len(name):,} characters for column {number}.",
            "Put the column names in the first row; look for a missing quote in it.",
        )
    if storable(name) != name:
        raise FileRefusedError(
            f"Row 1 names column {number} {storable(name)!r}, which holds a character that is no "
            "text.",
            "Save the file as UTF-8, or tell the feed its encoding.",
        )
    if name in seen:
        raise FileRefusedError(
            f"Row 1 names two columns {name!r}.", "Give every column a name of its own."
        )


def excerpt(cells: dict[str, Any]) -> dict[str, Any]:
    """`cells` short enough to keep, to show and to repair; without what cannot be stored."""
    return {storable(name)[:LONGEST_NAME]: _excerpt(value) for name, value in cells.items()}


def _excerpt(value: Any) -> Any:
    if isinstance(value, list):
        return [_excerpt(item) for item in value[:_KEPT_ITEMS]]
    if not isinstance(value, str):
        return value
    return storable(value if len(value) <= _KEPT else f"{value[:_KEPT]}…")


def storable(text: str) -> str:
    """`text` without NUL and with undecodable bytes as U+FFFD, as PostgreSQL can keep it."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
