"""Amounts and counts as exact decimal strings, because JSON has no decimal."""

import re
from decimal import Decimal

from mdm.standardise.reading import InvalidValue, Reading

_DECORATION = re.compile(r"[\s\u00a0$€£¥%']|USD|EUR|GBP|CHF")
_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")


def parse_decimal(text: str, reading: Reading) -> str:
    """`text` as a plain decimal string without a currency sign or grouping.

    >>> parse_decimal("$1,098.20 ", Reading())
    '1098.20'
    """
    bare = _DECORATION.sub("", text)
    if bare.startswith("(") and bare.endswith(")"):
        bare = "-" + bare[1:-1]
    if reading.decimal_comma:
        bare = bare.replace(".", "").replace(",", ".")
    elif _GROUPED.fullmatch(bare):
        bare = bare.replace(",", "")
    if not _PLAIN.fullmatch(bare):
        raise InvalidValue(f"{text!r} is not a number", "write it in digits, like 1098.20")
    return format(Decimal(bare), "f")


def parse_integer(text: str) -> int:
    """`text` as a whole number; "5.0", as spreadsheets write it, is 5."""
    bare = text.strip().removesuffix(".0").replace(",", "")
    if not re.fullmatch(r"[+-]?\d{1,15}", bare):
        raise InvalidValue(f"{text!r} is not a whole number", "write it in digits, like 12")
    return int(bare)
