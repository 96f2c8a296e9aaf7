"""Texts that go into spreadsheets."""

import re

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*")
_FORMULA = tuple("=+-@\t\r\n|＝＋－＠")
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def safe(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: an apostrophe stands before it."""
    text = _NO_TEXT.sub("", text)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
