"""Numbers that identify an organisation, compact and checked where a check digit exists."""

import re
from functools import lru_cache

from stdnum import lei
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

from mdm.standardise.reading import InvalidValue, Reading
from mdm.standardise.text import clean

_EIN = re.compile(r"(?:US)?(\d{2})-?(\d{7})")
_NOISE = re.compile(r"[\s.\-/]")
_DUNS = re.compile(r"\d{9}")


@lru_cache(maxsize=200_000)
def parse_tax_id(text: str, reading: Reading) -> str:
    """A VAT number or EIN with its country in front, check digits verified by python-stdnum.

    A number without a country prefix is one of the feed's country.

    >>> parse_tax_id("gb 980 7806 84", Reading())
    'GB980780684'
    """
    compact = _NOISE.sub("", clean(text)).upper()
    country = compact[:2] if compact[:2].isalpha() else reading.country
    if country is None:
        raise _bad("tax number", text, "put its country in front, like GB980780684")
    if country == "US":
        return _ein(text, compact)
    module = get_cc_module(country.lower(), "vat")
    if module is None:
        return compact if compact.startswith(country) else country + compact
    try:
        number = str(module.validate(compact))
    except ValidationError as error:
        raise _bad("tax number", text, f"check it against the client's papers ({error})") from None
    return number if number.startswith(country) else country + number


def _ein(text: str, compact: str) -> str:
    found = _EIN.fullmatch(compact)
    if found is None:
        raise _bad("tax number", text, "a US employer number has nine digits, like 12-3456789")
    return f"US{found[1]}{found[2]}"


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
    """A registration number, contract number or code: upper case, without spaces around marks.

    >>> parse_code(" hrb  111 b ")
    'HRB 111 B'
    """
    return clean(text).upper()


def _bad(what: str, text: str, remedy: str) -> InvalidValue:
    return InvalidValue(f"{text!r} is not a {what}", remedy)
