"""Postal addresses as they are compared: the street and its number, without the flourishes."""

import re
from functools import lru_cache
from string import ascii_lowercase
from typing import NamedTuple

from matching.engine.grammars import CONTROLS, Grammar
from mdm.standardise.text import fold

_WORD = re.compile(r"[^\W_]+|#")
_NUMBER = re.compile(r"\d+")
_UNIT = frozenset(
    "apartment apartments apt suite ste unit flat room rm building bldg block level lvl box # dept"
    " piso zimmer".split()
)
_FLOOR = frozenset("floor fl etage stock og".split())
_NO_STREET = _UNIT | _FLOOR
_ORDINAL_ENDS = ("st", "nd", "rd", "th")
_COUNTED = frozenset("first second third fourth fifth ground lower upper".split())
_KINDS = {  # of street, by their abbreviation
    "st": "street str strasse saint",
    "ave": "avenue av avenida",
    "rd": "road",
    "dr": "drive",
    "ln": "lane",
    "blvd": "boulevard boul bd",
    "pl": "place platz plaza",
    "ct": "court",
    "cres": "crescent cr",
    "cct": "circuit",
    "cl": "close",
    "sq": "square",
    "ter": "terrace tce terr",
    "pkwy": "parkway pky",
    "hwy": "highway",
    "gr": "grove gv",
    "way": "wy",
    "pde": "parade",
}
_DIRECTIONS = {
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "ne": "northeast",
    "nw": "northwest",
    "se": "southeast",
    "sw": "southwest",
}
_NO_NAME = frozenset((*_DIRECTIONS, "the"))
_ABBREVIATION = {
    word: short
    for short, words in (_KINDS | _DIRECTIONS | {"mt": "mount", "ft": "fort"}).items()
    for word in words.split()
}


class Street(NamedTuple):
    """An address as it is compared, all words abbreviated alike.

    `line` is the line that names the street, its numbers before its words; `house_number` its
    first number, without a letter behind it; `door` the line without the kind of street behind its
    name: "12 High" is "12 High Street"; `name` the words of that without directions ("n", "west");
    `all_words` everything that any line says, in alphabetical order.
    """

    line: str = ""
    door: str = ""
    house_number: str = ""
    name: str = ""
    all_words: str = ""


def parse_street(*lines: str | None) -> Street:
    """The street of an address, rooms and floors left out.

    It is on the first line with a number, or else on the first.

    >>> parse_street("Suite 606", "1001 West Roosevelt Road").line
    '1001 w roosevelt rd'
    """
    read = [_numbers_and_words(line) for line in lines if line]
    if not read:
        return Street()
    numbers, words = next((parts for parts in read if parts[0]), read[0])
    street = _without_kind(words, is_counted=len(numbers) > 1)
    return Street(
        " ".join(numbers + words),
        " ".join(numbers + street),
        _digits(numbers[0]) if numbers else "",
        " ".join([word for word in street if len(word) > 1] or numbers[1:]),
        " ".join(sorted([word for parts in read for part in parts for word in part])),
    )


def _without_kind(words: list[str], *, is_counted: bool) -> list[str]:
    """The words of a street without "street" or "avenue" at their end, before a direction.

    Not where nothing else names it, as in "North Street" or "The Avenue"; a counted street ("51st
    Street") has its number.
    """
    end = len(words)
    while end and words[end - 1] in _DIRECTIONS:
        end -= 1
    if not end or words[end - 1] not in _KINDS:
        return words
    is_named = is_counted or any(word not in _NO_NAME for word in words[: end - 1])
    return words[: end - 1] + words[end:] if is_named else words


def _numbers_and_words(line: str) -> tuple[list[str], list[str]]:
    numbers: list[str] = []
    words: list[str] = []
    for word in _without_units(_WORD.findall(fold(line))):
        (numbers if word[0].isdigit() else words).append(_short(word))
    return numbers, words


def _digits(number: str) -> str:
    """ "12" of "12a"."""
    found = None if number.isdecimal() else _NUMBER.match(number)
    return found[0] if found else number


@lru_cache(maxsize=100_000)
def _short(word: str) -> str:
    if word[0].isdigit():
        return word[:-2] if word.endswith(_ORDINAL_ENDS) else word
    if len(word) > 6 and word.endswith("strasse"):
        return word.removesuffix("rasse")
    if len(word) > 5 and word.endswith("str"):
        return word.removesuffix("r")
    return _ABBREVIATION.get(word, word)


def _without_units(words: list[str]) -> list[str]:
    """The words without "suite 606", "unit b", "5th floor", "floor 5": they name no street."""
    if _NO_STREET.isdisjoint(words):
        return words
    kept: list[str] = []
    named = False  # the word before names a room or a floor, so this may be its number
    for word in words:
        if word in _FLOOR and kept and (kept[-1][0].isdigit() or kept[-1] in _COUNTED):
            kept.pop()
        elif word not in _NO_STREET and not (named and _is_label(word)):
            kept.append(word)
        named = word in _NO_STREET
    return kept


def _is_label(word: str) -> bool:
    return len(word) == 1 or any(letter.isdigit() for letter in word)


STREETS = Grammar(
    known=_NO_STREET
    | _COUNTED
    | _NO_NAME
    | {*_ABBREVIATION, *_ABBREVIATION.values(), *ascii_lowercase},
    spelling=_short,
    respelt=f"^[0-9].*(?:{'|'.join(_ORDINAL_ENDS)})$|str(?:asse)?$|^(?:{'|'.join(_ABBREVIATION)})$",
    marks="#",
    unusual=f"{CONTROLS}|^[^a-z0-9]*$",
)
