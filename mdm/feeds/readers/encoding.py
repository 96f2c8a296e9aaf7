"""Finding out in which encoding a text file is written."""

import codecs
from pathlib import Path

# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WIDE = ("utf-16", "utf-32")
"""How the names of encodings begin that take two or four bytes a character."""

_SAMPLE = 4096
_PIECE = 1 << 20


def wide_encoding(start: bytes) -> str | None:
    """UTF-16 or UTF-32 when a file starts so; None for encodings in which ASCII is ASCII.

    Without a byte-order mark UTF-16 shows in western text: every second byte is zero.
    """
    for mark, encoding in _MARKS[1:]:
        if start.startswith(mark):
            return encoding
    pairs = len(start) // 2
    high, low = start[0 : 2 * pairs : 2].count(0), start[1 : 2 * pairs : 2].count(0)
    if high + low and max(high, low) * 10 > pairs * 7 and min(high, low) * 10 < pairs:
        return "utf-16-le" if low > high else "utf-16-be"
    return None


def find_encoding(path: Path) -> str:
    """The encoding of the text file at `path`.

    A byte-order mark decides; else UTF-8, unless more lines with letters beyond ASCII break it
    than keep to it, which makes it Windows-1252. The few lines that break UTF-8 are for the
    reader to report.
    """
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    if wide := wide_encoding(start):
        return wide
    if _is_utf8(path):
        return "utf-8-sig"
    return "utf-8-sig" if _lines_keeping_utf8(path) > 0 else "cp1252"


def text_codec(name: str) -> str | None:
    """The name under which Python decodes text in the encoding `name`; None when it cannot."""
    try:
        found = codecs.lookup(name)
        "".encode(name)
    except LookupError:
        return None
    return "utf-8-sig" if found.name == "utf-8" else found.name


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
        while line := file.readline(_PIECE):
            if not line.isascii():
                try:
                    line.decode("utf-8")
                    balance += 1
                except UnicodeDecodeError as error:
                    cut = len(line) == _PIECE and error.reason == "unexpected end of data"
                    balance += 1 if cut else -1
    return balance
