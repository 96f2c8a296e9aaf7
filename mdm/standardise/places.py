"""Countries, languages and currencies by any of their names; postal addresses by their parts."""

from collections.abc import Mapping
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import list_currencies

from mdm.standardise.reading import InvalidValue
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
    "united states of america": "US",
    "holland": "NL",
    "republic of ireland": "IE",
    "korea": "KR",
    "czech republic": "CZ",
}

Address = dict[str, str | list[str]]


@cache
def _countries() -> dict[str, str]:
    names: dict[str, str] = {}
    for code in _LOCALES:
        for territory, name in Locale.parse(code).territories.items():
            if len(territory) == 2 and territory.isalpha():
                names.setdefault(fold(name), territory)
    for alias, territories in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha():
            names[alias.lower()] = territories[0]
    codes = {territory.lower(): territory for territory in set(names.values())}
    return names | codes | _EVERYDAY


@cache
def _languages() -> dict[str, str]:
    names: dict[str, str] = {}
    for code in _LOCALES:
        for language, name in Locale.parse(code).languages.items():
            if len(language) <= 3:
                names.setdefault(fold(name), language)
    return names | {language: language for language in set(names.values())}


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def parse_country(text: str) -> str:
    """`text` as an ISO 3166 alpha-2 code, from a code or a name in some thirty languages.

    >>> parse_country("Deutschland")
    'DE'
    """
    found = _countries().get(fold(clean(text)))
    if found is None:
        remedy = "write its ISO code, like GB, or its name"
        raise InvalidValue(f"{text!r} is not a country", remedy, part="country")
    return found


def parse_language(text: str) -> str:
    """`text` as an ISO 639 code; "en-GB" and "English" are both `en`."""
    folded = fold(clean(text))
    found = _languages().get(folded) or _languages().get(folded.replace("_", "-").split("-")[0])
    if found is None:
        raise InvalidValue(f"{text!r} is not a language", "write its ISO code, like en")
    return found


def parse_currency(text: str) -> str:
    """`text` as an ISO 4217 code."""
    code = {"$": "USD", "€": "EUR", "£": "GBP"}.get(text.strip(), clean(text).upper())
    if code not in _currencies():
        raise InvalidValue(f"{text!r} is not a currency", "write its ISO code, like EUR")
    return code


def parse_address(parts: Mapping[str, str], country: str | None) -> Address | None:
    """An address of the parts that are there; None when none says where.

    `parts` may hold kind, line1 … line4, city, region, postcode, country. `country` is assumed
    where a place is given without one.
    """
    lines = [clean(parts[name]) for name in ("line1", "line2", "line3", "line4") if parts.get(name)]
    address: Address = {"lines": lines} if lines else {}
    for name in ("city", "region", "postcode"):
        if text := clean(parts.get(name, "")):
            address[name] = text.upper() if name == "postcode" or len(text) <= 3 else text
    if parts.get("country"):
        address["country"] = parse_country(parts["country"])
    if not address:
        return None
    if country and "country" not in address:
        address["country"] = country
    return {"kind": fold(clean(parts.get("kind", ""))) or "main", **address}


def address_identity(address: Address) -> str:
    """What makes two spellings one address: its words and numbers, in any case or punctuation."""
    lines = address.get("lines", [])
    place = address.get("postcode") or address.get("city") or ""
    return " ".join(words(" ".join([*lines, str(place)])))


def display_address(address: Address) -> str:
    """An address on one line."""
    lines = [str(line) for line in address.get("lines", [])]
    town = " ".join(
        str(address[part]) for part in ("city", "region", "postcode") if part in address
    )
    return ", ".join([*lines, *filter(None, [town, str(address.get("country", ""))])])
