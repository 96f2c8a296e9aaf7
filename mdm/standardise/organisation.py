"""Organisation names taken apart: what tells a firm from others, and what every firm has.

`parse_organisation` is a pure function of one string; over a feed, call it once for each distinct
name (`mdm.standardise.text.over_distinct`).
"""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from mdm.standardise.general_words import (
    CANONICAL_WORD,
    CONNECTING_WORDS,
    GENERAL_WORDS,
    SMALL_WORDS,
    STRUCTURAL_WORDS,
)
from mdm.standardise.legal_forms import FAMILY_OF_FORM, LEGAL_FORMS, UNSPACED_LEGAL_FORMS, Family
from mdm.standardise.text import clean, fold

_WORD = re.compile(r"[^\W_]+")
APOSTROPHE = re.compile(r"['’‘`´ʼ״׳]")
_DOT_COM = re.compile(r"(?<=\w)\.com\b", re.IGNORECASE)
_ASIDE = re.compile(r"\((?:the|class\s+[a-z]|publ)\)|,\s*the$", re.IGNORECASE)
_TRADING_AS = re.compile(
    r"[\s,(]+(?:t/a|d/b/a|dba|a/k/a|aka|trading\s+(?:name\s+)?as|doing\s+business\s+as|also\s+known\s+as"
    r"|operating\s+as)\b[:\s]*",
    re.IGNORECASE,
)
_FORMERLY = re.compile(
    r"[\s,(]+(?:f/k/a|fka|n/k/a|previously|formerly(?:\s+(?:known|trading))?(?:\s+as)?)\b[:\s]*",
    re.IGNORECASE,
)
_HINT_OF_OTHER_NAMES = re.compile(r"/a\b|\b(?:aka|as|dba|fka|previously|formerly)\b", re.IGNORECASE)
# Names in which more than words is read, for RE2.
PUNCTUATED = "|".join(
    [r"\.\W*c\W*o\W*m\b", *(way.pattern for way in (_ASIDE, _TRADING_AS, _FORMERLY))]
)


class OrganisationName(NamedTuple):
    """A name taken apart. `core` and all that follows from it is folded, for comparison only."""

    core: str
    legal_form: str | None = None
    trading_as: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        return self.core.split()

    @property
    def sorted_core(self) -> str:
        """The words of the core in alphabetical order: "Lilly (Eli)" is "Eli Lilly"."""
        return " ".join(sorted(self.core.split()))

    @property
    def compact(self) -> str:
        """The core without spaces: "Fed Ex" is "FedEx"."""
        return self.core.replace(" ", "")

    @property
    def distinctive(self) -> tuple[str, ...]:
        """The words that are not shared by many organisations."""
        return tuple(word for word in self.core.split() if word not in GENERAL_WORDS)

    @property
    def is_telling(self) -> bool:
        """Whether the name can tell a firm: it has a distinctive word or two words that count."""
        return bool(self.distinctive) or _counting(self.core.split()) >= 2

    @property
    def brand(self) -> str:
        """The core without "Group", "Holdings", "International" around it; "" if that tells none.

        "American International Group" has no brand: "american" alone is no evidence.
        """
        words = _without_structure(self.core.split())
        return " ".join(words) if self.distinctive or _counting(words) >= 2 else ""

    @property
    def legal_family(self) -> Family | None:
        return FAMILY_OF_FORM[self.legal_form] if self.legal_form else None

    @property
    def acronym(self) -> str:
        """The initials of a name of three words or more, small words passed over; else ""."""
        initials = [word[0] for word in self.core.split() if word not in SMALL_WORDS]
        return "".join(initials) if len(initials) >= 3 else ""

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(word for word in self.core.split() if word.isdecimal())


def parse_organisation(name: str) -> OrganisationName:
    """`name` with its legal form, trading names and former names separated.

    The core is never empty unless the name holds no letter and no digit.

    >>> parse_organisation("ACME Gesellschaft mbH")
    OrganisationName(core='acme', legal_form='gmbh', trading_as=(), formerly=())
    >>> parse_organisation("The A. O. Smith & Sons Company")[:2]
    ('ao smith sons', 'co')
    >>> parse_organisation("Acme Ltd t/a Roadrunner").trading_as
    ('roadrunner',)
    """
    text = clean(name)
    trading_as: list[str] = []
    formerly: list[str] = []
    if _HINT_OF_OTHER_NAMES.search(text):
        text, formerly = _split_names(text, _FORMERLY)
        text, trading_as = _split_names(text, _TRADING_AS)
    core, legal_form = _core_and_form(text)
    return OrganisationName(core, legal_form, _cores(trading_as), _cores(formerly))


def _split_names(text: str, pattern: re.Pattern[str]) -> tuple[str, list[str]]:
    first, *others = pattern.split(text)
    return (first, [other.strip(" )") for other in others]) if first.strip() else (text, [])


