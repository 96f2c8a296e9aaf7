"""What stands in the cells of the price list: each reader takes text and returns text."""

import re
from decimal import Decimal
from functools import lru_cache

from mdm.standardise.dates import parse_date
from mdm.standardise.reading import InvalidValue, Reading
from mdm.standardise.text import clean, fold

LABOUR_CATEGORY = "SERVICE PROPOSED (e.g. Job Title/Task)"
EDUCATION = "MINIMUM EDUCATION/ CERTIFICATION LEVEL"
EXPERIENCE = "MINIMUM YEARS OF EXPERIENCE"
UNIT = "UNIT OF ISSUE (e.g. Hour, Task, Sq ft)"
PRICE = "PRICE OFFERED TO GSA (including IFF)"
CONTRACT = "CONTRACT NUMBER"
VENDOR = "VENDOR NAME"
WORKSITE = "WORKSITE"
CONTRACT_YEAR = "CURRENT CONTRACT YEAR"
START = "CONTRACT START DATE"
END = "CONTRACT END DATE"

_AMERICAN = Reading(country="US", date_order="mdy")
_CONTRACT = re.compile(r"GS-?(\d\d)F-?(\d{3,4}[A-Z]{1,2})")
_PRICE = re.compile(r"\$? ?(\d+|\d{1,3}(?:,\d{3})+)(\.\d+)?")
_EXPERIENCE = re.compile(r"(?:[a-z]+ )?\(?(\d+)\)?(?: ?- ?\d+|\+)?(?: ?(?:years?|yrs?)\.?)?")
_CENT = Decimal("0.01")
_NOTHING = ("", "n/a", "na", "none")
_UNITS = {"hour": "hour", "per hour": "hour", "hourly": "hour", "day": "day", "per day": "day"}
_WORKSITES = ("both", "customer", "contractor")

# From the lowest; a text that names several, as in "M.S. or B.S.", asks for the lowest.
_LEVELS = (
    ("high school", re.compile(r"high school|\bhs\b")),
    ("associate", re.compile(r"associate|\ba\.? ?a\b|2 yr degree")),
    ("bachelor", re.compile(r"bachelor|\bb\.? ?[as]\b")),
    ("master", re.compile(r"master|\bm\.? ?[as]\b")),
    ("doctorate", re.compile(r"doctor|\bph\.? ?d\b")),
    ("certification", re.compile(r"certifi")),
)


@lru_cache(maxsize=10_000)
def contract_number(text: str) -> str:
    """A GSA contract number in its one spelling; InvalidValue when `text` is not just that.

    >>> contract_number("GS-35F294CA")
    'GS-35F-294CA'
    """
    bare = clean(text).upper()
    found = _CONTRACT.match(bare)
    if found is None:
        what = f"{text!r} is not a contract number" if bare else "the contract number is missing"
        raise InvalidValue(what, "enter the number of the contract, like GS-35F-314CA")
    number = f"GS-{found[1]}F-{found[2]}"
    if found.end() < len(bare):
        raise InvalidValue(f"{text!r} is more than a contract number", f"keep only {number}")
    return number


@lru_cache(maxsize=10_000)
def education_level(text: str) -> str:
    """The least education that `text` asks for; the text itself if it names no known level.

    >>> education_level("Bachelor's degree. May substitute an Associates degree.")
    'bachelor'
    """
    folded = fold(clean(text))
    asked = folded.split("substitut")[0]
    named = (level for level, pattern in _LEVELS if pattern.search(asked))
    return next(named, "" if folded in _NOTHING else clean(text))


@lru_cache(maxsize=10_000)
def least_experience(text: str) -> str:
    """The least years of experience as digits, "" if none are stated; else InvalidValue.

    >>> least_experience("Five (5) years"), least_experience("1-3 years")
    ('5', '1')
    """
    folded = fold(clean(text))
    if folded in _NOTHING:
        return ""
    found = _EXPERIENCE.fullmatch(folded)
    if found is None:
        raise InvalidValue(f"{text!r} is not a number of years", "enter it in digits, like 5")
    return str(int(found[1]))


@lru_cache(maxsize=50_000)
def price(text: str) -> str:
    """A price in dollars and cents, "73.3" as "73.30"; InvalidValue for "0.75%", "N/A", nought."""
    found = _PRICE.fullmatch(clean(text))
    amount = Decimal(found[1].replace(",", "") + (found[2] or "")) if found else Decimal(0)
    if not amount:
        raise InvalidValue(f"{text!r} is not a price", "enter the dollars for one unit, like 98.24")
    cents = amount.quantize(_CENT)
    return format(cents if cents == amount else amount, "f")


def labour_category(text: str) -> str:
    """A job title or task; InvalidValue when there is none."""
    if fold(clean(text)) in _NOTHING:
        raise InvalidValue("the labour category is missing", "enter the job title or task")
    return clean(text)


def unit(text: str) -> str:
    """ "hour" or "day"; InvalidValue for any other unit."""
    known = _UNITS.get(fold(clean(text)))
    if known is None:
        raise InvalidValue(f"{text!r} is not a unit that can be read", "enter Hour or Day")
    return known


def worksite(text: str) -> str:
    """ "both", "customer", "contractor" or "" if none is stated; else InvalidValue."""
    folded = fold(clean(text))
    if folded not in _WORKSITES + _NOTHING:
        raise InvalidValue(f"{text!r} is not a worksite", f"enter one of {', '.join(_WORKSITES)}")
    return "" if folded in _NOTHING else folded


def day(text: str) -> str:
    """An American date in ISO form; InvalidValue for one that is missing or does not exist."""
    if fold(clean(text)) in _NOTHING:
        raise InvalidValue("the date is missing", "enter it like 4/30/2014")
    return parse_date(text, _AMERICAN)
