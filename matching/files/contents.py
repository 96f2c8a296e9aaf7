"""What a column holds, judged by a sample of its values."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from matching.files.table import items_of
from matching.files.targets import Target
from matching.files.values import is_placeholder
from mdm.attribute_types import (
    Address,
    AttributeType,
    Code,
    Date,
    Email,
    Lei,
    OrganisationName,
    PersonName,
    Phone,
    Reference,
    Text,
    Url,
    WebDomain,
)
from mdm.schema import EntityType
from mdm.standardise.person import parse_full_name
from mdm.standardise.places import parse_country
from mdm.standardise.reading import DateOrder, InvalidValue, Reading
from mdm.standardise.text import clean

_SAMPLE = 1_000
_LONGEST_TITLE = 30
_LEI = 20
_LONGEST_NAME = 100
_LONGEST = 400  # letters of a value that are looked at
_POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"  # United Kingdom
    r"|[A-Z]\d[A-Z] ?\d[A-Z]\d"  # Canada
    r"|\d{4} ?[A-Z]{2}"  # Netherlands
    r"|\d{5}-\d{4}",  # United States, in full
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?:\+\d|\(\+?\d{2,5}\)|0\d{1,5}[ /-])[\d ()./-]{5,16}(?: ?(?:x|ext).*)?")
_DATE = re.compile(r"\d{1,2}([./ -])\d{1,2}\1\d{2,4}(?: .*)?")
_ORDERS: tuple[DateOrder, ...] = ("dmy", "mdy")
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_WORDS = re.compile(r"(?:[^\W\d_]|[ .,'’&()/+-])+(?:[ -]?\d{1,4})?")
_BORN = re.compile(r"(?:1[89]\d\d|20\d\d)-\d\d-\d\d")
_YEARS_OF_LIVES = 30
MOST_OF = 0.8
HALF_OF = 0.5


@dataclass(frozen=True, slots=True)
class Contents:
    """Of a column: the share of rows `filled` and of filled ones that are `distinct`; a sample.

    The sample leaves placeholders out.
    """

    filled: float
    distinct: float
    sample: tuple[str, ...]

    @classmethod
    def of(cls, cells: Sequence[str]) -> "Contents":
        texts = [cell for cell in cells if cell.strip()]
        step = max(1, len(texts) // _SAMPLE)
        firsts = (clean(items_of(text[:_LONGEST])[0]) for text in texts[::step])
        sample = tuple(text for text in firsts if text and not is_placeholder(text))
        distinct = len(set(texts)) / len(texts) if texts else 0.0
        return cls(len(texts) / max(1, len(cells)), distinct, sample)

    @property
    def is_unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.filled == self.distinct == 1

    @property
    def richness(self) -> float:
        """How much the column can say: of two called alike the richer one is taken."""
        return self.filled * (0.1 + self.distinct)

    def share(self, holds: Callable[[str], bool]) -> float:
        """The share of the sample of which `holds` is true."""
        return sum(map(holds, self.sample)) / len(self.sample) if self.sample else 0.0


def find_date_order(columns: Iterable[Contents], country: str | None) -> DateOrder:
    """The order in which most dates of a file exist; where nothing tells, that of the country."""
    texts = [text for each in columns for text in each.sample if _DATE.fullmatch(text)]
    readable = {
        order: sum(map(_reads(Date(), Reading(date_order=order)), texts)) for order in _ORDERS
    }
    if readable["dmy"] == readable["mdy"]:
        return "mdy" if country == "US" else "dmy"
    return max(_ORDERS, key=lambda order: readable[order])


def misfits(contents: Contents, target: Target, type_: EntityType, reading: Reading) -> list[str]:
    """The values of the sample for which `target` cannot stand, whatever the column is called."""
    fits = _test(target, type_, reading)
    return [text for text in contents.sample if not fits(text)]


def recognised(
    contents: Contents, type_: EntityType, reading: Reading
) -> tuple[Target, str] | None:
    """What the values alone tell, with the words for it; None where they could be anything."""
    for holds, words, kinds in _TELLING:
        if contents.share(holds) < MOST_OF:
            continue
        for kind in kinds:
            for attribute in type_.attributes:
                if type(attribute.type) is kind:
                    return Target(attribute.name, "postcode" * (kind is Address)), words
    if "date_of_birth" in type_ and (span := _years_spanned(contents, reading)) > _YEARS_OF_LIVES:
        return Target("date_of_birth"), f"dates over {span} years"
    return None


def could_be_names(contents: Contents) -> bool:
    """Whether the values are words that differ from row to row, as names do."""
    return contents.distinct > HALF_OF and contents.share(_is_name) >= MOST_OF


def _is_name(text: str) -> bool:
    letters = len(_LETTER.findall(text))
    return len(text) < _LONGEST_NAME and letters > 2 and bool(_WORDS.fullmatch(text))


def _reads(type_: AttributeType, reading: Reading) -> Callable[[str], bool]:
    def reads(text: str) -> bool:
        try:
            return type_.clean(text, reading) is not None
        except InvalidValue:
            return False

    return reads


def _test(target: Target, type_: EntityType, reading: Reading) -> Callable[[str], bool]:
    """Whether one value can be read as the target; loosely, as a feed would be read."""
    if target.attribute not in type_:  # a full name
        return _has_letter
    kind = type_[target.attribute].type
    if isinstance(kind, Address):
        return {"city": _has_letter, "postcode": _has_digit, "country": _is_country}.get(
            target.part, _says_something
        )
    if target.attribute in ("title", "role"):  # a column called "title" holds one or the other
        return _is_title if target.attribute == "title" else lambda text: not _is_title(text)
    if isinstance(kind, PersonName | OrganisationName):
        return _has_letter
    if isinstance(kind, Phone):
        return _has_six_digits
    if isinstance(kind, Text | Code | Reference):
        return _says_something
    return _reads(kind, reading)


def _says_something(text: str) -> bool:
    return bool(text)


def _has_letter(text: str) -> bool:
    return bool(_LETTER.search(text))


def _is_title(text: str) -> bool:
    """Whether it goes before a name: "Dr", not "Director"."""
    return len(text) < _LONGEST_TITLE and parse_full_name(f"{text} Ann Lee").given == "ann"


def _has_digit(text: str) -> bool:
    return bool(_DIGIT.search(text))


def _has_six_digits(text: str) -> bool:
    return 6 <= len(_DIGIT.findall(text)) <= 20 and len(_LETTER.findall(text)) <= 12


def _is_country(text: str) -> bool:
    try:
        return bool(parse_country(text))
    except InvalidValue:
        return False


def _is_whole_lei(text: str) -> bool:
    """With its zeros: a short number may be the end of one."""
    return len(text) == _LEI and _reads(Lei(), Reading())(text)


def _is_address_of_web(text: str) -> bool:
    return "@" not in text and "." in text and _reads(Url(), Reading())(text)


def _years_spanned(contents: Contents, reading: Reading) -> int:
    """Years between the first and the last of a column of dates; 0 when it is none."""
    read = _reads(Date(full_year=True), reading)
    if not contents.sample or contents.share(read) < MOST_OF:
        return 0
    days = [Date().clean(text, reading) for text in contents.sample if read(text)]
    years = sorted(int(day[:4]) for day in days if _BORN.fullmatch(day))
    return years[len(years) * 9 // 10] - years[len(years) // 10] if years else 0


_TELLING: tuple[tuple[Callable[[str], bool], str, tuple[type[AttributeType], ...]], ...] = (
    (_reads(Email(), Reading()), "e-mail addresses", (Email, WebDomain)),
    (_is_whole_lei, "Legal Entity Identifiers", (Lei,)),
    (_is_address_of_web, "web addresses", (Url, WebDomain)),
    (lambda text: bool(_PHONE.fullmatch(text)), "phone numbers", (Phone,)),
    (lambda text: bool(_POSTCODE.fullmatch(text)), "postcodes", (Address,)),
)
