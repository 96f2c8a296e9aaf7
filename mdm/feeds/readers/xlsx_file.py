"""Excel workbooks: the first sheet, or a named one, with its values as text."""

import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from mdm.feeds.readers.sheet import (
    LONGEST_CELL,
    Block,
    FileRefusedError,
    Row,
    RowProblem,
    Sheet,
    block_rows,
    check_header,
    excerpt,
)
from mdm.feeds.readers.xlsx_flaws import Flaws, find_flaws

LARGEST_UNPACKED = 1 << 30
MOST_ROWS = 1_048_576
_ERRORS = frozenset(
    "#REF! #N/A #VALUE! #NAME? #DIV/0! #NUM! #NULL! #SPILL! #CALC! #FIELD! #GETTING_DATA".split()
)
_MEND = "Open it in a spreadsheet program and save it again."


def read_xlsx(path: Path, options: dict[str, Any]) -> Sheet:
    """Open a workbook; `options` may name the `sheet`, else the first one is read."""
    _check_size(path)
    flaws = Flaws()
    rows = _rows(path, options.get("sheet"), flaws)
    header = next(rows, ())
    if 1 in flaws.merged:
        raise FileRefusedError(
            f"Row 1 has merged cells ({flaws.merged[1]}), so its columns have no names of their"
            " own.",
            "Split the merged cells and name every column.",
        )
    if not any(cell is not None for cell in header):
        raise FileRefusedError(
            "Row 1 of the sheet is empty.", "Put the column names in the first row."
        )
    columns = check_header([_as_text(cell) or "" for cell in header])
    return Sheet(columns, _blocks(columns, rows, flaws))


def _rows(path: Path, name: str | None, flaws: Flaws) -> Iterator[tuple[Any, ...]]:
    """The rows of a sheet, the header first; before that, `flaws` is filled."""
    try:
        # An open file, because openpyxl refuses a path that does not end in .xlsx.
        with (
            path.open("rb") as file,
            closing(load_workbook(file, read_only=True, data_only=True)) as book,
        ):
            sheet = _sheet_named(book.worksheets, name)
            find_flaws(path, sheet._worksheet_path, flaws)
            # What a workbook says of its own size is often wrong, and would cut rows and columns.
            sheet.reset_dimensions()
            yield from sheet.iter_rows(values_only=True)
    except FileRefusedError:
        raise
    except Exception as error:  # openpyxl lets through whatever a damaged file makes happen
        raise FileRefusedError(f"The workbook is damaged ({error}).", _MEND) from error


def _sheet_named(sheets: list[ReadOnlyWorksheet], name: str | None) -> ReadOnlyWorksheet:
    found = next((sheet for sheet in sheets if name in (None, sheet.title)), None)
    if found is None:
        wanted = f"sheet {name!r}" if name else "sheet with cells"
        known = ", ".join(repr(sheet.title) for sheet in sheets) or "none"
        raise FileRefusedError(
            f"The workbook has no {wanted}; it has {known}.",
            "Rename the sheet, or tell the feed which one to read.",
        )
    return found


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        raise FileRefusedError("The workbook is damaged.", _MEND) from None
    if unpacked > LARGEST_UNPACKED:
        raise FileRefusedError(
            f"The workbook unpacks to {unpacked >> 20:,} MiB.", "Export it as CSV instead."
        )


def _blocks(columns: list[str], rows: Iterable[tuple[Any, ...]], flaws: Flaws) -> Iterator[Block]:
    block, most = Block(), block_rows(columns)
    for number, cells in enumerate(rows, 2):
        if number > MOST_ROWS:
            raise FileRefusedError(f"The sheet has more than {MOST_ROWS:,} rows.", _MEND)
        if any(cell is not None for cell in cells) or number in flaws.uncalculated:
            row = [_as_text(cell) for cell in cells]
            beside = any(cell and cell.strip() for cell in row[len(columns) :])
            row = row[: len(columns)] + [None] * (len(columns) - len(row))
            problem = _problem(number, columns, row, beside, flaws)
            if problem:
                block.problems.append(problem)
            else:
                block.numbers.append(number)
                block.rows.append(row)
        if len(block) >= most:
            yield block
            block = Block()
    if len(block):
        yield block


def _problem(
    number: int, columns: list[str], row: Row, beside: bool, flaws: Flaws
) -> RowProblem | None:
    found = _flaw(number, columns, row, beside, flaws)
    if found is None:
        return None
    column, what, remedy = found
    raw = excerpt(dict(zip(columns, row, strict=True)))
    return RowProblem(number, column, "parse", f"Row {number}, {column}: {what}.", remedy, raw)


def _flaw(
    number: int, columns: list[str], row: Row, beside: bool, flaws: Flaws
) -> tuple[str, str, str] | None:
    """The column that is to blame, what is wrong, and what would mend it."""
    if number in flaws.merged:
        what = f"the cells {flaws.merged[number]} are merged, so it is unclear whose value it is"
        return columns[0], what, "Split the merged cells and fill in each of them."
    at = flaws.uncalculated.get(number)
    if at is not None and at < len(columns):
        return columns[at], "the formula was never calculated", _MEND
    if beside:
        what = f"there is a value behind the last column, {columns[-1]}"
        return columns[-1], what, "Give its column a name in row 1, or remove it."
    for column, cell in zip(columns, row, strict=True):
        if cell in _ERRORS:
            return column, f"the cell shows {cell}", "Mend the formula and export again."
        if cell and len(cell) > LONGEST_CELL:
            return column, f"the cell holds {len(cell):,} characters", "Shorten it."
        if cell and "\x00" in cell:
            return column, "a character is no text (NUL)", "Remove it."
    return None


def _as_text(cell: Any) -> str | None:
    """A cell as a person would type it: whole numbers without ".0", dates in ISO form.

    Excel shows numbers with 15 digits; what is behind them is noise of binary fractions.
    """
    if cell is None:
        return None
    if isinstance(cell, str):
        return cell.replace("_x000D_", "")
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, float):
        text = str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
        return format(Decimal(text), "f")
    return str(cell)
