"""Amounts and counts as exact decimal strings, because JSON has no decimal."""

import re
from decimal import Decimal

from mdm.standardise.reading import InvalidValue, Reading, quoted

_CURRENCY = r"(?:US\$|[$€£¥]|USD|EUR|GBP|CHF)?"
_AMOUNT = re.compile(
    rf"(?P<bracket>\()?(?P<sign>[+-]?) ?{_CURRENCY} ?(?P<inner>[+-]?)"
    rf"(?P<number>\d[\d.,' \u2019]*?|[.,]\d+) ?{_CURRENCY}(?P<closed>\))?"
)
# Thousands are set apart by one mark throughout, in groups of three; "1.5" is never fifteen.
_POINT = re.compile(r"(?:\d+|\d{1,3}(?:([, '\u2019])\d{3})(?:\1\d{3})*)?(?:\.\d+)?")
_COMMA = re.compile(r"(?:\d+|\d{1,3}(?:([. '\u2019])\d{3})(?:\1\d{3})*)?(?:,\d+)?")
_WHOLE = re.compile(r"\d{1,15}")
_MOST_DIGITS = 15
"""Before the decimal point, and behind it: money that the hub keeps needs no more."""
_LONGEST = 100


def parse_decimal(text: str, reading: Reading) -> str:
    """`text` as a plain decimal string without a currency sign or grouping.

    >>> parse_decimal("$1,098.20 ", Reading())
    '1098.20'
    """
    found = _AMOUNT.fullmatch(" ".join(text[: _LONGEST + 1].split()))
    negative = found and _negative(found)
    bare = found and _plain(found["number"], reading)
    if found is None or negative is None or bare is None:
        raise InvalidValue(f"{quoted(text)} is not a number", f"write it like {_example(reading)}")
    whole, _, fraction = bare.partition(".")
    if len(whole.lstrip("0")) > _MOST_DIGITS or len(fraction) > _MOST_DIGITS:
        raise InvalidValue(
            f"{quoted(text)} has more than {_MOST_DIGITS} digits before or behind the point",
            "round it, or look for two numbers that ran together",
        )
    number = Decimal(bare)
    return format(-number if negative and number else number, "f")


def parse_integer(text: str, reading: Reading) -> int:
    """`text` as a whole number; "5.0", as spreadsheets write it, is 5."""
    point = "," if reading.decimal_comma else "."
    bare = text.strip().removesuffix(f"{point}0")
    sign = bare[:1] if bare[:1] in ("+", "-") else ""
    plain = _plain(bare.removeprefix(sign), reading) if len(bare) <= _LONGEST else None
    if plain is None or not _WHOLE.fullmatch(plain):
        raise InvalidValue(f"{quoted(text)} is not a whole number", "write it in digits, like 12")
    return int(sign + plain)


def _negative(found: re.Match[str]) -> bool | None:
    """Whether the amount is below zero, by a sign or as in accounts; None when both say it."""
    marks = [found["sign"], found["inner"], found["bracket"] or ""]
    if bool(found["bracket"]) != bool(found["closed"]) or sum(map(bool, marks)) > 1:
        return None
    return any(mark in ("-", "(") for mark in marks if mark)


def _plain(number: str, reading: Reading) -> str | None:
    """The digits with a decimal point and nothing else; None where they are not grouped so."""
    found = (_COMMA if reading.decimal_comma else _POINT).fullmatch(number)
    if found is None or not number:
        return None
    bare = number.replace(found[1], "") if found[1] else number
    return bare.replace(",", ".")


def _example(reading: Reading) -> str:
    return "1098,20" if reading.decimal_comma else "1098.20"
