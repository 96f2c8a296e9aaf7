"""Telling apart: which of many texts, or of other sequences of items, are equal.

Sequences stand one after the other in an array: items `ends[i]` to `ends[i + 1]` are span i. Equal
spans are looked for by keys, which are equal for equal spans.
"""

from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.engine.arrays import MISSING, Codes, Mask
from matching.engine.compiled import compiled
from matching.engine.texts import closed, mask_of, opened

Hashes = npt.NDArray[np.uint64]
Items: TypeAlias = npt.NDArray[Any]

_ROOT = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_HASHED = np.uint64(2**63)
_TOGETHER = 65_536  # bytes that are read at a time: few enough for the processor's cache


class Texts(NamedTuple):
    """For each code but `MISSING` the text with that number; equal texts have equal codes."""

    codes: Codes
    texts: pa.StringArray


class Spans(NamedTuple):
    """For each code the span with that number, as `opened` gives texts; no two are equal."""

    codes: Codes
    ends: Codes
    items: Items


def told_apart(texts: pa.StringArray) -> Texts:
    """The distinct texts, as they first appear, and which of them each value is."""
    held = texts.drop_null() if texts.null_count else texts
    spans = spans_apart(*opened(held))
    found = closed(spans.ends, spans.items)
    if len(held) == len(texts):
        return Texts(spans.codes, found)
    codes = np.full(len(texts), MISSING, np.int32)
    codes[mask_of(texts.is_valid())] = spans.codes
    return Texts(codes, found)


def left_in_place(texts: pa.StringArray) -> Texts:
    """The code of each value is the place of the first text that equals it."""
    held = texts.drop_null() if texts.null_count else texts
    first = _first_equal(*opened(held))
    if len(held) == len(texts):
        return Texts(first, texts)
    places = np.flatnonzero(mask_of(texts.is_valid())).astype(np.int32)
    codes = np.full(len(texts), MISSING, np.int32)
    codes[places] = places[first]
    return Texts(codes, texts)


def spans_apart(ends: Codes, items: Items) -> Spans:
    """The distinct spans, as they first appear, and which of them each span is."""
    first = _first_equal(ends, items)
    codes = np.empty(len(first), np.int32)
    distinct, held = _number(first, ends, codes)
    of_distinct, kept = np.zeros(distinct + 1, np.int32), np.empty(held, items.dtype)
    _keep(first, ends, items, of_distinct, kept)
    return Spans(codes, of_distinct, kept)


def rows_apart(rows: Items) -> tuple[Codes, Items]:
    """Which of the distinct rows of a matrix each row is, and these, as they first appear."""
    count, width = rows.shape
    codes, _, kept = spans_apart(np.arange(count + 1, dtype=np.int32) * width, rows.ravel())
    return codes, kept.reshape(-1, width)


