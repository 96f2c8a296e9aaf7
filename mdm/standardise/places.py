"""Countries, languages and currencies by any of their names; postal addresses by their parts."""

from collections.abc import Mapping
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import list_currencies

from mdm.standardise.reading import InvalidValue, quoted
from mdm.standardise.text import clean, fold, words

_LOCALES = (
    "en de fr es it nl pt sv da nb fi pl cs sk sl hr hu ro bg el tr ru uk et lv lt ja zh ko ar"
).split()
_EVERYDAY = {
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "america": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "u.s.a": "US",
    "united states of america": "US",
    "holland": "NL",
    "republic of ireland": "IE",
    "korea": "KR",
    "czech republic": "CZ",
    "turkey": "TR",
    "ivory coast": "CI",
    "cape verde": "CV",
    "east timor": "TL",
    "macedonia": "MK",
    "swaziland": "SZ",
    "burma": "MM",
    "vatican": "VA",
}
# In Unicode's lists beside the countries: unions, zones and codes for tests and for the unknown.
_NO_COUNTRY = frozenset("EU EZ UN QO XA XB ZZ".split())
_NO_LANGUAGE = frozenset("und mul zxx mis".split())
_NO_CURRENCY = frozenset("XXX XTS".split())
_EITHER_CONGO = ("congo", "kongo")
_SIGNS = {"€": "EUR", "£": "GBP"}
_DOLLAR_COUNTRIES = (None, "US")

Address = dict[str, str | list[str]]
ADDRESS_LINES = ("line1", "line2", "line3", "line4")
ADDRESS_PARTS = ("kind", *ADDRESS_LINES, "city", "region", "postcode", "country")
"""What an address may be given in."""


@cache
def _countries() -> dict[str, str]:
    names: dict[str, str] = {}
    for code in _LOCALES:
        for territory, name in Locale.parse(code).territories.items():
            if len(territory) == 2 and territory.isalpha() and territory not in _NO_COUNTRY:
                names.setdefault(fold(name), territory)
    codes = {territory.lower(): territory for territory in set(names.values())}
    for alias, territories in get_global("territory_aliases").items():
        known = len(territories) == 1 and territories[0].lower() in codes
        if known and len(alias) == 3 and alias.isalpha():
            codes[alias.lower()] = territories[0]
    for name in _EITHER_CONGO:
        names.pop(name, None)
    return names | codes | _EVERYDAY


@cache
def _languages() -> dict[str, str]:
    names: dict[str, str] = {}
    for code in _LOCALES:
        for language, name in Locale.parse(code).languages.items():
            if len(language) <= 3 and language not in _NO_LANGUAGE:
                names.setdefault(fold(name), language)
    codes = {language: language for language in set(names.values())}
    aliases = {
        alias: language
        for alias, language in get_global("language_aliases").items()
        if len(alias) == 3 and language in codes
    }
    return names | aliases | codes


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies()) - _NO_CURRENCY


def parse_country(text: str) -> str:
    """`text` as an ISO 3166 alpha-2 code, from a code or a name in some thirty languages.

    >>> parse_country("Deutschland")
    'DE'
    """
    found = _countries().get(fold(clean(text)))
    if found is None:
        remedy = "write its ISO code, like GB, or its name"
        raise InvalidValue(f"{quoted(text)} is not a country", remedy, part="country")
    return found


def parse_language(text: str) -> str:
    """`text` as an ISO 639 code; "en-GB" and "English" are both `en`."""
    folded = fold(clean(text))
    found = _languages().get(folded) or _languages().get(folded.replace("_", "-").split("-")[0])
    if found is None:
        raise InvalidValue(f"{quoted(text)} is not a language", "write its ISO code, like en")
    return found


def parse_currency(text: str, country: str | None = None) -> str:
    """`text` as an ISO 4217 code; a bare "$" is the US dollar, unless the feed is of elsewhere."""
    bare = clean(text).upper()
    code = "USD" if bare == "$" and country in _DOLLAR_COUNTRIES else _SIGNS.get(bare, bare)
    if code not in _currencies():
        raise InvalidValue(f"{quoted(text)} is not a currency", "write its ISO code, like EUR")
    return code


def parse_address(said: Mapping[str, str], country: str | None) -> Address | None:
    """An address of the parts that are there; None when none says where.

    `said` may hold a clean text for any of ADDRESS_PARTS. `country` is assumed where a place is
    given without one.
    """
    lines = [said[name] for name in ADDRESS_LINES if name in said]
    address: Address = {"lines": lines} if lines else {}
    if "city" in said:
        address["city"] = said["city"]
    if "region" in said:
        address["region"] = _region(said["region"])
    if "postcode" in said:
        address["postcode"] = said["postcode"].upper()
    if "country" in said:
        address["country"] = parse_country(said["country"])
    if not address:
        return None
    if country and "country" not in address:
        address["country"] = country
    return {"kind": fold(said.get("kind", "")) or "main", **address}


def _region(text: str) -> str:
    """Abbreviations in capitals ("ny", "nsw"); short names, like Zug or Var, as they are."""
    return text.upper() if len(text) <= 2 or (len(text) == 3 and text.islower()) else text


def address_identity(address: Address) -> str:
    """What makes two spellings one address: its words and numbers, in any case or punctuation.

    Beside the lines it takes the postcode, spaced or not; without one the city and its region,
    and without these the country, so that addresses which say little are not taken for one.
    """
    if postcode := address.get("postcode"):
        place = "".join(words(str(postcode)))
    else:
        city = [str(address[part]) for part in ("city", "region") if part in address]
        place = " ".join(city) or str(address.get("country", ""))
    return " ".join(words(" ".join([*address.get("lines", []), place])))


def display_address(address: Address) -> str:
    """An address on one line."""
    lines = [str(line) for line in address.get("lines", [])]
    town = ", ".join(str(address[part]) for part in ("city", "region") if part in address)
    place = (f"{town} {address.get('postcode', '')}".strip(), str(address.get("country", "")))
    return ", ".join([*lines, *filter(None, place)])
