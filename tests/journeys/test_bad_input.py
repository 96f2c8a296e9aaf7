"""Bad input: a message with row, field and remedy, no harm to other rows, a ledger that sums."""

import io

import pytest
from django.apps import apps
from openpyxl import Workbook

from mdm import invariants, work
from mdm.feeds import batches, quarantine
from mdm.models import FeedBatch, FeedRow, SourceRecord, SourceRecordVersion
from tests.factories import cause, feed

pytestmark = pytest.mark.django_db

MAPPING = {
    "key": "Id",
    "reading": {"date_order": "dmy"},
    "attributes": [
        {"attribute": "name", "column": "Name"},
        {"attribute": "start_date", "column": "Start"},
        {
            "attribute": "client",
            "column": "Client",
            "optional": True,
            "system": {"column": "Of", "optional": True},
        },
    ],
}
COLUMNS = "Id,Name,Start,Client,Of"
FIRST, LAST = "P1,Umbau Süd,30/04/2026,C1,CRM", "P3,Büro Nord,01/05/2026,C1,CRM"


@pytest.fixture
def projects():
    """A feed of projects; a record that a snapshot no longer has would be ended."""
    return feed(domain="project", mapping=MAPPING)


def receive(of, name, content, **options):
    content = content.encode() if isinstance(content, str) else content
    batch = batches.receive(of, name, [content], cause=cause(), **options)
    work.drain()
    batch.refresh_from_db()
    return batch


def csv_with(line):
    line = line.encode() if isinstance(line, str) else line
    return b"\n".join([COLUMNS.encode(), FIRST.encode(), line, LAST.encode(), b""])


def workbook_with(cells, merged=""):
    book = Workbook()
    for row in (COLUMNS.split(","), FIRST.split(","), cells, LAST.split(",")):
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def lines_with(line):
    return f'{{"Id":"P1","Name":"Umbau","Start":null}}\n{line}\n{{"Id":"P3","Name":"Büro"}}\n'


def keys():
    return sorted(SourceRecord.objects.values_list("source_key", flat=True))


def assert_the_ledger_sums(batch):
    assert batch.received == sum(batch.ledger.values())
    assert [each.name for each in invariants.check() if each.count] == []


def contents():
    """Every row of every table, by the name of its model."""
    return {
        model.__name__: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
    }


def changed_since(before):
    after = contents()
    return {name for name, rows in after.items() if rows != before[name]}


QUOTES = 'Put cells with quotes, delimiters or line breaks in quotes; write a quote as "".'
BAD_ROWS = {
    "a wrong encoding": (
        "projects.csv",
        csv_with("P2,Brücke,,,".encode("cp1252")),
        ("Name", "Row 3, Name: a character is not utf-8 text."),
        "Save the file as UTF-8, or tell the feed its encoding.",
    ),
    "a broken quote": (
        "projects.csv",
        csv_with('P2,"Old" Bridge,,,'),
        ("Id", "Row 3 cannot be read: there is text behind a closing quote."),
        QUOTES,
    ),
    "a quote that is never closed": (
        "projects.csv",
        csv_with('P2,"Bridge,,,'),
        ("Id", "Row 3 cannot be read: a quote is opened and never closed."),
        QUOTES,
    ),
    "a cell too many": (
        "projects.csv",
        csv_with("P2,Bridge, old,,,"),
        ("Id", "Row 3 cannot be read: it has 6 cells where the header has 5."),
        QUOTES,
    ),
    "a 50 MB cell": (
        "projects.csv",
        csv_with("P2," + "x" * (50 << 20) + ",,,"),
        ("Id", "Row 3 cannot be read: its line has more than 4,000,000 characters."),
        QUOTES,
    ),
    "a duplicate key": (
        "projects.csv",
        csv_with("P1,Bridge,,,"),
        ("Id", "Row 3 has the key 'P1' of row 2, with different content."),
        "Keep the row that is right, or give one of them its own key.",
    ),
    "no key": (
        "projects.csv",
        csv_with(",Bridge,,,"),
        ("Id", "Row 3, Id: the key is empty."),
        "Fill in the key.",
    ),
    "a missing required value": (
        "projects.csv",
        csv_with("P2,,,,"),
        ("Name", "Row 3, Name: the name is empty."),
        "Fill it in; a record cannot do without.",
    ),
    "an impossible date": (
        "projects.csv",
        csv_with("P2,Bridge,31/02/2026,,"),
        (
            "Start",
            "Row 3, Start: '31/02/2026' is not a date that exists (day is out of range for month).",
        ),
        "Write the date like 30/04/2024, or leave it empty.",
    ),
    "a formula-like value": (
        "projects.csv",
        csv_with('P2,"=HYPERLINK(""https://evil.example"")",,,'),
        (
            "Name",
            "Row 3, Name: '=HYPERLINK(\"https://evil.example\")' looks like a spreadsheet formula.",
        ),
        "Export the values instead of the formulas, or remove the leading sign.",
    ),
    "an unknown source system": (
        "projects.csv",
        csv_with("P2,Bridge,,C1,SAP"),
        ("Of", "Row 3, Of: 'SAP' is not a registered source system."),
        "Register it, or use one of CRM.",
    ),
    "an error of a formula": (
        "projects.xlsx",
        workbook_with(["P2", "#REF!"]),
        ("Name", "Row 3, Name: the cell shows #REF!."),
        "Mend the formula and export again.",
    ),
    "merged cells": (
        "projects.xlsx",
        workbook_with(["P2", "Bridge"], merged="B3:C3"),
        (
            "Id",
            "Row 3, Id: the cells B3:C3 are merged, so it is unclear whose value it is.",
        ),
        "Split the merged cells and fill in each of them.",
    ),
    "a list among records": (
        "projects.jsonl",
        lines_with('["P2","Bridge"]'),
        ("", "Line 2 cannot be read: it is not an object in braces."),
        "Write every record as an object in braces, with each member once.",
    ),
}


