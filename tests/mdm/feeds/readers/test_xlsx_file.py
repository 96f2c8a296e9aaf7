"""Excel workbooks: values as a person would type them, and a message for what hides one."""

import io
import re
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart

from mdm.feeds.readers import FileRefusedError
from mdm.feeds.readers.sheet import BLOCK_ROWS
from mdm.feeds.readers.xlsx_file import read_xlsx


def book_of(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return book


def altered(path, part, change):
    """Rewrite a part of the workbook at `path`; openpyxl cannot write what other programs do."""
    content = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(content, "w") as after:
        for name in before.namelist():
            text = before.read(name)
            after.writestr(name, change(text) if name == part else text)
    path.write_bytes(content.getvalue())


SHEET = "xl/worksheets/sheet1.xml"


@pytest.fixture
def read(tmp_path):
    """Reads a workbook: (columns, [(number, row)], [problem])."""

    def read_book(book, change=None, part=SHEET, **options):
        path = tmp_path / "received"
        book.save(path)
        if change:
            altered(path, part, change)
        sheet = read_xlsx(path, options)
        blocks = list(sheet.blocks)
        rows = [pair for each in blocks for pair in zip(each.numbers, each.rows, strict=True)]
        return sheet.columns, rows, [problem for each in blocks for problem in each.problems]

    return read_book


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("Acme", "Acme"),
        ("", None),
        (None, None),
        (5, "5"),
        (5.0, "5"),
        (98.2, "98.2"),
        (0.1 + 0.2, "0.3"),
        (1e-7, "0.0000001"),
        (1e20, "100000000000000000000"),
        (1234567890123456, "1234567890123456"),
        (-1.5, "-1.5"),
        (True, "True"),
        (False, "False"),
        (date(2024, 4, 30), "2024-04-30"),
        (datetime(2024, 4, 30), "2024-04-30"),  # noqa: DTZ001
        (datetime(2024, 4, 30, 14, 30), "2024-04-30 14:30:00"),  # noqa: DTZ001
        (time(14, 30), "14:30:00"),
        ("007", "007"),
        ("line 1\nline 2", "line 1\nline 2"),
        ("a_x000D_\nb", "a\nb"),
    ],
)
def test_a_cell_is_read_as_a_person_would_type_it(read, cell, text):
    _, rows, problems = read(book_of(["id", "value"], ["x", cell]))

    assert problems == []
    assert rows == [(2, ["x", text])]


def test_empty_rows_are_passed_over_and_counted(read):
    book = book_of(["id", "name"], [1, "Ann"], [], [None, None], [2, "Bob"])

    _, rows, _ = read(book)

    assert rows == [(2, ["1", "Ann"]), (5, ["2", "Bob"])]


def test_short_rows_are_filled_and_trailing_empty_columns_dropped(read):
    book = book_of(["id", "name", None, " "], [1], [2, "Bob", None, None, " "])

    columns, rows, problems = read(book)

    assert columns == ["id", "name"]
    assert rows == [(2, ["1", None]), (3, ["2", "Bob"])]
    assert problems == []


def test_a_value_without_a_column_name_is_a_problem_and_never_dropped(read):
    _, rows, problems = read(book_of(["id", "name"], [1, "Ann", "moved to ERP"], [2, "Bob"]))

    assert [number for number, _ in rows] == [3]
    assert problems[0].message == "Row 2, name: there is a value behind the last column, name."
    assert problems[0].remedy == "Give its column a name in row 1, or remove it."


def test_a_sheet_may_be_named(read):
    book = book_of(["id"], [1])
    book.create_sheet("Clients").append(["code"])

    assert read(book, sheet="Clients")[0] == ["code"]
    assert read(book)[0] == ["id"]


def test_an_unknown_sheet_is_refused_with_those_there_are(read):
    with pytest.raises(FileRefusedError) as refused:
        read(book_of(["id"]), sheet="Clients")

    assert refused.value.message == "The workbook has no sheet 'Clients'; it has 'Sheet'."


