"""Phrases: sequences of words of a vocabulary, told apart before they become texts."""

from collections.abc import Sequence, Sized
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.arrays import Codes, Ints
from matching.engine.texts import Bytes, opened
from matching.engine.threads import side_by_side

_PART = 100_000  # phrases that are worked on together
_BITS = 6  # of a hash, by which hashes are parted before equal ones are looked for

Hashes = npt.NDArray[np.uint64]


class Phrases(NamedTuple):
    """Words `ends[i]` to `ends[i + 1]` of `words`, numbers in a vocabulary, make up phrase i.

    A vocabulary may have a word twice; no word has a space.
    """

    ends: Codes
    words: Codes

    def take(self, which: Codes | Ints) -> "Phrases":
        """These phrases, in this order."""
        lengths = np.diff(self.ends)[which]
        return Phrases(ends_of(lengths), self.words[spans(self.ends[which], lengths)])


def joined(parts: Sequence[Phrases]) -> Phrases:
    """All phrases in a row."""
    lengths = np.concatenate([np.diff(part.ends) for part in parts])
    return Phrases(ends_of(lengths), np.concatenate([part.words for part in parts]))


def put_together(phrases: Phrases, vocabulary: pa.StringArray) -> pa.StringArray:
    """The words of each phrase, spaces between them."""
    words = vocabulary.take(pa.array(phrases.words))
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(phrases.ends), words), " ")


def first_equal(phrases: Phrases, vocabulary: pa.StringArray, seed: int = 0) -> Codes:
    """For each phrase the first one that has the same text.

    A hash finds it; where two differ that have the same hash, that of the next seed does.
    """
    first = _first_equal(_hashes_of(phrases, vocabulary, seed))
    again = np.flatnonzero(first != np.arange(len(first)))

    def are_equal(start: int) -> bool:
        some = again[start : start + _PART]
        held, found = phrases.take(some), phrases.take(first[some])
        if not np.array_equal(held.ends, found.ends):
            return False
        others = held.words != found.words  # in number: a vocabulary may have them twice
        words = [vocabulary.take(pa.array(each.words[others])) for each in (held, found)]
        return bool(words[0].equals(words[1]))

    if all(side_by_side(are_equal, range(0, len(again), _PART))):
        return first
    return first_equal(phrases, vocabulary, seed + 1)


def ends_of(lengths: Codes | Ints) -> Codes:
    """Where each of the lengths begins when they stand in a row, and where the last one ends."""
    ends = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    return ends


def spans(first: Codes, counts: Codes) -> Codes:
    """`counts[i]` numbers from `first[i]` on, for each i in turn."""
    ends = ends_of(counts)
    return np.arange(ends[-1], dtype=np.int32) + np.repeat(first - ends[:-1], counts)


def sizes(lists: Sequence[Sized]) -> Codes:
    """How long each of them is."""
    return np.array([len(each) for each in lists], np.int32)


def _first_equal(hashes: Hashes) -> Codes:
    share = (hashes >> np.uint64(64 - _BITS)).astype(np.uint8)
    order = np.argsort(share, kind="stable")
    first = np.empty(len(hashes), np.int32)

    def find(places: Ints) -> None:
        encoded = pa.array(hashes[places]).dictionary_encode()
        codes = encoded.indices.to_numpy()
        firsts = np.full(len(encoded.dictionary), len(hashes))
        np.minimum.at(firsts, codes, places)
        first[places] = firsts[codes]

    ends = np.cumsum(np.bincount(share, minlength=2**_BITS))
    side_by_side(find, np.split(order, ends[:-1]))
    return first


def _hashes_of(phrases: Phrases, vocabulary: pa.StringArray, seed: int) -> Hashes:
    random = np.random.default_rng(seed)
    of_words = _hashes(*opened(vocabulary), _noise(random, 256), random)
    of_words |= np.uint64(1)  # that of an empty word would be 0, as if it were not there
    return _hashes(phrases.ends, phrases.words, of_words, random)


def _hashes(
    ends: Codes, items: Codes | Bytes, of_item: Hashes, random: np.random.Generator
) -> Hashes:
    """For each span the sum of its items' hashes, each times a random number for its place."""
    of_place = _noise(random, int(np.diff(ends).max(initial=0)))

    def of_part(start: int) -> Hashes:
        part = ends[start : start + _PART + 1]
        lengths = np.diff(part)
        sums = np.zeros(part[-1] - part[0] + 1, np.uint64)
        held = of_item[items[part[0] : part[-1]]]
        held *= of_place[spans(np.zeros_like(lengths), lengths)]
        np.cumsum(held, out=sums[1:])
        hashes: Hashes = np.diff(sums[part - part[0]])
        return hashes

    parts = side_by_side(of_part, range(0, len(ends) - 1, _PART))
    return np.concatenate([np.zeros(0, np.uint64), *parts])


def _noise(random: np.random.Generator, size: int) -> Hashes:
    return random.integers(2**64 - 1, size=size, dtype=np.uint64) | np.uint64(1)