def _first_equal(ends: Codes, items: Items) -> Codes:
    """For each span the first one that equals it."""
    low, high = (int(items.min()), int(items.max())) if len(items) else (0, 0)
    base, longest = high - low + 2, 0
    while base ** (longest + 1) < 2**63:
        longest += 1
    keys, first = np.empty(len(ends) - 1, np.uint64), np.empty(len(ends) - 1, np.int32)
    _make_keys(ends, items, _unsigned(low), _unsigned(base), longest, keys)
    bits = (3 * len(keys) // 2).bit_length()
    _find_first(keys, np.full(2**bits, MISSING, np.int32), 64 - bits, first)
    unlike = np.zeros(len(first), np.bool_)
    _compare(first, ends, items, longest, unlike)
    held: dict[bytes, int] = {}
    for span in unlike.nonzero()[0].tolist():  # few: what equals one of them is one of them
        own = items[ends[span] : ends[span + 1]].tobytes()
        first[span] = held.setdefault(own, span)
    return first


def _unsigned(number: int) -> np.uint64:
    return np.uint64(number % 2**64)


@compiled
def _make_keys(
    ends: Codes, items: Items, low: np.uint64, base: np.uint64, longest: int, keys: Hashes
) -> None:
    """The items of a span that is not too long are the digits of its key; else it is a hash.

    So the former need not be compared. The highest bit is set in hashes, and only in them.
    """
    for span in range(len(keys)):
        key = np.uint64(0)
        if ends[span + 1] - ends[span] <= longest:
            for place in range(ends[span], ends[span + 1]):
                key = key * base + (np.uint64(items[place]) - low + np.uint64(1))
        else:
            for place in range(ends[span], ends[span + 1]):
                key = (key ^ np.uint64(items[place])) * _ROOT
            key |= _HASHED
        keys[span] = key


@compiled
def _find_first(keys: Hashes, table: Codes, shift: int, first: Codes) -> None:
    """For each key the place of the first that equals it; the table has places by key."""
    last = len(table) - 1
    for place in range(len(keys)):
        mixed = (keys[place] ^ (keys[place] >> _HALF)) * _ROOT
        at = np.int64(mixed >> np.uint64(shift))
        while table[at] != MISSING and keys[table[at]] != keys[place]:
            at = (at + 1) & last
        if table[at] == MISSING:
            table[at] = place
        first[place] = table[at]


@compiled
def _compare(first: Codes, ends: Codes, items: Items, longest: int, unlike: Mask) -> None:
    """Which spans do not equal the ones that come first with their hashes."""
    for span in range(len(first)):
        length = ends[span + 1] - ends[span]
        if length > longest and first[span] != span:
            own, other = ends[span], ends[first[span]]
            differs = ends[first[span] + 1] - other != length
            for place in range(0 if differs else length):
                differs |= items[own + place] != items[other + place]
            unlike[span] = differs


@compiled
def _number(first: Codes, ends: Codes, codes: Codes) -> tuple[int, int]:
    """Numbers the distinct spans; how many there are, and how many items they have."""
    count = held = 0
    for span in range(len(first)):
        if first[span] == span:
            codes[span] = count
            count += 1
            held += ends[span + 1] - ends[span]
        else:
            codes[span] = codes[first[span]]
    return count, held


@compiled
def _keep(first: Codes, ends: Codes, items: Items, of_distinct: Codes, kept: Items) -> None:
    """The distinct spans, one after the other."""
    count = end = 0
    for span in range(len(first)):
        if first[span] == span:
            for place in range(ends[span], ends[span + 1]):
                kept[end] = items[place]
                end += 1
            count += 1
            of_distinct[count] = end


# Hashes that are stored: the same on every machine, in every release. They need no machine code, so
# that whoever looks up a single record does not wait for it.


def string_hashes(strings: pa.StringArray) -> Hashes:
    """A hash of each string, none of them missing.

    Its bytes, each and one more, times powers of an odd number, are summed up: the sum of a string
    is that up to its end less that up to its beginning, times the inverse of the power that it
    begins with.
    """
    ends, letters = opened(strings)
    cuts = np.searchsorted(ends, np.arange(_TOGETHER, ends[-1], _TOGETHER), "right") - 1
    cuts = np.unique([0, *cuts.tolist(), len(strings)])
    longest = int(np.diff(ends[cuts]).max(initial=0))
    powers = _powers(int(_ROOT), longest + 1)
    inverse = _powers(pow(int(_ROOT), -1, 2**64), longest + 1)
    sums = np.zeros(longest + 1, np.uint64)
    hashes = np.empty(len(strings), np.uint64)
    for begin, end in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        summands = letters[ends[begin] : ends[end]].astype(np.uint64) + np.uint64(1)
        summands *= powers[: len(summands)]
        np.cumsum(summands, out=sums[1 : len(summands) + 1])
        at = (ends[begin : end + 1] - ends[begin]).astype(np.int64)
        hashes[begin:end] = np.diff(sums.take(at)) * inverse.take(at[:-1])
    return mixed(hashes)


def _powers(root: int, count: int) -> Hashes:
    powers = np.full(count, root, np.uint64)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint64)


def mixed(numbers: Hashes) -> Hashes:
    """Each number with all of its bits mixed (the finaliser of SplitMix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
