"""Excel workbooks: the first sheet, or a named one, with its values as text."""

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

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

LARGEST_UNPACKED = 1 << 30
_MERGED = re.compile(rb'<mergeCell [^>]*ref="([A-Z]+\d+:[A-Z]+\d+)"')
_ERRORS = ("#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!")


def read_xlsx(path: Path, options: dict[str, Any]) -> Sheet:
    """Open a workbook; `options` may name the `sheet`, else the first one is read."""
    _check_size(path)
    # An open file, because openpyxl refuses a path that does not end in .xlsx.
    book = load_workbook(path.open("rb"), read_only=True, data_only=True)
    sheet = _sheet_named(book.worksheets, options.get("sheet"))
    _refuse_merged_header(path, sheet)
    rows = sheet.iter_rows(values_only=True)
    header = next(rows, ())
    if not any(cell is not None for cell in header):
        raise FileRefusedError(
            f"Sheet {sheet.title!r} has no column names in row 1.",
            "Put the column names in the first row.",
        )
    columns = check_header([_as_text(cell) or "" for cell in header])
    return Sheet(columns, _blocks(columns, rows))


def _sheet_named(sheets: list[ReadOnlyWorksheet], name: str | None) -> ReadOnlyWorksheet:
    found = next((sheet for sheet in sheets if name in (None, sheet.title)), None)
    if found is None:
        known = ", ".join(repr(sheet.title) for sheet in sheets)
        raise FileRefusedError(
            f"The workbook has no sheet {name!r}; it has {known}.",
            "Rename the sheet, or tell the feed which one to read.",
        )
    return found


def _check_size(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        raise FileRefusedError(
            "The workbook is damaged.", "Open it in a spreadsheet program and save it again."
        ) from None
    if unpacked > LARGEST_UNPACKED:
        raise FileRefusedError(
            f"The workbook unpacks to {unpacked >> 20:,} MiB.", "Export it as CSV instead."
        )


def _refuse_merged_header(path: Path, sheet: ReadOnlyWorksheet) -> None:
    """Merged cells hide which column is which; they are listed at the end of the sheet's XML."""
    with zipfile.ZipFile(path) as archive:
        content = archive.read(sheet._worksheet_path)
    for found in _MERGED.finditer(content):
        reference = found[1].decode()
        if (range_boundaries(reference)[1] or 1) == 1:
            raise FileRefusedError(
                f"Row 1 has merged cells ({reference}), so its columns have no names of their own.",
                "Split the merged cells and name every column.",
            )


def _blocks(columns: list[str], rows: Iterable[tuple[Any, ...]]) -> Iterator[Block]:
    block = Block()
    for number, cells in enumerate(rows, 2):
        if any(cell is not None for cell in cells):
            row = [_as_text(cell) for cell in cells[: len(columns)]]
            row += [None] * (len(columns) - len(row))
            problem = _problem(number, columns, row)
            if problem:
                block.problems.append(problem)
            else:
                block.numbers.append(number)
                block.rows.append(row)
        if len(block) >= BLOCK_ROWS:
            yield block
            block = Block()
    if len(block):
        yield block


def _problem(number: int, columns: list[str], row: Row) -> RowProblem | None:
    for column, cell in zip(columns, row, strict=True):
        if cell in _ERRORS:
            what, remedy = f"the cell shows {cell}", "Mend the formula and export again."
        elif cell and len(cell) > LONGEST_CELL:
            what, remedy = f"the cell holds {len(cell):,} characters", "Shorten it."
        else:
            continue
        raw = excerpt(dict(zip(columns, row, strict=True)))
        return RowProblem(number, column, "parse", f"Row {number}, {column}: {what}.", remedy, raw)
    return None


def _as_text(cell: Any) -> str | None:
    """A cell as a person would type it: whole numbers without ".0", dates in ISO form."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.isoformat(" ") if cell.time() != time() else cell.date().isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
