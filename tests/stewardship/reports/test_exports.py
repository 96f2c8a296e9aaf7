"""Reports as files: typed, harmless, and the same again for the same report."""

import csv
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

import openpyxl
import pytest

from stewardship.reports.exports import harmless, to_csv, to_pdf, to_xlsx
from stewardship.reports.table import Column, Kind, Report, Row, from_document, to_document

AS_OF = datetime(2026, 11, 26, 10, 30, tzinfo=UTC)
REPORT = Report(
    code="sample",
    title="A sample — Übersicht",
    words="What it says.",
    as_of=AS_OF,
    columns=(
        Column("name", "Name"),
        Column("count", "Count", Kind.NUMBER),
        Column("money_gbp", "At stake, GBP", Kind.MONEY),
        Column("on", "On", Kind.DATE),
        Column("at", "At", Kind.MOMENT),
    ),
    rows=(
        Row(("=1+1", 1_200, Decimal("10.50"), date(2026, 1, 2), AS_OF), "/client"),
        Row(("Ærø Ltd", 3, Decimal("0.25"), None, None)),
    ),
    totals=(("Rows", 2), ("Money", Decimal("10.75")), ("Said on", date(2026, 1, 1))),
)


@pytest.mark.parametrize("text", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_is_carried_out_as_a_formula(text):
    assert harmless(text) == f"'{text}"


def test_csv_has_plain_numbers_and_harmless_text():
    text = to_csv(REPORT).decode("utf-8-sig")

    first, *rows = csv.reader(StringIO(text))
    assert first == ["Name", "Count", "At stake, GBP", "On", "At"]
    assert rows[0] == ["'=1+1", "1200", "10.50", "2026-01-02", "2026-11-26T10:30:00+00:00"]
    assert rows[1] == ["Ærø Ltd", "3", "0.25", "", ""]


def test_a_workbook_has_typed_cells_a_frozen_heading_filters_and_what_it_says():
    book = openpyxl.load_workbook(BytesIO(to_xlsx(REPORT)))
    sheet = book["Rows"]

    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:E3")
    cells = [cell.value for cell in sheet[2]]
    assert cells[:3] == ["'=1+1", 1200, 10.5]
    assert [str(each) for each in cells[3:]] == ["2026-01-02 00:00:00", "2026-11-26 10:30:00"]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "d", "d"]
    about = {row[0].value: row[1].value for row in book["About"]}
    assert about["As of"] == "2026-11-26 10:30 UTC"
    assert about["Money"] == 10.75


def test_paper_has_page_numbers_filters_and_the_moment_and_is_the_same_each_time():
    many = replace(REPORT, rows=REPORT.rows * 60, filters={"name": "a"})

    first, again = to_pdf(many), to_pdf(many)

    assert first == again
    assert first.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", first)) > 1
    assert to_pdf(replace(many, filters={})) != first


def test_a_report_without_rows_is_a_page_that_says_so():
    assert to_pdf(replace(REPORT, rows=())).startswith(b"%PDF-")
    assert len(to_csv(replace(REPORT, rows=())).splitlines()) == 1


def test_a_frozen_report_is_the_report():
    assert from_document(to_document(REPORT)) == REPORT


def test_rows_are_filtered_and_sorted():
    found = REPORT.filtered({"name": "ltd", "nonsense": "x", "count": ""})

    assert [row.values[0] for row in found.rows] == ["Ærø Ltd"]
    assert found.filters == {"name": "ltd"}
    assert REPORT.filtered({"name": "=ærø ltd"}).rows == found.rows
    assert REPORT.filtered({"name": "=ltd"}).rows == ()
    assert found.totals == REPORT.totals
    in_order = REPORT.sorted_by("on", descending=True)
    assert [row.values[0] for row in in_order.rows] == ["=1+1", "Ærø Ltd"]
    assert [row.values[1] for row in REPORT.sorted_by("count").rows] == [3, 1_200]
    assert REPORT.sorted_by("nonsense") == REPORT
