"""Reads bytes or text as a CSV file, for the tests of the reader."""

from pathlib import Path
from tempfile import TemporaryDirectory

from mdm.feeds.readers.csv_file import read_csv


def read_bytes(content, **options):
    """(columns, [(number, row)], [problem]) of a CSV file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "feed.csv"
        path.write_bytes(content)
        sheet = read_csv(path, options)
        blocks = list(sheet.blocks)
    rows = [pair for each in blocks for pair in zip(each.numbers, each.rows, strict=True)]
    return sheet.columns, rows, [problem for each in blocks for problem in each.problems]


def read(text, **options):
    return read_bytes(text.encode(), **options)