def test_a_workbook_of_charts_alone_is_refused(read):
    book = Workbook()
    book.create_chartsheet("Chart").add_chart(BarChart())
    book.remove(book["Sheet"])

    with pytest.raises(FileRefusedError, match="has no sheet with cells"):
        read(book)


@pytest.mark.parametrize("rows", [[], [[], ["id"]], [[None, None], ["id", "name"]]])
def test_a_first_row_without_names_is_refused(read, rows):
    with pytest.raises(FileRefusedError) as refused:
        read(book_of(*rows))

    assert refused.value.message == "Row 1 of the sheet is empty."


def test_a_header_alone_has_no_rows(read):
    assert read(book_of(["id", "name"])) == (["id", "name"], [], [])


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (["id", "name", "id"], "Row 1 names two columns 'id'."),
        (["id", None, "name"], "Row 1 has no name for column 2."),
        (["id", 2024, 2024.0], "Row 1 names two columns '2024'."),
    ],
)
def test_a_header_with_a_flaw_is_refused(read, header, message):
    with pytest.raises(FileRefusedError) as refused:
        read(book_of(header, [1, 2, 3]))

    assert refused.value.message == message


@pytest.mark.parametrize("cells", ["A1:B1", "B1:B3", "A1:C2"])
def test_merged_header_cells_are_refused(read, cells):
    book = book_of(["id", "name", "town"], [1, "Ann", "Leeds"])
    book.active.merge_cells(cells)

    with pytest.raises(FileRefusedError) as refused:
        read(book)

    assert refused.value.message == (
        f"Row 1 has merged cells ({cells}), so its columns have no names of their own."
    )
    assert refused.value.remedy == "Split the merged cells and name every column."


def test_rows_with_merged_cells_are_problems_because_their_values_are_a_guess(read):
    book = book_of(["id", "name"], [1, "Ann"], [2, "Bob"], [3, None], [4, "Cid"])
    book.active.merge_cells("B3:B4")

    _, rows, problems = read(book)

    assert [number for number, _ in rows] == [2, 5]
    assert [problem.number for problem in problems] == [3, 4]
    assert "the cells B3:B4 are merged" in problems[0].message


def test_merged_cells_are_found_in_whatever_way_they_are_written(read):
    book = book_of(["id", "name"], [1, "Ann"])
    book.active.merge_cells("A1:B1")

    def with_prefix(text):
        return text.replace(b"<mergeCell ref=", b'<mergeCell x="1" ref=')

    with pytest.raises(FileRefusedError, match="merged cells"):
        read(book, with_prefix)


@pytest.mark.parametrize(
    "shown", ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!"]
)
def test_an_error_of_a_formula_costs_its_row(read, shown):
    _, rows, problems = read(book_of(["id", "name"], [1, shown], [2, "Bob"]))

    assert [number for number, _ in rows] == [3]
    (problem,) = problems
    assert problem.message == f"Row 2, name: the cell shows {shown}."
    assert problem.remedy == "Mend the formula and export again."


def test_a_hash_in_a_text_is_no_error(read):
    assert read(book_of(["id"], ["#1 Cleaning!"]))[2] == []


def with_result(value, type_=""):
    """As a spreadsheet program saves a formula, with the result beside it."""

    def change(text):
        return re.sub(
            rb'<c r="B2"[^>]*><f>1\+1</f><v\s*/?>(</v>)?</c>',
            f'<c r="B2"{type_}><f>1+1</f>{value}</c>'.encode(),
            text,
        )

    return change


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (with_result("<v>2</v>"), "2"),
        (with_result("<v>two</v>", ' t="str"'), "two"),
        (with_result("<v></v>", ' t="str"'), None),
        (with_result("<v>1</v>", ' t="b"'), "True"),
    ],
)
def test_a_formula_gives_its_result(read, change, text):
    _, rows, problems = read(book_of(["id", "sum"], [1, "=1+1"]), change)

    assert problems == []
    assert rows == [(2, ["1", text])]