@pytest.mark.parametrize(
    ("name", "content", "problem", "remedy"), BAD_ROWS.values(), ids=BAD_ROWS.keys()
)
def test_a_bad_row_says_what_is_wrong_and_costs_only_itself(
    projects, name, content, problem, remedy
):
    batch = receive(projects, name, content)

    row = FeedRow.objects.get()
    assert (row.column, row.message) == problem
    assert row.remedy == remedy
    assert row.state == FeedRow.State.OPEN
    assert batch.state == FeedBatch.State.APPLIED
    assert (batch.received, batch.created, batch.quarantined) == (3, 2, 1)
    assert keys() == ["P1", "P3"]
    assert_the_ledger_sums(batch)


NOT_CSV = "Save it as CSV text, or send the right file."
BAD_FILES = {
    "a missing required column": (
        "projects.csv",
        "Id,Title,Start,Client,Of\nP1,Roof,,,\n",
        "Row 1 has no column 'Name'; it has Id, Title, Start, Client, Of. "
        "Rename the column in the file, or give the feed a mapping that fits.",
    ),
    "merged header cells": (
        "projects.xlsx",
        workbook_with(["P2", "Bridge"], merged="C1:D1"),
        "Row 1 has merged cells (C1:D1), so its columns have no names of their own. "
        "Split the merged cells and name every column.",
    ),
    "a column twice": (
        "projects.csv",
        "Id,Name,Name\nP1,Roof,Wall\n",
        "Row 1 names two columns 'Name'. Give every column a name of its own.",
    ),
    "a header in a wrong encoding": (
        "projects.csv",
        "Id,Größe\n".encode("cp1252") + "P1,Süd\nP2,Nördlich\n".encode(),
        "Row 1 names column 2 'Gr\ufffd\ufffde', which holds a character that is no text. "
        "Save the file as UTF-8, or tell the feed its encoding.",
    ),
    "an empty file": (
        "projects.csv",
        "",
        "The file is empty. Export it again; it needs a header row.",
    ),
    "a full snapshot without rows": (
        "projects.csv",
        f"{COLUMNS}\n",
        "The file has a header and no rows; nothing was changed. "
        "Ask the source for a full export; an empty file never deletes records.",
    ),
    "a document": (
        "projects.csv",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        f"projects.csv is in fact a PDF document. {NOT_CSV}",
    ),
    "a login page": (
        "projects.csv",
        "<!DOCTYPE html>\n<html><title>Sign in</title></html>",
        f"projects.csv is in fact a web page or XML. {NOT_CSV}",
    ),
    "a workbook called CSV": (
        "projects.csv",
        workbook_with(["P2", "Bridge"]),
        f"projects.csv is in fact an Excel workbook. {NOT_CSV}",
    ),
    "CSV called a workbook": (
        "projects.xlsx",
        csv_with("P2,Bridge,,,"),
        "projects.xlsx is in fact CSV text. Save it as an Excel workbook, or send the right file.",
    ),
    "a workbook cut off": (
        "projects.xlsx",
        workbook_with(["P2", "Bridge"])[:4_000],
        "The workbook is damaged. Open it in a spreadsheet program and save it again.",
    ),
}


