"""CSV: whatever a program writes comes back equal, and what is broken costs its own rows."""

import tracemalloc
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from mdm.feeds.readers import FileRefusedError
from mdm.feeds.readers.csv_file import read_csv
from mdm.feeds.readers.sheet import BLOCK_ROWS
from tests.mdm.feeds.readers.csv_text import read, read_bytes


def rows_of(text, **options):
    columns, rows, problems = read(text, **options)
    assert problems == []
    return [columns, *(row for _, row in rows)]


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\n1,2", [["a", "b"], ["1", "2"]]),
        ("a;b\n1;2\n", [["a", "b"], ["1", "2"]]),
        ("a\tb\n1\t2\n", [["a", "b"], ["1", "2"]]),
        ("a|b\n1|2\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
        ("a,b\r1,2\r3,4\r", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ("a\n1\n2\n", [["a"], ["1"], ["2"]]),
        ('a,b\n"1,5",2\n', [["a", "b"], ["1,5", "2"]]),
        ('a,b\n"line 1\nline 2",2\n', [["a", "b"], ["line 1\nline 2", "2"]]),
        ('a,b\n"say ""hi""",2\n', [["a", "b"], ['say "hi"', "2"]]),
        ('a,b\n"\n\n\n",2\n3,4\n', [["a", "b"], ["\n\n\n", "2"], ["3", "4"]]),
        ('a,b\n5" pipe,2\n3,4\n', [["a", "b"], ['5" pipe', "2"], ["3", "4"]]),
        ('a,b\n5" x 7" pipe,2\n', [["a", "b"], ['5" x 7" pipe', "2"]]),
        ('a, b\n1, "2, 3"\n', [["a", "b"], ["1", "2, 3"]]),
        ('"Town, City",b\n x,2\n', [["Town, City", "b"], [" x", "2"]]),
        ("a,b,,\n1,2,,\n3,4\n5,6,\n", [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]),
        (" a , b \n1,2\n", [["a", "b"], ["1", "2"]]),
        ("Name;Address, City;Zip\n1;2;3\n", [["Name", "Address, City", "Zip"], ["1", "2", "3"]]),
        ("a,b\n\n1,2\n   \n3,4\n\n", [["a", "b"], ["1", "2"], ["3", "4"]]),
        ("a,b\n,\n", [["a", "b"], ["", ""]]),
    ],
)
def test_a_table_is_read_as_a_person_sees_it(text, table):
    assert rows_of(text) == table


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('"Account\nName",City\nAcme,Leeds\n', ["Account\nName", "City"]),
        ('"Account\nName";City\nAcme;Leeds\n', ["Account\nName", "City"]),
        ('"Account\r\nName"\tCity\r\nAcme\tLeeds\r\n', ["Account\r\nName", "City"]),
        ('City,"A\n\nB"\nLeeds,Acme\n', ["City", "A\n\nB"]),
        ('Size 5",City\nAcme,Leeds\n', ['Size 5"', "City"]),
        ('Size 5";City\nAcme;Leeds\n', ['Size 5"', "City"]),
    ],
)
def test_a_column_name_may_hold_line_breaks_and_quotes(text, columns):
    found, rows, problems = read(text)

    assert found == columns
    assert [number for number, _ in rows] == [2]
    assert problems == []


def test_rows_are_numbered_as_a_spreadsheet_does():
    _, rows, problems = read('a,b\n1,2\n\n"x\ny",2\nbroken\n5,6\n')

    assert [number for number, _ in rows] == [2, 4, 6]
    assert [problem.number for problem in problems] == [5]


def test_a_delimiter_may_be_told():
    assert rows_of("a:b\n1:2\n", delimiter=":") == [["a", "b"], ["1", "2"]]


@pytest.mark.parametrize("delimiter", ["||", ""])
def test_a_delimiter_that_is_none_is_refused(delimiter):
    with pytest.raises(FileRefusedError, match="is no delimiter"):
        read("a,b\n1,2\n", delimiter=delimiter)


UMLAUT = "id,name\n1,Müller\n2,Žižek\n"


@pytest.mark.parametrize(
    ("encoding", "options"),
    [
        ("utf-8", {}),
        ("utf-8-sig", {}),
        ("utf-8-sig", {"encoding": "utf-8"}),
        ("utf-8", {"encoding": "UTF8"}),
        ("cp1252", {}),
        ("cp1252", {"encoding": "windows-1252"}),
        ("utf-16", {}),
        ("utf-16-le", {}),
        ("utf-16-be", {}),
        ("utf-16-le", {"encoding": "utf-16-le"}),
        ("utf-32", {}),
        ("cp1250", {"encoding": "cp1250"}),
    ],
)
def test_the_encoding_is_found_or_told(encoding, options):
    columns, rows, problems = read_bytes((UMLAUT * 1).encode(encoding), **options)

    assert columns == ["id", "name"]
    assert [row for _, row in rows] == [["1", "Müller"], ["2", "Žižek"]]
    assert problems == []