def _cores(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(core for core in (_core_and_form(name)[0] for name in names) if core)


def _core_and_form(text: str) -> tuple[str, str | None]:
    if "," in text or "(" in text:
        text = _ASIDE.sub(" ", text).strip()
    text = _DOT_COM.sub("", APOSTROPHE.sub("", text))
    text, form = (text, None) if text.isascii() else _cut_unspaced_form(text)
    folded = fold(text)
    words = _WORD.findall(folded)
    if words and words[0] == "the" and len(words) > 1:
        del words[0]
    words, spaced_form = _cut_forms(words, text)
    return " ".join(_core_words(words)), spaced_form or form


def _core_words(words: list[str]) -> list[str]:
    kept = [CANONICAL_WORD.get(word, word) for word in words if word not in CONNECTING_WORDS]
    return _join_single_letters(kept or words)


def _join_single_letters(words: list[str]) -> list[str]:
    """ "a o smith" is "ao smith"; a lone single letter stays as it is."""
    if not any(len(word) == 1 for word in words):
        return words
    joined: list[str] = []
    in_run = False
    for word in words:
        single = len(word) == 1 and word.isalpha()
        if single and in_run:
            joined[-1] += word
        else:
            joined.append(word)
        in_run = single
    return joined


def _counting(words: list[str]) -> int:
    return sum(word not in SMALL_WORDS for word in words)


def _without_structure(words: list[str]) -> list[str]:
    start, end = 0, len(words)
    while end - start > 1 and words[end - 1] in STRUCTURAL_WORDS:
        end -= 1
    while end - start > 1 and words[start] in ("group", "holding"):
        start += 1
    return words[start:end]


# Legal forms: the table of `legal_forms`, keyed by the words as they end or begin a name.


class _Way(NamedTuple):
    code: str
    careful: bool  # counts only when written in capitals or with dots


def _in_capitals(word: str, text: str) -> bool:
    return word.upper() in _WORD.findall(text)


def _ways() -> Iterator[tuple[str, str, tuple[str, ...], bool]]:
    """Every way to write a form: place ("^" before, "" after, "^^" both), code, words, careful."""
    for form in LEGAL_FORMS:
        for written in form.written:
            place = written[: len(written) - len(written.lstrip("^"))]
            bare, careful = written.lstrip("^").rstrip("!"), written.endswith("!")
            for index, words in enumerate(_with_and_without_dots(bare)):
                yield place, form.code, words, careful and index == 0


def _with_and_without_dots(written: str) -> Iterator[tuple[str, ...]]:
    """The words of a form, then as written letter by letter: "SA de CV", "S.A. de C.V."."""
    words = _WORD.findall(written)
    choices = []
    for word in words:
        dotted = len(word) <= 5 and (len(words) == 1 or not (word.islower() or word.istitle()))
        choices.append([[fold(word)], list(fold(word))] if dotted else [[fold(word)]])
    for choice in product(*choices):
        yield tuple(part for word in choice for part in word)


def _index_of_forms(*, before: bool) -> dict[tuple[str, ...], _Way]:
    index: dict[tuple[str, ...], _Way] = {}
    for place, code, words, careful in _ways():
        if place == "^^" or (place == "^") == before:
            index.setdefault(words, _Way(code, careful))
    return index


_SUFFIXES = _index_of_forms(before=False)
_PREFIXES = _index_of_forms(before=True)
LEGAL_WORDS = frozenset(word for words in (*_SUFFIXES, *_PREFIXES) for word in words)
_LAST_WORDS = frozenset(words[-1] for words in _SUFFIXES)
_FIRST_WORDS = frozenset(words[0] for words in _PREFIXES)
CAREFUL_WORDS = frozenset(  # in which capitals make a difference
    [words[-1] for words, way in _SUFFIXES.items() if way.careful]
    + [words[0] for words, way in _PREFIXES.items() if way.careful]
)
_UNSPACED = [(clean(way), form.code) for form in UNSPACED_LEGAL_FORMS for way in form.written]
_LONGEST = max(len(words) for words in (*_SUFFIXES, *_PREFIXES))


def _cut_forms(words: list[str], text: str) -> tuple[list[str], str | None]:
    """`words` without the legal forms around them, and the most telling form that was cut."""
    form: str | None = None
    for _ in range(3):  # "Acme Holding Co., Ltd. (Pvt)" wears more than one
        cut = _cut_suffix(words, text) or _cut_prefix(words, text)
        if cut is None:
            break
        words, code = cut
        form = form or code
    return words, form


def _cut_suffix(words: list[str], text: str) -> tuple[list[str], str] | None:
    if not words or words[-1] not in _LAST_WORDS:
        return None
    for length in range(min(_LONGEST, len(words) - 1), 0, -1):
        way = _SUFFIXES.get(tuple(words[-length:]))
        if way and (not way.careful or _in_capitals(words[-1], text)):
            rest = _without_last_connection(words[:-length])
            return (rest, way.code) if rest else None
    return None


def _cut_prefix(words: list[str], text: str) -> tuple[list[str], str] | None:
    if not words or words[0] not in _FIRST_WORDS:
        return None
    for length in range(min(_LONGEST, len(words) - 1), 0, -1):
        way = _PREFIXES.get(tuple(words[:length]))
        if way and (not way.careful or _in_capitals(words[0], text)):
            rest = words[length:]
            return (rest, way.code) if not way.careful or _is_distinctive(rest) else None
    return None


def _is_distinctive(words: list[str]) -> bool:
    return any(CANONICAL_WORD.get(word, word) not in GENERAL_WORDS for word in words)


def _without_last_connection(words: list[str]) -> list[str]:
    return words[:-1] if len(words) > 1 and words[-1] in CONNECTING_WORDS else words


def _cut_unspaced_form(text: str) -> tuple[str, str | None]:
    """ "บริษัท ปตท จำกัด" wears its form before and after the name."""
    form = None
    for written, code in _UNSPACED:
        rest = text.removesuffix(written).removeprefix(written).strip()
        if rest and rest != text:
            text, form = rest, form or code
    return text, form
