"""A report as a file: for spreadsheets as CSV or XLSX, on paper as PDF."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext
from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from stewardship.reports.table import Column, Kind, Report, Value, written

_FONTS = Path(__file__).parent / "fonts"
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FORMATS = {
    Kind.NUMBER: "#,##0",
    Kind.MONEY: "#,##0.00",
    Kind.SHARE: "0.00",
    Kind.DATE: "yyyy-mm-dd",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
}
_WIDEST = 60  # characters of a column in a workbook
_WIDE = 24  # characters beyond which a column on paper gets no more room


class Export(NamedTuple):
    """What a kind of file is called and declared as, and what makes it."""

    content_type: str
    make: Callable[[Report], bytes]


def to_csv(report: Report) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read it as such; numbers are plain."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([column.label for column in report.columns])
    for row in report.rows:
        writer.writerow([_cell(value) for value in row.values])
    return text.getvalue().encode("utf-8-sig")


def to_xlsx(report: Report) -> bytes:
    """A workbook: typed cells under a frozen heading with filters, and a sheet of what it says."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    sheet.freeze_panes = "A2"
    width = len(report.columns)
    sheet.auto_filter.ref = f"A1:{get_column_letter(width)}{len(report.rows) + 1}"
    for place, column in enumerate(report.columns):
        lengths = [len(written(row.values[place])) for row in report.rows[:1_000]]
        widest = max([len(column.label) + 3, *lengths])
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(widest + 2, _WIDEST)
    sheet.append([_typed(sheet, column.label, bold=True) for column in report.columns])
    for row in report.rows:
        sheet.append(
            [
                _typed(sheet, value, column)
                for value, column in zip(row.values, report.columns, strict=True)
            ]
        )
    about = book.create_sheet("About")
    about.column_dimensions["A"].width, about.column_dimensions["B"].width = 28, 90
    for label, value in _about(report):
        about.append([_typed(about, label, bold=True), _typed(about, value)])
    found = BytesIO()
    book.save(found)
    return found.getvalue()


def to_pdf(report: Report) -> bytes:
    """Landscape A4 with page numbers, the filters, and the moment that the figures are true of.

    The same report makes the same bytes, whenever it is printed.
    """
    paper = _Paper(report)
    paper.add_page()
    paper.set_font(style="B", size=14)
    paper.multi_cell(0, 7, report.title, new_x="LMARGIN", new_y="NEXT")
    paper.set_font(size=9)
    paper.multi_cell(0, 5, report.words, new_x="LMARGIN", new_y="NEXT")
    for label, value in report.totals:
        paper.cell(0, 5, f"{label}: {written(value)}", new_x="LMARGIN", new_y="NEXT")
    paper.ln(3)
    paper.set_font(size=7)
    if report.rows:
        _draw(paper, report)
    else:
        paper.cell(0, 5, gettext("Nothing to report."))
    return bytes(paper.output())


EXPORTS = {
    "csv": Export("text/csv; charset=utf-8", to_csv),
    "xlsx": Export("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", to_xlsx),
    "pdf": Export("application/pdf", to_pdf),
}


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula, which it would carry out."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def plain(text: str) -> str:
    """Text as it was before it was made `harmless`."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_BEGINS_A_FORMULA) else text


class _Paper(FPDF):
    """Pages that say what they belong to, as of when, and which of how many they are."""

    def __init__(self, report: Report) -> None:
        super().__init__(orientation="landscape", format="A4")
        self.report = report
        self.add_font("DejaVu", fname=_FONTS / "DejaVuSans.ttf")
        self.add_font("DejaVu", style="B", fname=_FONTS / "DejaVuSans-Bold.ttf")
        self.set_font("DejaVu", size=9)
        self.set_auto_page_break(auto=True, margin=15)
        self.set_title(report.title)
        self.set_creation_date(report.as_of)

    def footer(self) -> None:
        """Under each page: moment, filters, page number."""
        self.set_y(-12)
        self.set_font("DejaVu", size=7)
        said = f"{self.report.title} · " + gettext("as of {moment}").format(
            moment=_stamp(self.report.as_of)
        )
        if self.report.filters:
            wanted = ", ".join(f"{k}: {v}" for k, v in self.report.filters.items())
            said += " · " + gettext("only {wanted}").format(wanted=wanted)
        self.cell(
            0,
            5,
            f"{said} · " + gettext("page {page} of {all}").format(page=self.page_no(), all="{nb}"),
            align="C",
        )


def _draw(paper: FPDF, report: Report) -> None:
    texts = [[written(value) for value in row.values] for row in report.rows]
    widths = [
        min(max(6, len(column.label), *(len(line[place]) for line in texts[:500])), _WIDE)
        for place, column in enumerate(report.columns)
    ]
    align = tuple("RIGHT" if column.is_numeric else "LEFT" for column in report.columns)
    with paper.table(
        col_widths=tuple(widths),
        text_align=align,
        borders_layout=TableBordersLayout.HORIZONTAL_LINES,
        line_height=4,
        padding=0.5,
    ) as table:
        table.row([column.label for column in report.columns])
        for line in texts:
            table.row(line)


def _about(report: Report) -> list[tuple[str, Value]]:
    filters = [
        (gettext("Only {name}").format(name=name), word) for name, word in report.filters.items()
    ]
    return [
        (gettext("Report"), report.title),
        (gettext("What it says"), report.words),
        (gettext("As of"), _stamp(report.as_of)),
        *filters,
        *report.totals,
    ]


def _typed(sheet: Any, value: Value, column: Column | None = None, *, bold: bool = False) -> Any:
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None)
    cell = WriteOnlyCell(sheet, value=harmless(value) if isinstance(value, str) else value)
    if isinstance(value, str):
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    if column and value is not None and column.kind in _FORMATS:
        cell.number_format = _FORMATS[column.kind]
    return cell


def _cell(value: Value) -> str | int | Decimal:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    return value if isinstance(value, int | Decimal) else value.isoformat()


def _stamp(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