def test_a_quoted_header_behind_a_byte_order_mark_is_read():
    columns, _, _ = read_bytes('\ufeff"id","na,me"\n1,2\n'.encode(), encoding="utf-8")

    assert columns == ["id", "na,me"]


@pytest.mark.parametrize("encoding", ["klingon", "base64", "rot13"])
def test_an_encoding_that_is_none_is_refused(encoding):
    with pytest.raises(FileRefusedError, match=f"There is no encoding '{encoding}'"):
        read(UMLAUT, encoding=encoding)


@pytest.mark.parametrize(
    ("content", "options", "named"),
    [
        (b"id,name\n1,M\xc3\xbcller\n2,Ren\xe9\n3,Jos\xc3\xa9\n", {}, "utf-8"),
        (b"id,name\n1,Ann\n2,Ren\xe9\n", {"encoding": "utf8"}, "utf-8"),
        (b"id,name\n1,Ann\n2,Ren\xe9\n", {"encoding": "ascii"}, "ascii"),
        (b"id,name\n1,Ren\xe9\n2,\x81\x8d\n", {}, "cp1252"),
    ],
)
def test_a_row_in_another_encoding_is_a_problem_and_never_changed_in_silence(
    content, options, named
):
    _, rows, problems = read_bytes(content, **options)

    assert 2 in [number for number, _ in rows]
    (problem,) = problems
    assert (problem.number, problem.column) == (3, "name")
    assert problem.message == f"Row 3, name: a character is not {named} text."
    assert problem.remedy == "Save the file as UTF-8, or tell the feed its encoding."
    assert not any("\ufffd" in cell for _, row in rows for cell in row)


def test_a_damaged_character_in_utf_16_is_a_problem():
    content = "id,name\n1,Ann\n2,".encode("utf-16") + b"\x00\xd8" + "\n".encode("utf-16-le")

    _, rows, problems = read_bytes(content)

    assert [number for number, _ in rows] == [2]
    assert [problem.message for problem in problems] == [
        "Row 3, name: a character is not utf-16 text."
    ]


def test_a_zero_character_costs_its_row():
    _, rows, problems = read("id,name\n1,Ann\n2,B\x00b\n3,Cid\n")

    assert [number for number, _ in rows] == [2, 4]
    assert [(problem.number, problem.column) for problem in problems] == [(3, "name")]
    assert problems[0].raw == {"id": "2", "name": "Bb"}


@pytest.mark.parametrize("content", [b"", b"\n", b"  \r\n \n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(content):
    with pytest.raises(FileRefusedError) as refused:
        read_bytes(content)

    assert refused.value.message == "The file is empty."
    assert refused.value.remedy


def test_a_header_alone_has_no_rows():
    assert read("a,b\n") == (["a", "b"], [], [])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\na,b\n1,2\n", "Row 1 is empty."),
        (",,\n1,2,3\n", "Row 1 holds no column names."),
        ("a,,c\n1,2,3\n", "Row 1 has no name for column 2."),
        ("a,b,a\n1,2,3\n", "Row 1 names two columns 'a'."),
        ("a, a\n1,2\n", "Row 1 names two columns 'a'."),
        ('a,"b\n1,2\n', "Row 1 cannot be read: a quote is opened and never closed."),
        ('"a"x,b\n1,2\n', "Row 1 cannot be read: there is text behind a closing quote."),
        ("a," + "b" * 201 + "\n", "Row 1 has a name of 201 characters for column 2."),
        ("b" * 200_000 + "\n", "Row 1 cannot be read: a cell holds more than 100,000 characters."),
        (",".join(map(str, range(20_000))), "Row 1 has 20,000 columns, more than 16,384."),
        ("a,b\x00c\n1,2\n", "Row 1 names column 2 'bc', which holds a character that is no text."),
    ],
)
def test_a_header_that_names_no_columns_is_refused(text, message):
    with pytest.raises(FileRefusedError) as refused:
        read(text)

    assert refused.value.message == message
    assert refused.value.remedy.endswith(".")


def test_a_header_in_another_encoding_than_the_rest_is_refused():
    content = b"id,Gr\xf6\xdfe\n" + "1,Müller\n2,Žižek\n".encode()

    with pytest.raises(FileRefusedError, match="holds a character that is no text"):
        read_bytes(content)


