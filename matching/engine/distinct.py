"""Telling values apart: equal ones are looked for among those whose hashes agree in many bits."""

from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.arrays import MISSING, Codes, Ints, Mask, sorting
from matching.engine.texts import Bytes, mask_of, opened

Hashes = npt.NDArray[np.uint64]
_FEW = 50_000  # texts that Arrow tells apart as quickly
_LONG = 10_000  # bytes of a text: of longer ones hashes take too much memory
_MANY_DISTINCT = 0.85  # of the first few: from so many on Arrow's table is slower than sorting
_ROOT = 0x9E3779B97F4A7C15
_TOGETHER = 65_536  # items that are read at a time: few enough for the processor's cache


class Texts(NamedTuple):
    """For each code but `MISSING` the text with that number."""

    codes: Codes
    texts: pa.StringArray


class Comparable(Protocol):
    """Many items, given by their places."""

    def hashes(self) -> Hashes:
        """A hash of each; its upper bits tell most items apart."""

    def equal(self, places: Ints, others: Ints) -> Mask:
        """Whether the items at some places equal those at others."""

    def texts(self, places: Ints) -> pa.StringArray:
        """The items at some places as texts, equal for equal items."""


def told_apart(texts: pa.StringArray) -> Texts:
    """The distinct texts, as they first appear, and which of them each value is."""
    few = texts[:_FEW].dictionary_encode()
    held = len(few) - few.null_count
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    if len(texts) <= _FEW or longest > _LONG or len(few.dictionary) < _MANY_DISTINCT * held:
        encoded = few if len(texts) <= _FEW else texts.dictionary_encode()
        codes = pc.fill_null(encoded.indices, MISSING).to_numpy(zero_copy_only=False)
        return Texts(codes, encoded.dictionary)
    strings = texts.drop_null()
    first = first_equal(_Strings(strings))
    is_first = first == np.arange(len(first))
    codes = np.full(len(texts), MISSING, np.int32)
    codes[mask_of(texts.is_valid())] = (np.cumsum(is_first, dtype=np.int32) - np.int32(1))[first]
    return Texts(codes, strings.filter(pa.array(is_first)))


def first_equal(items: Comparable) -> Codes:
    """For each item the first one that equals it."""
    first = first_alike(items.hashes())
    again = np.flatnonzero(first != np.arange(len(first)))
    unlike = again[~items.equal(again, first[again].astype(np.int64))]
    if len(unlike):  # few: none of them equals an item that it is not together with here
        encoded = items.texts(unlike).dictionary_encode()
        codes = encoded.indices.to_numpy()
        firsts = np.full(len(encoded.dictionary), len(first))
        np.minimum.at(firsts, codes, unlike)
        first[unlike] = firsts[codes]
    return first


def first_alike(hashes: Hashes) -> Codes:
    """For each hash the place of the first one that agrees with it in all bits but a few.

    These few are the ones for which `sorting` has no room beside the places.
    """
    upper = (hashes >> np.uint64(len(hashes).bit_length() + 1)).view(np.int64)
    places = sorting(upper)
    starts = np.flatnonzero(np.diff(upper.take(places), prepend=MISSING))
    first = np.empty(len(hashes), np.int32)
    first[places] = np.repeat(places[starts], np.diff(starts, append=len(hashes)))
    return first


def string_hashes(strings: pa.StringArray) -> Hashes:
    """A hash of each string, none of them missing, the same on every machine."""
    return mixed(hashes_of_spans(*opened(strings)))


def hashes_of_spans(ends: Codes, items: Codes | Bytes, of_item: Hashes | None = None) -> Hashes:
    """For each i a hash of the items `ends[i]` to `ends[i + 1]`; `of_item` has a hash of each.

    Without `of_item` an item stands for itself. A hash is the sum of its items, each times a power
    of an odd number: the sum of a span is that up to its end less that up to its beginning, times
    the inverse of the power that it begins with.
    """
    cuts = np.searchsorted(ends, np.arange(_TOGETHER, ends[-1], _TOGETHER), "right") - 1
    cuts = np.unique([0, *cuts.tolist(), len(ends) - 1])
    longest = int(np.diff(ends[cuts]).max(initial=0))
    powers, inverse = _powers(_ROOT, longest + 1), _powers(pow(_ROOT, -1, 2**64), longest + 1)
    sums = np.zeros(longest + 1, np.uint64)
    hashes = np.empty(len(ends) - 1, np.uint64)
    for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        part = items[ends[begin] : ends[end]]
        summands = part.astype(np.uint64) if of_item is None else of_item.take(part)
        summands += np.uint64(1)  # or one that is 0 would leave no trace
        summands *= powers[: len(part)]
        np.cumsum(summands, out=sums[1 : len(part) + 1])
        at = (ends[begin : end + 1] - ends[begin]).astype(np.int64)
        hashes[begin:end] = np.diff(sums.take(at)) * inverse.take(at[:-1])
    return hashes


def mixed(numbers: Hashes) -> Hashes:
    """Each number with all of its bits mixed (the finaliser of SplitMix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _powers(root: int, count: int) -> Hashes:
    powers = np.full(count, root, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)


class _Strings(NamedTuple):
    """Texts, none of them missing."""

    strings: pa.StringArray

    def hashes(self) -> Hashes:
        return string_hashes(self.strings)

    def equal(self, places: Ints, others: Ints) -> Mask:
        return mask_of(pc.equal(self.texts(places), self.texts(others)))

    def texts(self, places: Ints) -> pa.StringArray:
        return self.strings.take(pa.array(places))
