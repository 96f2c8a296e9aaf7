"""Finding out in which encoding a text file is written."""

import codecs
from pathlib import Path

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_PIECE = 1 << 20


def find_encoding(path: Path) -> str:
    """The encoding of the text file at `path`.

    A byte-order mark decides; else UTF-8, unless more lines with letters beyond ASCII break it
    than keep to it, which makes it Windows-1252. The few lines that break UTF-8 are for the
    reader to report.
    """
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    if _is_utf8(path):
        return "utf-8"
    return "utf-8" if _lines_keeping_utf8(path) > 0 else "cp1252"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _lines_keeping_utf8(path: Path) -> int:
    """Lines beyond ASCII that are UTF-8, less those that are not."""
    balance = 0
    with path.open("rb") as file:
        for line in file:
            if not line.isascii():
                try:
                    line.decode("utf-8")
                    balance += 1
                except UnicodeDecodeError:
                    balance -= 1
    return balance