def in_short(text):
    return text if len(text) <= 4_000 else f"{text[:4_000]}…"


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("2,x,y", "it has 3 cells where the header has 2"),
        ("2,x,", "it has 3 cells where the header has 2"),
        ("2", "it has 1 cells where the header has 2"),
        ('2,"x', "a quote is opened and never closed"),
        ('"2,x', "a quote is opened and never closed"),
        ('2,"x"y', "there is text behind a closing quote"),
        ('2,"x" ', "there is text behind a closing quote"),
        ("2," + "x" * 100_001, "a cell holds more than 100,000 characters"),
        ('2,"' + "x" * 100_001 + '"', "a cell holds more than 100,000 characters"),
    ],
)
def test_a_broken_row_costs_only_itself(broken, why):
    _, rows, problems = read(f'a,b\n1,x\n{broken}\n3,"x\ny"\n4,z\n')

    assert [row for _, row in rows] == [["1", "x"], ["3", "x\ny"], ["4", "z"]]
    (problem,) = problems
    assert problem.number == 3
    assert problem.cause == "parse"
    assert problem.message == f"Row 3 cannot be read: {why}."
    assert 'write a quote as ""' in problem.remedy
    assert problem.raw == {"line": in_short(broken), "delimiter": ","}


def test_a_record_with_line_breaks_and_too_many_cells_is_one_problem():
    _, rows, problems = read('a,b\n"x\nsome text\n\nmore",y,z\n2,z\n')

    assert [row for _, row in rows] == [["2", "z"]]
    assert [problem.raw["line"] for problem in problems] == ['"x\nsome text\n\nmore",y,z']


def test_good_rows_between_two_stray_quotes_are_kept():
    _, rows, problems = read('a,b,c\n"1,x,p\n2,y,q\n3,"z,r\n4,w,s\n')

    assert [row for _, row in rows] == [["2", "y", "q"], ["4", "w", "s"]]
    assert [problem.number for problem in problems] == [2, 4]


def test_a_quote_that_never_closes_in_a_big_file_costs_one_row():
    rows_before = "".join(f"{number},Ann,Leeds\n" for number in range(100_000))
    text = f'id,name,city\n{rows_before}x,"Ann,Leeds\n{rows_before}'

    _, rows, problems = read(text)

    assert len(rows) == 200_000
    assert [problem.number for problem in problems] == [100_002]


def test_of_many_stray_quotes_no_row_is_lost():
    text = "id,name\n" + "".join(f'{number},"Ann\n' for number in range(20_000))

    _, rows, problems = read(text)

    assert len(rows) + len(problems) == 20_000


@pytest.mark.parametrize(
    "cell",
    [
        "x" * (50 << 20),
        '"' + "x" * (50 << 20) + '"',
        '"' + "x" * (50 << 20),
        ",".join(["y"] * (10 << 20)),
    ],
    ids=["bare", "quoted", "never closed", "ten million cells"],
)
def test_a_cell_of_50_mb_costs_its_row_in_bounded_memory(tmp_path, cell):
    path = tmp_path / "feed.csv"
    path.write_text(f"id,name\n1,Ann\n2,{cell}\n3,Bob\n")
    del cell
    tracemalloc.start()

    blocks = list(read_csv(path, {}).blocks)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row for block in blocks for row in block.rows] == [["1", "Ann"], ["3", "Bob"]]
    (problem,) = [problem for block in blocks for problem in block.problems]
    assert problem.number == 3
    assert len(problem.raw["line"]) == 4_001
    assert peak < 40 << 20


def test_a_cell_of_50_mb_with_line_breaks_costs_no_other_row_and_bounded_memory(tmp_path):
    path = tmp_path / "feed.csv"
    line = "x" * 999_999 + "\n"
    path.write_text('id,name\n1,Ann\n2,"' + line * 50 + '"\n3,Bob\n')
    tracemalloc.start()

    blocks = list(read_csv(path, {}).blocks)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [row for block in blocks for row in block.rows] == [["1", "Ann"], ["3", "Bob"]]
    assert peak < 40 << 20


def test_rows_come_in_blocks():
    text = "a,b\n" + "1,2\n" * (2 * BLOCK_ROWS + 1)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "feed.csv"
        path.write_text(text)

        sizes = [len(block) for block in read_csv(path, {}).blocks]

    assert sizes == [BLOCK_ROWS, BLOCK_ROWS, 1]


def test_blocks_of_very_wide_rows_are_smaller():
    columns = ",".join(f"c{number}" for number in range(4_000))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "feed.csv"
        path.write_text(f"{columns}\n" + f"{',' * 3_999}\n" * 501)

        sizes = [len(block) for block in read_csv(path, {}).blocks]

    assert sizes == [500, 1]


def test_a_file_that_is_opened_and_not_read_is_closed_again(tmp_path):
    path = tmp_path / "feed.csv"
    path.write_text("a,b\n" + "1,2\n" * 10_000)

    sheet = read_csv(path, {})
    next(sheet.blocks)
    del sheet

    path.unlink()
