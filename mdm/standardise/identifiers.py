"""Numbers that identify an organisation, compact and checked where a check digit exists."""

import re
from functools import lru_cache
from typing import Protocol

from stdnum import lei
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from mdm.standardise.places import parse_country
from mdm.standardise.reading import InvalidValue, Reading, quoted
from mdm.standardise.text import clean

_EIN = re.compile(r"(?:US)?(\d{2})-?(\d{7})", re.ASCII)
_NOISE = re.compile(r"[\s.\-/]")
_DUNS = re.compile(r"\d{9}", re.ASCII)
_UNCHECKED = re.compile(r"(?=(?:.*\d){4})[A-Z0-9]{4,20}", re.ASCII)
_LONGEST = 40
# VAT numbers begin with the ISO code of their country, with these exceptions.
_VAT_PREFIXES = {"GR": "EL", "UK": "GB", "EL": "EL", "XI": "XI"}
_NUMBERED_AS = {"EL": "gr", "XI": "gb"}


@lru_cache(maxsize=200_000)
def parse_tax_id(text: str, reading: Reading) -> str:
    """A VAT number or EIN with its country in front, check digits verified by python-stdnum.

    A number without a country prefix is one of the feed's country.

    >>> parse_tax_id("gb 980 7806 84", Reading())
    'GB980780684'
    """
    compact = _NOISE.sub("", clean(text)).upper()
    named, own = _prefix(compact[:2]), _prefix(reading.country or "")
    remedy = "put its country in front, like GB980780684"
    for country, digits in ((named, compact[2:]), (own, compact)):
        if country and digits and len(compact) <= _LONGEST:
            try:
                return _national(country, digits)
            except ValidationError as error:
                remedy = f"check it against the client's papers ({error})"
    raise _bad("tax number", text, remedy)


def _prefix(letters: str) -> str | None:
    """With what VAT numbers of a country begin; None when `letters` name no country."""
    if letters in _VAT_PREFIXES:
        return _VAT_PREFIXES[letters]
    try:
        return letters if letters.isalpha() and parse_country(letters) == letters else None
    except InvalidValue:
        return None


def _national(country: str, digits: str) -> str:
    """A number with the country's prefix; raises ValidationError where it cannot be one."""
    if country == "US":
        if found := _EIN.fullmatch(digits):
            return f"US{found[1]}{found[2]}"
        raise ValidationError("a US employer number has nine digits, like 12-3456789")
    module = get_cc_module(_NUMBERED_AS.get(country, country.lower()), "vat")
    if module is None:
        if _UNCHECKED.fullmatch(digits):
            return country + digits
        raise ValidationError("it has too few digits")
    return country + _checked(module, country, digits).removeprefix(country)


class _Numbers(Protocol):
    """What python-stdnum has for the numbers of a country."""

    def validate(self, number: str) -> str: ...


def _checked(module: _Numbers, country: str, digits: str) -> str:
    """Most libraries of a country take a number without its prefix, some only with it."""
    try:
        return str(module.validate(digits))
    except ValidationError as error:
        try:
            return str(module.validate(country + digits))
        except ValidationError:
            raise error from None


def parse_lei(text: str) -> str:
    """A Legal Entity Identifier (ISO 17442), its check digits verified."""
    try:
        return str(lei.validate(clean(text).upper()))
    except ValidationError:
        raise _bad("LEI", text, "an LEI has 20 characters, the last two check digits") from None


def parse_duns(text: str) -> str:
    """A D-U-N-S number: nine digits (it has no public check digit)."""
    compact = _NOISE.sub("", text)
    if not _DUNS.fullmatch(compact):
        raise _bad("D-U-N-S number", text, "it has nine digits, like 15-048-3782")
    return compact


def parse_code(text: str) -> str:
    """A registration number, contract number or code: upper case, single spaces.

    >>> parse_code(" hrb  111 b ")
    'HRB 111 B'
    """
    return clean(text).upper()


def _bad(what: str, text: str, remedy: str) -> InvalidValue:
    return InvalidValue(f"{quoted(text)} is not a {what}", remedy)
