"""A type owns everything about a value: how it is read, shown, identified and weighed.

`clean` takes a value as a source wrote it and returns its JSON form (ISO dates, decimal strings),
None for a value that says nothing, or raises InvalidValue. Types are frozen, so they can be
compared and cached.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, ClassVar

from babel import Locale
from babel.dates import format_date

from mdm.relation_kinds import RelationKind
from mdm.standardise import contacting, identifiers, numbers, places
from mdm.standardise.dates import parse_date
from mdm.standardise.reading import InvalidValue, Reading, quoted
from mdm.standardise.text import clean, fold

_FORMULA = re.compile(r"=\s*[\w\\(+\-\"'@\[{#$.].*|[@+\-].*[(|!].*", re.DOTALL)
_ENGLISH = Locale("en")
LONGEST_TEXT = 2_000
LONGEST_KEY = 512


@dataclass(frozen=True)
class AttributeType:
    """A value of any kind; the methods here serve types whose value is one string.

    `is_text` says that any text is a possible value, so that one that cannot be read can be kept;
    `identifies` that two things never share a value. `standard_form` is the form of a value, or of
    its `form_part`, as a regular expression that Python and PostgreSQL read alike; "" for any text.
    """

    is_text: ClassVar[bool] = True
    identifies: ClassVar[bool] = False
    standard_form: ClassVar[str] = ""
    form_part: ClassVar[str] = ""

    def clean(self, value: Any, reading: Reading) -> Any:
        """The JSON form of a raw `value`; None when it says nothing."""
        text = "" if value is None else clean(str(value))
        return self.parse(text, reading) if text else None

    def parse(self, text: str, reading: Reading) -> Any:
        """The JSON form of non-empty cleaned `text`."""
        raise NotImplementedError

    def display(self, value: Any) -> str:
        """`value` as a person reads it."""
        return str(value)

    def identity(self, value: Any) -> str:
        """What makes two items of a list the same item."""
        return str(value)

    def form(self) -> str:
        """The standard form of a value of this type."""
        return self.standard_form

    def completeness(self, value: Any) -> int:
        """How much `value` says, for the survivorship strategy *most complete*."""
        return len(str(value).split())

    def order(self, value: Any) -> Any:
        """Where `value` stands among others, for the strategies *smallest* and *largest*."""
        return str(value)


@dataclass(frozen=True)
class Text(AttributeType):
    """Words. A spreadsheet formula is refused: a broken export, or an attack on the reader."""

    longest: int = LONGEST_TEXT

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        if _FORMULA.fullmatch(text):
            raise InvalidValue(
                f"{quoted(text)} looks like a spreadsheet formula",
                "export the values instead of the formulas, or remove the leading sign",
            )
        if len(text) > self.longest:
            raise InvalidValue(
                f"the text has {len(text):,} characters, more than {self.longest:,}",
                "shorten it; look for a missing quote in the file",
            )
        return text

    def identity(self, value: Any) -> str:
        return fold(str(value))


_LINE = Text(longest=300)


@dataclass(frozen=True)
class OrganisationName(Text):
    """The name of a firm, spelled as its source does."""


@dataclass(frozen=True)
class PersonName(Text):
    """A part of a person's name; all capitals or all small letters become capitalised words."""

    def parse(self, text: str, reading: Reading) -> str:
        text = super().parse(text, reading)
        if text.islower() or (text.isupper() and len(text) > 2):
            return re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), text)
        return text


@dataclass(frozen=True)
class Code(AttributeType):
    """A code or registration number, compared without case."""

    standard_form = "^[^a-z]+$"

    def parse(self, text: str, reading: Reading) -> str:
        return identifiers.parse_code(Text(longest=100).parse(text, reading))


@dataclass(frozen=True)
class TaxId(AttributeType):
    """A VAT number or EIN with its country."""

    identifies = True
    standard_form = "^[A-Z][A-Z][A-Z0-9+*]+$"

    def parse(self, text: str, reading: Reading) -> str:
        return identifiers.parse_tax_id(text, reading)


@dataclass(frozen=True)
class Lei(AttributeType):
    """A Legal Entity Identifier."""

    identifies = True
    standard_form = "^[A-Z0-9]{18}[0-9]{2}$"

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        return identifiers.parse_lei(text)


@dataclass(frozen=True)
class Duns(AttributeType):
    """A D-U-N-S number."""

    identifies = True
    standard_form = "^[0-9]{9}$"

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        return identifiers.parse_duns(text)


@dataclass(frozen=True)
class Email(AttributeType):
    """An e-mail address."""

    standard_form = "^[^@A-Z ]+@[^@A-Z ]+$"

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        return contacting.parse_email(text)


@dataclass(frozen=True)
class Phone(AttributeType):
    """A phone number in E.164."""

    standard_form = "^[+][0-9]+(;ext=[0-9]+)?$"

    def parse(self, text: str, reading: Reading) -> str:
        return contacting.parse_phone(text, reading)


@dataclass(frozen=True)
class WebDomain(AttributeType):
    """The domain of a web or e-mail address."""

    standard_form = "^([a-z0-9_-]+[.])+[a-z][a-z0-9-]+$"

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        return contacting.parse_domain(text)


@dataclass(frozen=True)
class Url(AttributeType):
    """A web address."""

    standard_form = "^https?://[^ ]+$"

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        return contacting.parse_url(text)


@dataclass(frozen=True)
class Country(AttributeType):
    """A country, kept as its ISO code."""

    standard_form = "^[A-Z]{2}$"

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        return places.parse_country(text)

    def display(self, value: Any) -> str:
        return str(_ENGLISH.territories.get(value, value))


