"""Reading one value of a file as what its column stands for."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from matching.files.targets import FULL_NAME, Target
from mdm.attribute_types import Address, AttributeType, Date, Phone, Reference, Text
from mdm.schema import EntityType
from mdm.standardise.organisation import parse_organisation
from mdm.standardise.places import ADDRESS_LINES
from mdm.standardise.reading import InvalidValue, Reading
from mdm.standardise.text import clean, fold, words


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that its type refuses and that is compared all the same: for what it is written."""

    text: str
    invalid: InvalidValue


Read = str | None | Kept | InvalidValue
"""What a text says: a value, nothing, or what is wrong with it."""

_PLACEHOLDERS = frozenset(
    "n/a|n.a.|#n/a|none|null|nil|nan|unknown|not known|not available|tbc|tbd|to be confirmed"
    "|-|--|---|?|??|.|xxx|(blank)".split("|")
)
_LONGEST_PLACEHOLDER = max(map(len, _PLACEHOLDERS))
_LOCAL_PHONE = re.compile(r"[\d ()./-]{6,30}")
_NO_DIGIT = re.compile(r"\D")
_YEAR_FIRST = re.compile(r"([12]\d{3})(?:([-./ ])(\d{1,2})\2(\d{1,2})|(\d\d)(\d\d))")
_YEAR_LAST = re.compile(r"(\d{1,2})([-./ ])(\d{1,2})\2([12]\d{3})")


def reader(target: Target, type_: EntityType, reading: Reading) -> Callable[[str], Read]:
    """How a text of a column with this target is read."""
    read = _parser(target, type_, reading)

    def read_text(raw: str) -> Read:
        text = clean(raw)
        try:
            return None if not text or is_placeholder(text) else read(text)
        except InvalidValue as invalid:
            return invalid

    return read_text


def is_placeholder(text: str) -> bool:
    """Whether a cleaned text only says that there is no value."""
    return len(text) <= _LONGEST_PLACEHOLDER and fold(text) in _PLACEHOLDERS


def _parser(target: Target, type_: EntityType, reading: Reading) -> Callable[[str], Read]:
    kind = Text() if target.attribute == FULL_NAME else type_[target.attribute].type
    if isinstance(kind, Address):
        return lambda text: _part(kind, target.part, text, reading)
    if isinstance(kind, Reference):
        return _organisation if kind.domain == "client" else _named
    if isinstance(kind, Phone):
        return lambda text: _kept_if_refused(kind, text, reading, _digits)
    if isinstance(kind, Date):
        return lambda text: _kept_if_refused(kind, text, reading, _shape_of_date)
    return lambda text: _plain(kind, text, reading)


def _plain(kind: AttributeType, text: str, reading: Reading) -> str | None:
    """A value as it stands in a frame: JSON's true is "true" there."""
    value = kind.clean(text, reading)
    return value if value is None or isinstance(value, str) else str(value).lower()


def _part(kind: Address, part: str, text: str, reading: Reading) -> str | None:
    address = kind.clean({part: text}, reading) or {}
    if part in ADDRESS_LINES:
        return next(iter(address.get("lines", ())), None)
    found: str | None = address.get(part)
    return found


def _kept_if_refused(
    kind: AttributeType,
    text: str,
    reading: Reading,
    shape: Callable[[str, Reading], str],
) -> Read:
    try:
        return _plain(kind, text, reading)
    except InvalidValue as invalid:
        shaped = shape(text, reading)
        return Kept(shaped, invalid) if shaped else invalid


def _digits(text: str, reading: Reading) -> str:  # noqa: ARG001
    """Of a number without country or area code: it is comparable with others of its file."""
    digits = _NO_DIGIT.sub("", text)
    return digits if _LOCAL_PHONE.fullmatch(text) and len(digits) >= 6 else ""


def _shape_of_date(text: str, reading: Reading) -> str:
    """Of a day that no calendar has: it may be a slip away from the right one."""
    if found := _YEAR_FIRST.fullmatch(text):
        year, month, day = found[1], found[3] or found[5], found[4] or found[6]
    elif found := _YEAR_LAST.fullmatch(text):
        first, second, year = found[1], found[3], found[4]
        month, day = (first, second) if reading.date_order == "mdy" else (second, first)
    else:
        return ""
    return f"{year}-{month:0>2}-{day:0>2}" if int(month) and int(day) else ""


def _organisation(text: str) -> str | None:
    """A firm that is named where the hub would have its key."""
    return parse_organisation(Text().parse(text, Reading())).core or None


def _named(text: str) -> str | None:
    return " ".join(words(Text().parse(text, Reading()))) or None