@pytest.mark.parametrize(("name", "content", "said"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_bad_file_is_refused_with_a_remedy_and_changes_nothing(projects, name, content, said):
    receive(projects, "projects.csv", csv_with("P2,Bridge,,,"))
    before = contents()

    batch = receive(projects, name, content)

    assert (batch.state, batch.problem) == (FeedBatch.State.REFUSED, said)
    assert changed_since(before) == {"FeedBatch", "Event", "UnplacedEvent", "Work"}
    assert_the_ledger_sums(batch)


REPAIRS = {
    "a cell": (
        "projects.csv",
        csv_with("P2,Bridge,31/02/2026,,"),
        {},
        {"Start": "28/02/2026"},
    ),
    "a line with commas": (
        "projects.csv",
        csv_with('P2,"Old" Bridge,28/02/2026,,'),
        {},
        {"line": 'P2,"""Old"" Bridge",28/02/2026,,'},
    ),
    "a line with semicolons": (
        "projects.csv",
        csv_with('P2,"Old" Bridge,28/02/2026,,').replace(b",", b";"),
        {},
        {"line": 'P2;"""Old"" Bridge, the";28/02/2026;;'},
    ),
    "a line of JSON": (
        "projects.jsonl",
        lines_with('{"Id":"P2","Name":"Bridge","Start"}'),
        {},
        {"line": '{"Id":"P2","Name":"Bridge","Start":"28/02/2026"}'},
    ),
    "a cell in an old encoding": (
        "projects.csv",
        csv_with("P2,Brücke,31/02/2026,,").decode().encode("cp1252"),
        {"encoding": "cp1252"},
        {"Start": "28/02/2026"},
    ),
    "a record in a list": (
        "projects.json",
        '{"items":[{"Id":"P1","Name":"Roof"},{"Id":"P2","Name":"Bridge","Start":"31/02/2026"},'
        '{"Id":"P3","Name":"Wall"}]}',
        {"records": "items"},
        {"Start": "28/02/2026"},
    ),
}


@pytest.mark.parametrize(
    ("name", "content", "options", "corrections"), REPAIRS.values(), ids=REPAIRS.keys()
)
def test_a_repaired_row_becomes_a_record_and_both_ledgers_sum(name, content, options, corrections):
    projects = feed(domain="project", mapping=MAPPING, reader_options=options)
    loaded = receive(projects, name, content)

    repaired = quarantine.resubmit(FeedRow.objects.get().pk, corrections, cause=cause())
    work.drain()

    repaired.refresh_from_db()
    bridge = SourceRecord.objects.get(source_key="P2").attributes
    assert (bridge["start_date"], "Br" in bridge["name"]) == ("2026-02-28", True)
    assert (repaired.received, repaired.created) == (1, 1)
    assert keys() == ["P1", "P2", "P3"]
    assert FeedRow.objects.get().state == FeedRow.State.RESUBMITTED
    assert_the_ledger_sums(loaded)
    assert_the_ledger_sums(repaired)


def test_a_repaired_row_need_not_mention_every_column(projects):
    receive(projects, "projects.jsonl", lines_with('{"Id":"P2"}'))

    quarantine.resubmit(FeedRow.objects.get().pk, {"Name": "Bridge"}, cause=cause())
    work.drain()

    assert keys() == ["P1", "P2", "P3"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('P2,"Old" Bridge,,,', "the line cannot be read: ',' expected after '\"'"),
        ("P2,Bridge, old,,,", "the line must be one row of 5 cells"),
        ("P2,Bridge,,,\nP4,Tower,,,", "the line must be one row of 5 cells"),
    ],
)
def test_a_repair_that_does_not_fit_is_refused_and_the_row_still_waits(projects, line, message):
    receive(projects, "projects.csv", csv_with('P2,"Old" Bridge,,,'))
    row = FeedRow.objects.get()

    with pytest.raises(quarantine.RowStateError) as refused:
        quarantine.resubmit(row.pk, {"line": line}, cause=cause())

    assert str(refused.value) == message
    assert FeedRow.objects.get().state == FeedRow.State.OPEN
    assert FeedBatch.objects.count() == 1


def test_a_bad_row_in_a_snapshot_does_not_end_the_record_that_it_describes(projects):
    receive(projects, "projects.csv", csv_with("P2,Bridge,,,"))

    batch = receive(projects, "projects.csv", csv_with('P2,"Old" Bridge,,,'))

    assert (batch.unchanged, batch.quarantined, batch.inactivated) == (2, 1, 0)
    assert not SourceRecord.objects.exclude(inactive_at=None).exists()
    assert_the_ledger_sums(batch)


def test_a_dry_run_of_bad_input_writes_nothing_but_its_log(projects):
    receive(projects, "projects.csv", csv_with("P2,Bridge,,,"))
    before = contents()

    batch = receive(projects, "projects.csv", csv_with("P4,Tower,31/02/2026,,"), dry_run=True)

    assert (batch.unchanged, batch.quarantined, batch.inactivated) == (2, 1, 1)
    assert changed_since(before) == {"FeedBatch", "FeedRow", "Event", "UnplacedEvent", "Work"}
    assert SourceRecordVersion.objects.count() == 3
    assert_the_ledger_sums(batch)