@dataclass(frozen=True)
class Language(AttributeType):
    """A language, kept as its ISO code."""

    standard_form = "^[a-z]{2,3}$"

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        return places.parse_language(text)

    def display(self, value: Any) -> str:
        return str(_ENGLISH.languages.get(value, value))


@dataclass(frozen=True)
class Currency(AttributeType):
    """A currency, kept as its ISO code."""

    is_text = False
    standard_form = "^[A-Z]{3}$"

    def parse(self, text: str, reading: Reading) -> str:
        return places.parse_currency(text, reading.country)


@dataclass(frozen=True)
class Date(AttributeType):
    """A calendar date, kept in ISO form; `full_year` refuses a year of two digits."""

    is_text = False
    standard_form = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

    full_year: bool = False

    def clean(self, value: Any, reading: Reading) -> Any:
        if isinstance(value, date):
            return value.isoformat()[:10]
        return super().clean(value, reading)

    def parse(self, text: str, reading: Reading) -> str:
        return parse_date(text, reading, full_year=self.full_year)

    def display(self, value: Any) -> str:
        return format_date(date.fromisoformat(value), "d MMM y", locale="en")


@dataclass(frozen=True)
class Number(AttributeType):
    """An exact decimal, kept as a string."""

    is_text = False
    standard_form = "^-?[0-9]+([.][0-9]+)?$"

    least: int | None = None
    most: int | None = None

    def parse(self, text: str, reading: Reading) -> str:
        number = numbers.parse_decimal(text, reading)
        if self.least is not None and Decimal(number) < self.least:
            raise InvalidValue(f"{text!r} is below {self.least}", f"write at least {self.least}")
        if self.most is not None and Decimal(number) > self.most:
            raise InvalidValue(f"{text!r} is above {self.most:,}", f"write at most {self.most:,}")
        return number

    def identity(self, value: Any) -> str:
        return str(Decimal(value).normalize())

    def order(self, value: Any) -> Any:
        return Decimal(value)


@dataclass(frozen=True)
class Whole(AttributeType):
    """A whole number."""

    is_text = False
    standard_form = "^-?[0-9]+$"

    def parse(self, text: str, reading: Reading) -> int:
        return numbers.parse_integer(text, reading)

    def order(self, value: Any) -> Any:
        return int(value)


@dataclass(frozen=True)
class YesNo(AttributeType):
    """A yes or a no."""

    is_text = False
    standard_form = "^(true|false)$"

    def parse(self, text: str, reading: Reading) -> bool:  # noqa: ARG002
        answer = {"y": True, "yes": True, "true": True, "1": True, "t": True}.get(fold(text))
        if answer is None and fold(text) not in ("n", "no", "false", "0", "f"):
            raise InvalidValue(f"{quoted(text)} is neither yes nor no", "write yes or no")
        return bool(answer)

    def display(self, value: Any) -> str:
        return "yes" if value else "no"


@dataclass(frozen=True)
class Choice(AttributeType):
    """One of a few words; `synonyms` lists (as sources write it, the word) pairs."""

    is_text = False

    options: tuple[str, ...]
    synonyms: tuple[tuple[str, str], ...] = ()

    def form(self) -> str:
        return f"^({'|'.join(map(re.escape, self.options))})$"

    @cached_property
    def _by_spelling(self) -> dict[str, str]:
        spelled = {fold(option): option for option in self.options}
        return spelled | {fold(source): option for source, option in self.synonyms}

    def parse(self, text: str, reading: Reading) -> str:  # noqa: ARG002
        found = self._by_spelling.get(fold(text))
        if found is None:
            known = ", ".join(self.options)
            raise InvalidValue(f"{quoted(text)} is not one of {known}", f"write one of {known}")
        return found


@dataclass(frozen=True)
class Reference(AttributeType):
    """A record of another domain, named as the source names it: {"system", "key"}.

    It is bound late: to a source record when that arrives, to a golden record when it is read.
    The raw value is a pair (system code, source key). With a `relation` the reference is kept as a
    relationship of that kind, with its dates.
    """

    is_text = False

    domain: str
    relation: RelationKind | None = None

    def clean(self, value: Any, reading: Reading) -> Any:  # noqa: ARG002
        system, key = value
        key = clean(str(key))
        if len(key) > LONGEST_KEY:
            raise InvalidValue(
                f"the key has {len(key):,} characters, more than {LONGEST_KEY}",
                "look for a missing quote in the file",
            )
        return {"system": system, "key": key} if key else None

    def display(self, value: Any) -> str:
        return f"{value['system']}:{value['key']}"

    def identity(self, value: Any) -> str:
        return f"{value['system']}:{value['key']}"


@dataclass(frozen=True)
class Address(AttributeType):
    """A postal address: {"kind", "lines", "city", "region", "postcode", "country"}.

    The raw value is a mapping, or a tuple of (part, text) pairs.
    """

    is_text = False
    standard_form = Country.standard_form
    form_part = "country"

    def clean(self, value: Any, reading: Reading) -> Any:
        parts: dict[str, str] = {}
        for part, raw in dict(value).items():
            if text := clean(raw):
                try:
                    parts[part] = _LINE.parse(text, reading)
                except InvalidValue as invalid:
                    raise InvalidValue(invalid.message, invalid.remedy, part) from None
        return places.parse_address(parts, reading.country)

    def display(self, value: Any) -> str:
        return places.display_address(value)

    def identity(self, value: Any) -> str:
        return places.address_identity(value)

    def completeness(self, value: Any) -> int:
        return sum(1 for part in value.values() if part)
