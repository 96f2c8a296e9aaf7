"""Measures: how alike two strings are, from 0 (nothing in common) to 1 (the same).

Each is a small pure function whose docstring says what it measures; a level of a comparison names
it by its key in `MEASURES`. All are symmetric. Strings are folded comparison forms.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf, nextafter
from typing import Protocol

import numpy as np
import numpy.typing as npt
from rapidfuzz.distance import OSA, Indel, JaroWinkler
from rapidfuzz.process import cdist, cpdist

Similarities = npt.NDArray[np.float32]
Scorer = Callable[..., float]


class Measure(Protocol):
    """How alike two strings are, or many pairs of them."""

    def alike(self, left: str, right: str) -> float:
        """The similarity of two strings."""

    def pairwise(self, left: Sequence[str], right: Sequence[str]) -> Similarities:
        """The similarity of `left[i]` and `right[i]`, for every i."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A measure that rapidfuzz computes."""

    scorer: Scorer

    def alike(self, left: str, right: str) -> float:
        return self.scorer(left, right)

    def pairwise(self, left: Sequence[str], right: Sequence[str]) -> Similarities:
        alike: Similarities = cpdist(left, right, scorer=self.scorer, dtype=np.float32)
        return alike

    def table(self, values: Sequence[str]) -> Similarities:
        """The similarity of every value with every other, shape (n, n): far quicker than pairs."""
        alike: Similarities = cdist(values, values, scorer=self.scorer, dtype=np.float32)
        return alike


@dataclass(frozen=True, slots=True)
class InPython:
    """A measure that is a plain function of two strings."""

    function: Callable[[str, str], float]

    def alike(self, left: str, right: str) -> float:
        return self.function(left, right)

    def pairwise(self, left: Sequence[str], right: Sequence[str]) -> Similarities:
        return np.fromiter(map(self.function, left, right), np.float32, len(left))


@dataclass(frozen=True, slots=True)
class Refined:
    """A compiled measure; a slow one looks closer at pairs at least `above` alike by the first.

    It can only lower what the first says; pairs below are 0.
    """

    first: Compiled
    closer: InPython
    above: float

    def alike(self, left: str, right: str) -> float:
        alike = self.first.alike(left, right)
        near = alike >= least(self.above)
        return min(alike, self.closer.alike(left, right)) if near else 0.0

    def pairwise(self, left: Sequence[str], right: Sequence[str]) -> Similarities:
        alike = self.first.pairwise(left, right)
        near = np.flatnonzero(alike >= self.above).tolist()
        closer = self.closer.pairwise([left[i] for i in near], [right[i] for i in near])
        refined = np.zeros_like(alike)
        refined[near] = np.minimum(alike[near], closer)
        return refined


@cache
def least(at_least: float) -> float:
    """The least similarity that is `at_least` so much once both are numbers of 32 bits."""
    enough = np.float32(at_least)
    between = (float(enough) + float(np.nextafter(enough, np.float32(-1)))) / 2
    return between if np.float32(between) >= enough else nextafter(between, inf)


def date_slip(left: str, right: str) -> float:
    """Two ISO dates: 1 the same, 0.9 one slip of the keys or day and month swapped, 0.5 same year.

    >>> date_slip("1980-03-12", "1980-12-03")
    0.9
    """
    if left == right:
        return 1.0
    swapped = f"{right[:5]}{right[8:10]}-{right[5:7]}"
    if left == swapped or OSA.distance(left, right, score_cutoff=1) <= 1:
        return 0.9
    return 0.5 if left[:4] == right[:4] else 0.0


def initial(left: str, right: str) -> float:
    """1 when one is the initial of the other ("j", "john"), else 0."""
    return float(min(len(left), len(right)) == 1 and left[:1] == right[:1])


def leading_words(left: str, right: str) -> float:
    """1 when the words of one begin the other ("sherwin", "sherwin williams"), else 0.

    Not when a number comes next: "fund" does not begin "fund 2", they are two of a series. One or
    two letters begin nothing.
    """
    shorter, longer = sorted((left, right), key=len)
    if len(shorter) < 3 or not longer.startswith(f"{shorter} "):
        return 0.0
    return float(not _is_number(longer[len(shorter) + 1 :].split(" ", 1)[0]))


def shared_word(left: str, right: str) -> float:
    """The share of the words of the shorter text that the longer one has too."""
    words, others = set(left.split()), set(right.split())
    return len(words & others) / max(1, min(len(words), len(others)))


def spelling(left: str, right: str) -> float:
    """How alike the words are that two names do not share; 1 when they share all.

    Sharing words proves no slip of the pen: "bank of west" and "bank of east" are as alike as
    "west" and "east". Numbers and single letters must be the same: "fund 2" is not "fund 3".
    """
    words, others = left.split(), right.split()
    mine = sorted(_without(words, others))
    theirs = sorted(_without(others, words))
    if any(len(word) == 1 or _is_number(word) for word in (*mine, *theirs)):
        return 0.0
    return float(Indel.normalized_similarity(" ".join(mine), " ".join(theirs)))


def _is_number(word: str) -> bool:
    return word.isdecimal() or word in _ROMAN


def _without(words: Sequence[str], others: Sequence[str]) -> list[str]:
    left_over = list(words)
    for word in others:
        if word in left_over:
            left_over.remove(word)
    return left_over


_ROMAN = frozenset("i ii iii iv vi vii viii ix xi xii xiii xiv xv".split())

MEASURES: dict[str, Measure] = {
    "jaro_winkler": Compiled(JaroWinkler.normalized_similarity),
    "indel": Compiled(Indel.normalized_similarity),
    "edits": Compiled(OSA.normalized_similarity),
    "date_slip": InPython(date_slip),
    "initial": InPython(initial),
    "leading_words": InPython(leading_words),
    "shared_word": InPython(shared_word),
    "spelling": Refined(Compiled(Indel.normalized_similarity), InPython(spelling), above=0.8),
}
