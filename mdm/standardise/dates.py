"""Dates as people and spreadsheets write them, as ISO dates."""

import re
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from mdm.standardise.reading import DateOrder, InvalidValue, Reading
from mdm.standardise.text import fold

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.,+Z\-]*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMERIC = re.compile(r"(\d{1,4})([./\- ])(\d{1,2})\2(\d{1,4})(?: 00:00(?::00)?)?")
_NAMED = re.compile(r"(?:(\d{1,2})\.? )?([a-z]{3,9})\.? (?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})")

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_EXAMPLE: dict[DateOrder, str] = {"ymd": "2024-04-30", "dmy": "30/04/2024", "mdy": "04/30/2024"}
_PIVOT = 70  # two-digit years below are 20xx, from here on 19xx


@lru_cache(maxsize=100_000)
def parse_date(text: str, reading: Reading) -> str:
    """`text` as an ISO date; raises InvalidValue for a date that does not exist.

    >>> parse_date("5/4/20", Reading(date_order="mdy"))
    '2020-05-04'
    """
    year, month, day = _parts(text.strip(), reading.date_order)
    try:
        return date(year, month, day).isoformat()
    except ValueError as error:
        raise InvalidValue(
            f"{text!r} is not a date that exists ({error})",
            f"write the date like {_EXAMPLE[reading.date_order]}, or leave it empty",
        ) from None


def _parts(text: str, order: DateOrder) -> tuple[int, int, int]:
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _NUMERIC.fullmatch(text):
        return _numeric(found[1], found[3], found[4], order)
    if found := _NAMED.fullmatch(fold(text)):
        day, month = found[1] or found[3], found[2][:3]
        if day and month in _MONTHS:
            return int(found[4]), _MONTHS.index(month) + 1, int(day)
    raise InvalidValue(
        f"{text!r} cannot be read as a date",
        f"write the date like {_EXAMPLE[order]}, or tell the feed its date order",
    )


def _numeric(first: str, second: str, third: str, order: DateOrder) -> tuple[int, int, int]:
    if len(first) == 4 or (order == "ymd" and len(third) <= 2):
        return _full_year(first), int(second), int(third)
    if order == "mdy":
        return _full_year(third), int(first), int(second)
    return _full_year(third), int(second), int(first)


def _full_year(text: str) -> int:
    year = int(text)
    if len(text) > 2:
        return year
    return year + (2000 if year < _PIVOT else 1900)


@lru_cache(maxsize=100_000)
def parse_moment(text: str, reading: Reading, time_zone: str) -> datetime:
    """`text` as a moment; a bare date is its midnight, a bare time of day is in `time_zone`.

    >>> parse_moment("2024-03-01 12:30", Reading(), "Europe/London").isoformat()
    '2024-03-01T12:30:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = datetime.fromisoformat(parse_date(text, reading))
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))
