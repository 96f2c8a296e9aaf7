"""Phrases: sequences of words of a vocabulary, told apart before they become texts."""

from collections.abc import Sequence, Sized
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.arrays import Codes, Ints, Mask
from matching.engine.distinct import Hashes, hashes_of_spans, string_hashes
from matching.engine.texts import counted, mask_of
from matching.engine.threads import side_by_side

_PART = 100_000  # phrases that are compared together


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


class Spelt(NamedTuple):
    """Phrases and the vocabulary that their words are of: equal where they have the same text."""

    phrases: Phrases
    vocabulary: pa.StringArray

    def hashes(self) -> Hashes:
        return hashes_of_spans(*self.phrases, string_hashes(self.vocabulary))

    def equal(self, places: Ints, others: Ints) -> Mask:
        def of_part(start: int) -> Mask:
            part = slice(start, start + _PART)
            return self._equal(places[part], others[part])

        parts = side_by_side(of_part, range(0, len(places), _PART))
        return np.concatenate([np.zeros(0, np.bool_), *parts])

    def texts(self, places: Ints) -> pa.StringArray:
        return put_together(self.phrases.take(places), self.vocabulary)

    def _equal(self, places: Ints, others: Ints) -> Mask:
        lengths = np.diff(self.phrases.ends)
        same: Mask = lengths[places] == lengths[others]
        mine, theirs = self.phrases.take(places[same]), self.phrases.take(others[same])
        differ = mine.words != theirs.words
        rows = np.flatnonzero(differ)  # in number: a vocabulary may have a word twice
        words = [self.vocabulary.take(pa.array(each.words[rows])) for each in (mine, theirs)]
        differ[rows] = mask_of(pc.not_equal(*words))
        same[same] = np.diff(counted(differ)[mine.ends]) == 0
        return same


def joined(parts: Sequence[Phrases]) -> Phrases:
    """All phrases in a row."""
    lengths = np.concatenate([np.diff(part.ends) for part in parts])
    return Phrases(ends_of(lengths), np.concatenate([part.words for part in parts]))


def put_together(phrases: Phrases, vocabulary: pa.StringArray) -> pa.StringArray:
    """The words of each phrase, spaces between them."""

    def of_part(start: int) -> pa.StringArray:
        ends = phrases.ends[start : start + _PART + 1]
        words = vocabulary.take(pa.array(phrases.words[ends[0] : ends[-1]]))
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(ends - ends[0]), words), " ")

    count = len(phrases.ends) - 1
    parts = side_by_side(of_part, range(0, count, _PART))
    return pa.concat_arrays(parts) if parts else pa.array([], pa.string())


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
