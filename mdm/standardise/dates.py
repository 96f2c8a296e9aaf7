"""Dates as people and spreadsheets write them, as ISO dates."""

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from mdm.standardise.reading import DateOrder, InvalidValue, Reading, quoted
from mdm.standardise.text import fold

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NUMERIC = re.compile(r"(\d{1,4})([./\- ])(\d{1,2})\2(\d{1,4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?(?: of |[ \-])([a-z]+)\.?,?[ \-](\d+)")
_MONTH_FIRST = re.compile(r"([a-z]+)\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d+)")
_CLOCK = re.compile(
    r"(.*\d)(?:T|,? +)(\d{1,2}):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?"
    r"(?: ?([ap])\.?m\.?)?(?: ?(z|utc|gmt|[+\-]\d\d(?::?\d\d)?))?",
    re.IGNORECASE,
)

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_EXAMPLE: dict[DateOrder, str] = {"ymd": "2024-04-30", "dmy": "30/04/2024", "mdy": "04/30/2024"}
_PIVOT = 70  # two-digit years below are 20xx, from here on 19xx
_FIRST_YEAR = 1583  # ISO 8601 leaves earlier ones to mutual agreement; here they are slips
_LONGEST = 64


@lru_cache(maxsize=100_000)
def parse_date(text: str, reading: Reading, *, full_year: bool = False) -> str:
    """`text` as an ISO date; raises InvalidValue for a date that does not exist.

    A time of day behind it is left out. `full_year` refuses a year of two digits.

    >>> parse_date("5/4/20", Reading(date_order="mdy"))
    '2020-05-04'
    """
    bare = text.strip()[: _LONGEST + 1]
    if clocked := _CLOCK.fullmatch(bare):
        _time(clocked, text)
        bare = clocked[1]
    year, month, day = _parts(bare, text, reading.date_order)
    if full_year and len(year) == 2:
        raise InvalidValue(
            f"{quoted(text)} does not say in which century",
            f"write the year in four digits, like {_EXAMPLE[reading.date_order]}",
        )
    try:
        found = date(_full_year(year), month, day)
    except ValueError as error:
        raise _missing(text, str(error), reading.date_order) from None
    if found.year < _FIRST_YEAR:
        raise _missing(text, f"its year is before {_FIRST_YEAR}", reading.date_order)
    return found.isoformat()


def _parts(bare: str, text: str, order: DateOrder) -> tuple[str, int, int]:
    """The year as it is written, the month and the day."""
    if found := _ISO.fullmatch(bare) or _COMPACT.fullmatch(bare):
        return found[1], int(found[2]), int(found[3])
    parts: tuple[str, int, int] | None = None
    if found := _NUMERIC.fullmatch(bare):
        parts = _numeric(found[1], found[3], found[4], order)
    elif found := _DAY_FIRST.fullmatch(fold(bare)):
        parts = found[3], _month(found[2]), int(found[1])
    elif found := _MONTH_FIRST.fullmatch(fold(bare)):
        parts = found[3], _month(found[1]), int(found[2])
    if parts and len(parts[0]) in (2, 4) and parts[1]:
        return parts
    raise InvalidValue(
        f"{quoted(text)} cannot be read as a date",
        f"write the date like {_EXAMPLE[order]}, or tell the feed its date order",
    )


def _numeric(first: str, second: str, third: str, order: DateOrder) -> tuple[str, int, int] | None:
    """None where the year stands at another end than the feed says, so that the rest is a guess."""
    if len(first) == 4:
        return first, int(second), int(third)
    if order == "ymd":
        return (first, int(second), int(third)) if len(third) <= 2 else None
    if order == "mdy":
        return third, int(first), int(second)
    return third, int(second), int(first)


def _month(word: str) -> int:
    """The number of an English month, which three letters tell; 0 for any other word."""
    begun = (at for at, name in enumerate(_MONTHS, 1) if name.startswith(word))
    return next(begun, 0) if len(word) >= 3 else 0


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
    moment = _moment(text, reading)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(time_zone))
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise _missing(text, "it is out of the calendar", reading.date_order) from None
    return moment


def _moment(text: str, reading: Reading) -> datetime:
    day = datetime.fromisoformat(parse_date(text, reading))
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        clocked = _CLOCK.fullmatch(text.strip())
    if clocked is None:
        return day
    zone = (clocked[6] or "").upper().replace("UTC", "Z").replace("GMT", "Z")
    try:
        return datetime.fromisoformat(f"{day.date()}T{_time(clocked, text)}{zone}")
    except InvalidValue:
        raise
    except ValueError as error:
        raise _missing(text, str(error), reading.date_order) from None


def _time(clocked: re.Match[str], text: str) -> str:
    """The time of day in a match of _CLOCK, in 24 hours."""
    hour, half = int(clocked[2]), (clocked[5] or "").lower()
    if half:
        hour = hour % 12 + (12 if half == "p" else 0) if 1 <= hour <= 12 else 99
    try:
        return time(hour, int(clocked[3]), int(clocked[4] or 0)).isoformat()
    except ValueError:
        raise InvalidValue(
            f"{quoted(text)} has a time of day that does not exist", "write it like 14:30"
        ) from None


def _missing(text: str, why: str, order: DateOrder) -> InvalidValue:
    return InvalidValue(
        f"{quoted(text)} is not a date that exists ({why})",
        f"write the date like {_EXAMPLE[order]}, or leave it empty",
    )
