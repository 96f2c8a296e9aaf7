"""CSV as the world writes it: any delimiter, breaks in cells, broken quotes that cost a row."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdm.feeds.readers.encoding import find_encoding
from mdm.feeds.readers.sheet import (
    BLOCK_ROWS,
    LONGEST_CELL,
    Block,
    FileRefusedError,
    Row,
    RowProblem,
    Sheet,
    check_header,
    excerpt,
)

DELIMITERS = ",;\t|"
MOST_LINES_IN_A_CELL = 200
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True, slots=True)
class _Broken:
    """A physical line that is no row."""

    line: str
    why: str


class _Lines:
    """Physical lines, of which some can be put back to be read again."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._fresh = _decoded_lines(path, encoding)
        self._returned: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._returned.popleft() if self._returned else next(self._fresh)

    def put_back(self, lines: list[str]) -> None:
        self._returned.extendleft(reversed(lines))


def read_csv(path: Path, options: dict[str, Any]) -> Sheet:
    """Open a CSV file; `options` may fix `encoding` and `delimiter`, else both are found."""
    encoding = options.get("encoding") or find_encoding(path)
    lines = _Lines(path, encoding)
    first = next(lines, "")
    if not first.strip():
        raise FileRefusedError("The file is empty.", "Export it again, with its header row.")
    parser = _Parser(options.get("delimiter") or _find_delimiter(first), ", " in first, encoding)
    lines.put_back([first])
    header = next(parser.records(lines, None))
    if isinstance(header, _Broken):
        raise FileRefusedError(f"Row 1 cannot be read: {header.why}.", "Mend the header row.")
    columns = check_header(header)
    return Sheet(columns, _blocks(parser, columns, lines))


def _decoded_lines(path: Path, encoding: str) -> Iterator[str]:
    errors = "surrogateescape" if encoding.startswith("utf-8") else "replace"
    try:
        with path.open(encoding=encoding, errors=errors, newline="") as file:
            yield from file
    except LookupError:
        raise FileRefusedError(
            f"There is no encoding {encoding!r}.", "Give the feed one like utf-8 or cp1252."
        ) from None


def _find_delimiter(header: str) -> str:
    """The candidate that splits the header into the most cells; a comma when none splits it."""
    return max(DELIMITERS, key=lambda each: len(next(csv.reader([header], delimiter=each), [])))


@dataclass(frozen=True, slots=True)
class _Parser:
    """Turns physical lines into rows."""

    delimiter: str
    spaced: bool
    encoding: str

    def records(self, lines: _Lines, width: int | None) -> Iterator[Row | _Broken]:
        """Rows of `width` cells (None: one row of any width, the header).

        Lines whose quotes balance are parsed many at a time. A line that belongs to no row is
        broken, and costs only itself.
        """
        most = BLOCK_ROWS if width else 1
        balanced: list[str] = []
        for line in lines:
            if line.count('"') % 2:
                yield from self._parse_many(balanced, width)
                balanced = []
                yield self._parse_quoted(line, lines, width)
            else:
                balanced.append(line)
            if len(balanced) == most:
                yield from self._parse_many(balanced, width)
                balanced = []
        yield from self._parse_many(balanced, width)

    def _parse_many(self, lines: list[str], width: int | None) -> Iterator[Row | _Broken]:
        try:
            rows = list(self._reader(lines))
        except csv.Error:
            rows = []
        if len(rows) == len(lines) and all(len(row) == width for row in rows):
            yield from rows
        else:
            yield from (self._parse(line, line, width) for line in lines)

    def _parse_quoted(self, line: str, lines: _Lines, width: int | None) -> Row | _Broken:
        """A row with line breaks in its cells.

        An open quote takes in the lines that follow until it closes; when what comes out is no
        row, only the first line is broken and reading goes on with the second.
        """
        record, taken = line, []
        while record.count('"') % 2 and len(taken) < MOST_LINES_IN_A_CELL:
            following = next(lines, None)
            if following is None:
                break
            taken.append(following)
            record += following
        row = self._parse(record, line, width)
        if isinstance(row, _Broken) and taken:
            lines.put_back(taken)
            return _Broken(line, "a quote is opened and never closed")
        return row

    def _parse(self, record: str, line: str, width: int | None) -> Row | _Broken:
        try:
            row = next(self._reader([record]), [])
        except csv.Error as error:
            return _Broken(line, _in_words(str(error)))
        if width is None:
            return row
        while len(row) > width and not row[-1].strip():
            row = row[:-1]
        if row and len(row) != width:
            return _Broken(line, f"it has {len(row)} cells where the header has {width}")
        return row

    def _reader(self, lines: list[str]) -> Iterator[Row]:
        return csv.reader(
            lines, delimiter=self.delimiter, skipinitialspace=self.spaced, strict=True
        )


def _blocks(parser: _Parser, columns: list[str], lines: _Lines) -> Iterator[Block]:
    block = Block()
    for number, record in enumerate(parser.records(lines, len(columns)), 2):
        if isinstance(record, _Broken):
            block.problems.append(_broken_row(number, record, columns))
        elif record:
            problem = _undecodable(number, record, columns, parser.encoding)
            if problem:
                block.problems.append(problem)
            else:
                block.numbers.append(number)
                block.rows.append(record)
        if len(block) >= BLOCK_ROWS:
            yield block
            block = Block()
    if len(block):
        yield block


def _broken_row(number: int, broken: _Broken, columns: list[str]) -> RowProblem:
    return RowProblem(
        number,
        columns[0],
        "parse",
        f"Row {number} cannot be read: {broken.why}.",
        'Put cells with quotes, delimiters or line breaks in quotes; write a quote as "".',
        excerpt({"line": broken.line.rstrip("\r\n")}),
    )


def _undecodable(number: int, row: Row, columns: list[str], encoding: str) -> RowProblem | None:
    """The problem with the first cell that holds a byte or a character that cannot be text."""
    joined = "".join(row)
    if joined.isascii() and "\x00" not in joined:
        return None
    for column, cell in zip(columns, row, strict=True):
        if "\x00" in cell or any("\udc80" <= letter <= "\udcff" for letter in cell):
            return RowProblem(
                number,
                column,
                "parse",
                f"Row {number}, {column}: a character is not {encoding} text.",
                "Save the file as UTF-8, or tell the feed its encoding.",
                excerpt(dict(zip(columns, row, strict=True))),
            )
    return None


def _in_words(error: str) -> str:
    if "field larger" in error:
        return f"a cell holds more than {LONGEST_CELL:,} characters"
    if "expected after" in error:
        return "there is text behind a closing quote"
    if "unexpected end" in error:
        return "a quote is opened and never closed"
    return error
