"""Opening a file: it is read by what it holds, and refused when its name says something else."""

import gzip
import io
import zipfile

import pytest
from openpyxl import Workbook

from mdm.feeds.readers import FileRefusedError, open_sheet


def workbook():
    book, content = Workbook(), io.BytesIO()
    book.active.append(["id", "name"])
    book.active.append([1, "Ann"])
    book.save(content)
    return content.getvalue()


def archive(**parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as found:
        for name, text in parts.items():
            found.writestr(name, text)
    return content.getvalue()


CSV, JSON, XLSX = b"id,name\n1,Ann\n", b'{"id":"1","name":"Ann"}\n', workbook()
NOISE = bytes(range(256)) * 20


@pytest.fixture
def opened(tmp_path):
    def open_content(content, name, **options):
        path = tmp_path / "received"
        path.write_bytes(content)
        sheet = open_sheet(path, name, options)
        return sheet.columns, [row for block in sheet.blocks for row in block.rows]

    return open_content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("feed.csv", CSV),
        ("FEED.CSV", CSV),
        ("feed.txt", CSV),
        ("feed.tsv", CSV.replace(b",", b"\t")),
        ("feed", CSV),
        ("feed.csv.20240430", CSV),
        ("feed.csv", CSV.decode().encode("utf-16")),
        ("feed.csv", CSV.decode().encode("utf-16-le")),
        ("feed.csv", b"\xef\xbb\xbf" + CSV),
        ("feed.jsonl", JSON),
        ("feed.ndjson", JSON),
        ("feed.json", b"\xef\xbb\xbf" + JSON),
        ("feed.json", b"[" + JSON + b"]"),
        ("feed", JSON),
        ("feed.xlsx", XLSX),
        ("feed", XLSX),
    ],
)
def test_a_file_is_read_by_what_it_holds(opened, name, content):
    assert opened(content, name) == (["id", "name"], [["1", "Ann"]])


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("feed.csv", XLSX, "an Excel workbook"),
        ("feed.csv", JSON, "JSON"),
        ("feed.xlsx", CSV, "CSV text"),
        ("feed.jsonl", CSV, "CSV text"),
        ("feed.json", b"42", "CSV text"),
        ("feed.jsonl", XLSX, "an Excel workbook"),
        ("feed.csv", archive(**{"feed.csv": "id\n1\n"}), "a ZIP archive"),
        ("feed.xlsx", archive(**{"word/document.xml": "<x/>"}), "a ZIP archive"),
        ("feed.xlsb", archive(**{"xl/workbook.bin": "x"}), "a ZIP archive"),
        ("feed.xlsx", archive(), "an empty ZIP archive"),
        ("feed.csv", gzip.compress(CSV, mtime=0), "a gzip archive"),
        ("feed.csv", b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        ("feed.csv", b"\x89PNG\r\n\x1a\n\x00\x00", "a picture"),
        ("feed.csv", b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture"),
        ("feed.csv", b"GIF89a\x01\x00\x01\x00", "a picture"),
        ("feed.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook of the old kind"),
        ("feed.csv", b"<!DOCTYPE html><html>", "a web page or XML"),
        ("feed.csv", b"\xef\xbb\xbf\r\n <html>", "a web page or XML"),
        ("feed.json", b'<?xml version="1.0"?>\n{"id":1}\n', "a web page or XML"),
        ("feed.csv", NOISE, "a binary file"),
        (
            "feed.csv",
            b"SQLite format 3\x00\x10\x00\x01\x01\x00\x40\x20\x20" + b"\x00" * 80,
            "a binary",
        ),
    ],
)
def test_a_file_that_is_not_what_its_name_says_is_refused(opened, name, content, found):
    with pytest.raises(FileRefusedError) as refused:
        opened(content, name)

    assert refused.value.message.startswith(f"{name} is in fact {found}")
    assert refused.value.remedy.startswith("Save it as ")


@pytest.mark.parametrize("content", [b"", b"   \r\n\t ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
@pytest.mark.parametrize("name", ["feed.csv", "feed.xlsx", "feed.jsonl", "feed"])
def test_an_empty_file_is_refused_whatever_it_is_called(opened, name, content):
    with pytest.raises(FileRefusedError, match="The file is empty"):
        opened(content, name)


def test_only_the_last_part_of_a_name_is_told(opened):
    with pytest.raises(FileRefusedError) as refused:
        opened(CSV, "/srv/inbox/secret/feed.xlsx")

    assert refused.value.message == "feed.xlsx is in fact CSV text."


@pytest.mark.parametrize("header", [b"[ID],[Name]", b"{ID},{Name}", b"[id];[name]"])
def test_a_bracket_in_a_column_name_makes_no_json(opened, header):
    columns, _ = opened(header + b"\n", "feed.csv")

    assert len(columns) == 2


def test_a_broken_first_line_does_not_make_json_lines_csv(opened):
    assert opened(b"oops\n" + JSON, "feed.jsonl") == (["id", "name"], [["1", "Ann"]])


def test_a_stray_zero_does_not_make_text_binary(opened):
    assert opened(b"id,name\n1,A\x00n\n2,Bob\n", "feed.csv") == (["id", "name"], [["2", "Bob"]])


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.99])
def test_a_workbook_that_was_cut_off_is_refused(opened, kept):
    with pytest.raises(FileRefusedError) as refused:
        opened(XLSX[: int(len(XLSX) * kept)], "feed.xlsx")

    assert refused.value.message in (
        "The workbook is damaged.",
        "feed.xlsx is in fact a ZIP archive.",
    )
