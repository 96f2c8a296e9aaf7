"""CSV as the world writes it: any delimiter, breaks in cells, broken quotes that cost a row."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdm.feeds.readers.csv_lines import Lines, open_lines
from mdm.feeds.readers.encoding import WIDE, find_encoding, text_codec
from mdm.feeds.readers.sheet import (
    LONGEST_CELL,
    LONGEST_LINE,
    Block,
    FileRefusedError,
    Row,
    RowProblem,
    Sheet,
    block_rows,
    check_header,
    excerpt,
)

DELIMITERS = ",;\t|"
MOST_LINES_IN_A_CELL = 1_000
_MOST_LINES_IN_A_NAME = 20
_NEVER_CLOSED = "a quote is opened and never closed"
_NO_TEXT = re.compile("[\x00\udc80-\udcff]")
_NO_WIDE_TEXT = re.compile("[\x00\ufffd]")
_PARSED_AT_ONCE = 5_000
csv.field_size_limit(LONGEST_CELL)


@dataclass(frozen=True, slots=True)
class _Broken:
    """A record that is no row."""

    text: str
    why: str


def read_csv(path: Path, options: dict[str, Any]) -> Sheet:
    """Open a CSV file; `options` may fix `encoding` and `delimiter`, else both are found."""
    named = options.get("encoding")
    encoding = text_codec(named) if named else find_encoding(path)
    if encoding is None:
        raise FileRefusedError(
            f"There is no encoding {named!r}.", "Give the feed one like utf-8 or cp1252."
        )
    delimiter = options.get("delimiter")
    if delimiter is not None and len(delimiter) != 1:
        raise FileRefusedError(f"{delimiter!r} is no delimiter.", "Give the feed one character.")
    lines = open_lines(path, encoding)
    delimiter, header = _read_header(lines, delimiter)
    columns = check_header(header.cells)
    parser = _Parser(delimiter, header.spaced, encoding, len(columns), len(header.cells))
    return Sheet(columns, _blocks(parser, columns, lines))


@dataclass(frozen=True, slots=True)
class _Header:
    """The cells of the first row; `spaced` when a space follows every delimiter."""

    cells: list[str]
    spaced: bool


def _read_header(lines: Lines, delimiter: str | None) -> tuple[str, _Header]:
    """The delimiter, unless it is given, and the header: one line, or more in open quotes."""
    first = next(lines, "")
    if not first.strip():
        what = "Row 1" if any(line.strip() for line in lines) else "The file"
        raise FileRefusedError(f"{what} is empty.", "Put the column names in the first row.")
    taken = lines.take_until_closed(first, _MOST_LINES_IN_A_NAME)
    found = delimiter or _find_delimiter(first + "".join(taken))
    header = _header(first + "".join(taken), found)
    if isinstance(header, _Broken) and taken:
        lines.put_back(taken)
        found = delimiter or _find_delimiter(first)
        header = _header(first, found)
    if isinstance(header, _Broken):
        raise FileRefusedError(f"Row 1 cannot be read: {header.why}.", "Mend the header row.")
    return found, header


def _header(text: str, delimiter: str) -> _Header | _Broken:
    cells = _parsed(text, delimiter, False)
    if isinstance(cells, _Broken):
        return cells
    spaced = len(cells) > 1 and all(cell.startswith(" ") for cell in cells[1:])
    again = _parsed(text, delimiter, True) if spaced else cells
    return again if isinstance(again, _Broken) else _Header(again, spaced)


def _find_delimiter(header: str) -> str:
    """The candidate that splits the header into the most cells; a comma when none splits it."""
    return max(DELIMITERS, key=lambda each: _width(header, each))


def _width(header: str, delimiter: str) -> int:
    try:
        return len(next(csv.reader([header], delimiter=delimiter), []))
    except csv.Error:
        return 0


def _parsed(text: str, delimiter: str, spaced: bool) -> Row | _Broken:
    """`text` as one row, line breaks in quotes included."""
    try:
        return next(_reader([text], delimiter, spaced), [])
    except csv.Error as error:
        return _Broken(text, _in_words(str(error)))


def _reader(lines: list[str], delimiter: str, spaced: bool) -> Iterator[Row]:
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=spaced, strict=True)


@dataclass(frozen=True, slots=True)
class _Parser:
    """Turns physical lines into rows of `width` cells; empty ones may follow, as in the header."""

    delimiter: str
    spaced: bool
    encoding: str
    width: int
    widest: int

    def records(self, lines: Lines) -> Iterator[Row | _Broken]:
        """Rows, [] for a blank line, and what is broken.

        Lines whose quotes balance are parsed many at a time. A line that belongs to no row is
        broken, and costs only itself.
        """
        balanced: list[str] = []
        size = 0
        for line in lines:
            size += len(line)
            if line.count('"') % 2 or len(line) >= LONGEST_LINE:
                yield from self._parse_many(balanced)
                balanced, size = [], 0
                yield self._parse_quoted(line, lines)
            else:
                balanced.append(line)
            if len(balanced) == _PARSED_AT_ONCE or size > LONGEST_LINE:
                yield from self._parse_many(balanced)
                balanced, size = [], 0
        yield from self._parse_many(balanced)

    def _parse_many(self, lines: list[str]) -> Iterator[Row | _Broken]:
        try:
            rows = list(_reader(lines, self.delimiter, self.spaced))
        except csv.Error:
            rows = []
        if len(rows) == len(lines) and all(len(row) == self.width for row in rows):
            yield from rows
        else:
            yield from map(self._parse, lines)

    def _parse_quoted(self, line: str, lines: Lines) -> Row | _Broken:
        """A row with line breaks in its cells.

        An open quote takes in the lines that follow until it closes. When what comes out is no
        row, only the first line is broken and reading goes on with the second; unless all of it
        is clearly one record, whose other lines are no rows of their own.
        """
        if len(line) >= LONGEST_LINE:
            return _Broken(line, f"its line has more than {LONGEST_LINE:,} characters")
        alone = self._parse(line)
        if not isinstance(alone, _Broken) or alone.why != _NEVER_CLOSED:
            return alone
        taken = lines.take_until_closed(line, MOST_LINES_IN_A_CELL)
        if not taken:
            return alone
        row = self._parse(line + "".join(taken))
        if not isinstance(row, _Broken):
            return row
        if row.why.startswith("it has") and not any(map(self._is_row, taken)):
            return row
        lines.put_back(taken)
        return alone

    def _parse(self, text: str) -> Row | _Broken:
        row = _parsed(text, self.delimiter, self.spaced)
        if isinstance(row, _Broken):
            return row
        if self.width > 1 and not "".join(row).strip() and len(row) == 1:
            return []
        if len(row) <= self.widest and not "".join(row[self.width :]).strip():
            row = row[: self.width]
        if row and len(row) != self.width:
            return _Broken(text, f"it has {len(row)} cells where the header has {self.width}")
        return row

    def _is_row(self, line: str) -> bool:
        row = self._parse(line)
        return bool(row) and not isinstance(row, _Broken)

    def flaw(self, columns: list[str], row: Row) -> str | None:
        """The first column whose cell holds a byte or a character that cannot be text."""
        joined = "".join(row)
        if joined.isascii() and "\x00" not in joined:
            return None
        no_text = _NO_WIDE_TEXT if self.encoding.startswith(WIDE) else _NO_TEXT
        cells = zip(columns, row, strict=True)
        return next((column for column, cell in cells if no_text.search(cell)), None)


def _blocks(parser: _Parser, columns: list[str], lines: Lines) -> Iterator[Block]:
    block, most = Block(), block_rows(columns)
    for number, record in enumerate(parser.records(lines), 2):
        if isinstance(record, _Broken):
            block.problems.append(_broken_row(number, record, columns, parser.delimiter))
        elif record:
            if column := parser.flaw(columns, record):
                block.problems.append(_undecodable(number, column, record, columns, parser))
            else:
                block.numbers.append(number)
                block.rows.append(record)
        if len(block) >= most:
            yield block
            block = Block()
    if len(block):
        yield block


def _broken_row(number: int, broken: _Broken, columns: list[str], delimiter: str) -> RowProblem:
    return RowProblem(
        number,
        columns[0],
        "parse",
        f"Row {number} cannot be read: {broken.why}.",
        'Put cells with quotes, delimiters or line breaks in quotes; write a quote as "".',
        excerpt({"line": broken.text.rstrip("\r\n"), "delimiter": delimiter}),
    )


def _undecodable(
    number: int, column: str, row: Row, columns: list[str], parser: _Parser
) -> RowProblem:
    return RowProblem(
        number,
        column,
        "parse",
        f"Row {number}, {column}: a character is not {parser.encoding.removesuffix('-sig')} text.",
        "Save the file as UTF-8, or tell the feed its encoding.",
        excerpt(dict(zip(columns, row, strict=True))),
    )


def _in_words(error: str) -> str:
    if "field larger" in error:
        return f"a cell holds more than {LONGEST_CELL:,} characters"
    if "expected after" in error:
        return "there is text behind a closing quote"
    if "unexpected end" in error:
        return _NEVER_CLOSED
    return error
