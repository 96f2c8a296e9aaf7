"""Feeds as files whose bytes depend on their content alone: CSV, JSON lines and workbooks."""

import csv
import json
import re
from collections.abc import Collection
from datetime import date
from io import BytesIO
from pathlib import Path
from types import TracebackType
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook

from mdm.feeds.generator.population import Columns

_NEVER = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


class CsvFile:
    """A CSV file in UTF-8 with one header line, written chunk by chunk."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        self._started = False

    def __enter__(self) -> "CsvFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()

    def write(self, columns: Columns) -> None:
        """Append rows; the first call writes the header."""
        if not self._started:
            self._writer.writerow(columns)
            self._started = True
        self._writer.writerows(zip(*columns.values(), strict=True))


def write_csv(path: Path, columns: Columns) -> None:
    """One CSV file with all of `columns`."""
    with CsvFile(path) as file:
        file.write(columns)


def write_json_lines(path: Path, columns: Columns) -> None:
    """One JSON object a row; an empty value becomes null."""
    lines = [
        json.dumps(
            dict(zip(columns, (value or None for value in row), strict=True)), ensure_ascii=False
        )
        for row in zip(*columns.values(), strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_workbook(path: Path, columns: Columns, sheet: str, dates: Collection[str] = ()) -> None:
    """An XLSX workbook of one sheet: text, and real dates in the columns `dates`.

    Nothing in it says when it was written.
    """
    workbook = Workbook(write_only=True)
    page = workbook.create_sheet(sheet)
    page.append(list(columns))
    cells = [_dates(values) if name in dates else values for name, values in columns.items()]
    for row in zip(*cells, strict=True):
        page.append([value or None for value in row])
    written = BytesIO()
    workbook.save(written)
    with ZipFile(written) as timed, ZipFile(path, "w", ZIP_DEFLATED) as timeless:
        for name in timed.namelist():
            content = _STAMP.sub(rb"\g<1>2026-10-31T00:00:00Z", timed.read(name))
            timeless.writestr(ZipInfo(name, _NEVER), content, ZIP_DEFLATED)


def _dates(values: list[str]) -> list[date | None]:
    return [date.fromisoformat(value) if value else None for value in values]