@pytest.mark.parametrize("result", ["<v></v>", "<v/>", "<v />", ""])
def test_a_formula_that_was_never_calculated_is_no_empty_cell(read, result):
    book = book_of(["id", "sum"], [1, "=1+1"], [2, 3])

    _, rows, problems = read(book, with_result(result))

    assert rows == [(3, ["2", "3"])]
    (problem,) = problems
    assert problem.message == "Row 2, sum: the formula was never calculated."
    assert problem.remedy == "Open it in a spreadsheet program and save it again."


def test_what_a_workbook_says_of_its_own_size_is_not_believed(read):
    book = book_of(["id", "name", "town"], [1, "Ann", "Leeds"], [2, "Bob", "York"])

    def smaller(text):
        return re.sub(rb'<dimension ref="[^"]*"', b'<dimension ref="A1:A2"', text)

    _, rows, _ = read(book, smaller)

    assert [row for _, row in rows] == [["1", "Ann", "Leeds"], ["2", "Bob", "York"]]


def test_a_row_number_beyond_every_sheet_is_refused(read):
    def far(text):
        return text.replace(b'<row r="2"', b'<row r="9999999"').replace(b'"A2"', b'"A9999999"')

    with pytest.raises(FileRefusedError, match="more than 1,048,576 rows"):
        read(book_of(["id"], [1]), far)


def test_a_long_cell_costs_its_row(read):
    def longer(text):
        return text.replace(b"Ann", b"x" * 200_000)

    book = book_of(["id", "name"], ["1", "Ann"], ["2", "Bob"])
    _, rows, problems = read(book, longer)

    assert [number for number, _ in rows] == [3]
    assert problems[0].message == "Row 2, name: the cell holds 200,000 characters."
    assert problems[0].raw == {"id": "1", "name": "x" * 4_000 + "…"}


@pytest.mark.parametrize(
    ("part", "change"),
    [
        (SHEET, lambda text: text[: len(text) // 2]),
        (SHEET, lambda text: b"nonsense"),
        (SHEET, lambda text: text.replace(b't="n"', b't="s"')),
        ("xl/workbook.xml", lambda text: text[:100]),
        ("xl/styles.xml", lambda text: b""),
        ("[Content_Types].xml", lambda text: b"<Types/>"),
        ("xl/_rels/workbook.xml.rels", lambda text: b""),
    ],
)
def test_a_damaged_workbook_is_refused(read, part, change):
    with pytest.raises(FileRefusedError) as refused:
        read(book_of(["id", "name"], [1, "Ann"]), change, part=part)

    assert refused.value.message.startswith("The workbook ")
    assert refused.value.remedy


def test_a_workbook_whose_bytes_were_changed_is_refused(tmp_path):
    path = tmp_path / "received"
    book_of(["id", "name"], *([number, f"name {number}"] for number in range(3_000))).save(path)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo(SHEET).header_offset + 100
    content[start : start + 50] = bytes(50)
    path.write_bytes(content)

    with pytest.raises(FileRefusedError, match="damaged"):
        list(read_xlsx(path, {}).blocks)


def test_a_workbook_that_unpacks_to_too_much_is_refused(read, monkeypatch):
    monkeypatch.setattr("mdm.feeds.readers.xlsx_file.LARGEST_UNPACKED", 1_000)

    with pytest.raises(FileRefusedError, match="unpacks to"):
        read(book_of(["id"], [1]))


def test_rows_come_in_blocks_and_an_unread_workbook_is_closed(tmp_path):
    path = tmp_path / "received"
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for number in range(BLOCK_ROWS + 2):
        sheet.append([number])
    book.save(path)

    sizes = [len(block) for block in read_xlsx(path, {}).blocks]
    unread = read_xlsx(path, {})
    del unread

    assert sizes == [BLOCK_ROWS, 1]
