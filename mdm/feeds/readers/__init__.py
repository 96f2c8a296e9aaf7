"""Opening a file by what it holds, and refusing it clearly when that is not what it says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mdm.feeds.readers.csv_file import read_csv
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
    (b"\x1f\x8b", "a gzip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"<", "a web page or XML"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def open_sheet(path: Path, name: str, options: dict[str, Any]) -> Sheet:
    """Open the file at `path`, which its sender called `name`.

    Raises FileRefusedError when it is empty, is not what its name says, or has no usable header.
    """
    found = _content_of(path)
    expected = _EXPECTED.get(Path(name).suffix.lower(), found)
    if found not in _READERS or found != expected:
        raise FileRefusedError(
            f"{Path(name).name} is in fact {found}.",
            f"Save it as {expected if expected in _READERS else 'CSV'}, or send the right file.",
        )
    return _READERS[found](path, options)


def _content_of(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4096)
    if not start.strip():
        raise FileRefusedError("The file is empty.", "Export it again; it needs a header row.")
    if start.startswith(b"PK\x03\x04"):
        return "an Excel workbook" if b"xl/" in path.read_bytes() else "a ZIP archive"
    for mark, what in _FOREIGN:
        if start.startswith(mark):
            return what
    if b"\x00" in start and not start.startswith(_UTF16):
        return "a binary file"
    return "JSON" if start.lstrip()[:1] in (b"{", b"[") else "CSV text"
