"""Names of people taken apart: titles, given, middle and family names, pet forms, sound.

Pure functions of strings; over a feed, call them once for each distinct name
(`mdm.standardise.text.over_distinct`).
"""

import re
from typing import NamedTuple

from mdm.standardise.nicknames import FORMAL_NAMES
from mdm.standardise.text import clean, fold

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
APOSTROPHE = re.compile(r"['’‘`´ʼ]")

_TITLES = frozenset(
    "mr mrs ms miss mx dr prof professor sir dame lord lady rev reverend fr hon herr frau fraulein"
    " doktor dipl ing univ monsieur madame mme mlle maitre senor senora srta dott dottssa avv"
    " signor signora dhr mevr drs fru hr capt captain maj col colonel gen lt sgt cmdr".split()
)
_SUFFIXES = frozenset(
    "jr sr jnr snr ii iii iv esq esquire phd md dds dvm jd llm llb mba cpa cfa msc bsc meng beng"
    " obe cbe mbe kbe qc frcs pmp ret junior senior filho neto".split()
)
_PEERAGE = re.compile(
    r"(?:\d+(?:st|nd|rd|th)|baronet|baron|earl|viscount|marquess|duke|count|lord)\b"
)
_PARTICLES = frozenset(
    "van von vom zu zum zur de der den des del della delle dello di da dal dos das do du la le"
    " los las lo ter ten te al el bin ibn ben bint abu st af av".split()
)
KNOWN_WORDS = _TITLES | _SUFFIXES | _PARTICLES


class PersonName(NamedTuple):
    """A name taken apart, folded, for comparison only. A part that is not known is ""."""

    given: str = ""
    middle: str = ""
    family: str = ""

    @property
    def formal_given(self) -> tuple[str, ...]:
        """The names that the given name may stand for: "bob" is ("robert",); () if not known."""
        return FORMAL_NAMES.get(self.given, (self.given,)) if self.given else ()

    @property
    def family_core(self) -> str:
        """The family name without particles and spaces: "van der Meer" is "meer"."""
        words = self.family.split()
        return "".join(word for word in words if word not in _PARTICLES) or "".join(words)

    @property
    def sorted_words(self) -> str:
        """Given and family name in alphabetical order: the same when the two were swapped."""
        return " ".join(sorted((self.given, self.family_core))).strip()


def parse_person(given: str | None, middle: str | None, family: str | None) -> PersonName:
    """A name from its parts; titles and suffixes that stand in a part are dropped.

    Further given names move to the middle: ("Mary Ann", None, "Lee") has the middle name "ann".

    >>> parse_person("Dr. J. R.", None, "O'Neil Jr.")
    PersonName(given='j', middle='r', family='oneil')
    """
    given_words = _without_titles(_words(given or ""))
    family_words = _without_suffixes(_words(family or ""))
    if not family_words or not given_words:
        return _from_words(given_words or family_words, _words(middle or ""))
    middle_words = [*given_words[1:], *_words(middle or "")]
    return PersonName(given_words[0], " ".join(middle_words), " ".join(family_words))


def parse_full_name(text: str) -> PersonName:
    """A name from one string, in either order: "Given Middle Family" or "Family, Given Middle".

    A single word is taken for the family name.

    >>> parse_full_name("Prof. Ludwig van Beethoven")
    PersonName(given='ludwig', middle='', family='van beethoven')
    >>> parse_full_name("Smith, Robert J.")
    PersonName(given='robert', middle='j', family='smith')
    """
    parts = [part for part in fold(clean(text)).split(",") if not _is_suffix(part)]
    names = [_without_suffixes(_without_titles(_words(part))) for part in parts]
    if len(names) < 2 or not names[1]:
        return _from_words(names[0] if names else [], [])
    family, given = names[0], [word for words in names[1:] for word in words]
    return PersonName(given[0], " ".join(given[1:]), " ".join(family))


def sound(name: str) -> str:
    """How a folded name sounds, roughly: its first letter and its consonants, alike ones merged.

    For blocking only: "smith" and "smyth" share "smt", "meier" and "mayer" share "mr".
    """
    for written, heard in HEARD:
        name = name.replace(written, heard)
    letters = name.translate(SAME_SOUND)
    return _REPEATED.sub(r"\1", letters[:1] + letters[1:].translate(_NOT_HEARD))


HEARD = (("ph", "f"), ("sch", "s"), ("ck", "k"), ("gh", ""), ("wr", "r"), ("x", "ks"))
SILENT = "aeiouhj"
_NOT_HEARD = str.maketrans("", "", SILENT)
_REPEATED = re.compile(r"(.)\1+")
SAME_SOUND = str.maketrans({"c": "k", "q": "k", "z": "s", "w": "v", "y": "i", "d": "t", "b": "p"})


def _is_suffix(part: str) -> bool:
    words = _words(part)
    return bool(_PEERAGE.match(part.strip())) or all(word in _SUFFIXES for word in words)


def _words(text: str) -> list[str]:
    if text.isascii() and text.isalpha():  # nearly always, and ten times quicker
        return [text.lower()]
    return [
        word.replace("-", " ") if len(word) > 3 else word.replace("-", "")
        for word in _WORD.findall(fold(APOSTROPHE.sub("", text)))
    ]


def _without_titles(words: list[str]) -> list[str]:
    start = 0
    while start < len(words) - 1 and words[start] in _TITLES:
        start += 1
    return words[start:]


def _without_suffixes(words: list[str]) -> list[str]:
    end = len(words)
    while end > 1 and words[end - 1] in _SUFFIXES:
        end -= 1
    return words[:end]


def _from_words(words: list[str], middle: list[str]) -> PersonName:
    """The family name is the last word, or begins at the first particle ("van beethoven")."""
    if len(words) < 2:
        return PersonName(family=" ".join(words), middle=" ".join(middle))
    particles = [at for at in range(1, len(words) - 1) if words[at] in _PARTICLES]
    start = particles[0] if particles else len(words) - 1
    middle = [*words[1:start], *middle]
    return PersonName(words[0], " ".join(middle), " ".join(words[start:]))
