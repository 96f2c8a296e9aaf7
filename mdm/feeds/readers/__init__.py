"""Opening a file by what it holds, and refusing it clearly when that is not what it says."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mdm.feeds.readers.csv_file import read_csv
from mdm.feeds.readers.encoding import wide_encoding
from mdm.feeds.readers.json_file import read_json
from mdm.feeds.readers.sheet import (
    ABSENT,
    Block,
    FileRefusedError,
    RowProblem,
    Sheet,
    excerpt,
)
from mdm.feeds.readers.xlsx_file import read_xlsx

__all__ = ["ABSENT", "Block", "FileRefusedError", "RowProblem", "Sheet", "excerpt", "open_sheet"]

_READERS: dict[str, Callable[[Path, dict[str, Any]], Sheet]] = {
    "CSV text": read_csv,
    "an Excel workbook": read_xlsx,
    "JSON": read_json,
}
_EXPECTED = {
    ".csv": "CSV text",
    ".tsv": "CSV text",
    ".txt": "CSV text",
    ".xlsx": "an Excel workbook",
    ".json": "JSON",
    ".jsonl": "JSON",
    ".ndjson": "JSON",
}
_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind (.xls) or with a password"),
    (b"<", "a web page or XML"),
)
_BOM = b"\xef\xbb\xbf"
_SAMPLE = 4096
# A column may be called [ID] or {ID}; what follows tells a record or a list from a name.
_JSON = re.compile(rb"""\s*(?:\{\s*["}]|\[\s*[\[\]{"\d])""")
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1a") + b"\x7f"


def open_sheet(path: Path, name: str, options: dict[str, Any]) -> Sheet:
    """Open the file at `path`, which its sender called `name`.

    Raises FileRefusedError when it is empty, is not what its name says, or has no usable header.
    """
    start = _start_of(path)
    found = _content_of(path, start)
    expected = _EXPECTED.get(Path(name).suffix.lower(), found)
    if (expected, found) == ("JSON", "CSV text") and any(map(_JSON.match, start.splitlines())):
        found = "JSON"  # whose first line is broken, which costs that line
    if found not in _READERS or found != expected:
        raise FileRefusedError(
            f"{Path(name).name} is in fact {found}.",
            f"Save it as {expected if expected in _READERS else 'CSV'}, or send the right file.",
        )
    return _READERS[found](path, options)


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(_SAMPLE).removeprefix(_BOM)
    if not start.strip():
        raise FileRefusedError("The file is empty.", "Export it again; it needs a header row.")
    return start


def _content_of(path: Path, start: bytes) -> str:
    if start.startswith(b"PK\x03\x04"):
        return "an Excel workbook" if _is_workbook(path) else "a ZIP archive"
    for mark, what in _FOREIGN:
        if start.lstrip().startswith(mark):
            return what
    if wide := wide_encoding(start):
        start = start.decode(wide, "ignore").encode()
    elif _is_binary(start):
        return "a binary file"
    return "JSON" if _JSON.match(start) else "CSV text"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except zipfile.BadZipFile:  # cut off, and without the list at its end
        with path.open("rb") as file:
            return b"xl/" in file.read(_SAMPLE)


def _is_binary(start: bytes) -> bool:
    """A stray zero costs its row; a file that is full of control characters is no text."""
    control = len(start) - len(start.translate(None, _CONTROL))
    return b"\x00" in start and control > 3 + len(start) // 50
