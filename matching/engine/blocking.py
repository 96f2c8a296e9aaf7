"""Blocking: which pairs of records are worth comparing, found without looking at all pairs.

Each pass of a model puts records that agree on its columns into one block. A pair belongs to
exactly one pass, the first that finds it, and that is decided from the two records alone: so any
part of the work, cut by rows or by pairs, finds the same pairs as the whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import sqrt

import numpy as np

from matching.engine.arrays import MISSING, Codes, Floats, Ints, Mask
from matching.engine.blocks import Blocks, PassReport, blocks_of, expanded, touched
from matching.engine.frame import Frame
from matching.engine.model import MatchModel
from matching.engine.threads import side_by_side

_NONE = np.zeros(0, np.int64)
CHUNK = 65_536  # pairs expanded at a time: the arrays of a chunk stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidate pairs of rows, `left < right`, all found by the pass with the number `blocking`."""

    left: Ints
    right: Ints
    blocking: int

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, slots=True)
class Range:
    """The candidate pairs of the entries from `begin` up to `end` of the pass number `blocking`.

    `pairs` counts them before those are left out that earlier passes find.
    """

    blocking: int
    begin: int
    end: int
    pairs: int


@dataclass(frozen=True, slots=True)
class Sample:
    """Random pairs that a pass brings together, whether or not an earlier pass finds them, too.

    `new` are those that no earlier one finds; of such pairs the whole pass holds about `total`.
    """

    pairs: Pairs
    new: Mask
    total: float


class Blocking:
    """The blocks of all passes of a model over a frame."""

    def __init__(self, passes: Sequence[Blocks], window: int) -> None:
        self._passes = tuple(passes)
        self._window = window

    @classmethod
    def of(cls, frame: Frame, model: MatchModel) -> "Blocking":
        """The blocks of a frame. Passes are made side by side: sorting needs no Python."""
        passes = side_by_side(lambda each: blocks_of(frame, model, each), model.passes)
        return cls(passes, model.window)

    @property
    def reports(self) -> tuple[PassReport, ...]:
        return tuple(blocks.report for blocks in self._passes)

    @property
    def passes(self) -> tuple[Blocks, ...]:
        """The blocks of each pass."""
        return self._passes

    def ranges(self, size: int, changed: Mask | None = None) -> Iterator[Range]:
        """Ranges of at most about `size` candidate pairs, which together hold all of them.

        With `changed`, a mask over the rows, only blocks that hold a changed row count.
        """
        for number, blocks in enumerate(self._passes):
            partners = blocks.partners
            if changed is not None:
                every = np.arange(len(partners))
                partners = np.where(touched(blocks, every, changed), partners, 0)
            ends = np.cumsum(partners, dtype=np.int64)
            pairs = int(ends[-1]) if len(ends) else 0
            begins = np.searchsorted(ends, np.arange(0, pairs, size), side="right")
            for begin, end in pairwise([*np.unique(begins).tolist(), len(ends)]):
                before = int(ends[begin - 1]) if begin else 0
                yield Range(number, begin, end, int(ends[end - 1]) - before)

    def pairs_in(
        self, range_: Range, changed: Mask | None = None, chunk: int = CHUNK
    ) -> Iterator[Pairs]:
        """The pairs of a range, once each, as far as they belong to its pass.

        With `changed`, only pairs that touch a changed row.
        """
        number, blocks = range_.blocking, self._passes[range_.blocking]
        entries = range_.begin + np.flatnonzero(blocks.partners[range_.begin : range_.end])
        if changed is not None:
            entries = entries[touched(blocks, entries, changed)]
        for first, second in expanded(blocks, entries, chunk):
            found = self._ordered(number, first, second)
            if changed is not None:
                touching = changed[found.left] | changed[found.right]
                found = Pairs(found.left[touching], found.right[touching], number)
            if len(found):
                yield found

    def pairs(self, changed: Mask | None = None, chunk: int = CHUNK) -> Iterator[Pairs]:
        """Every candidate pair once, in chunks of about `chunk`; `changed` as in `pairs_in`."""
        for number in range(len(self._passes)):
            yield from self.pairs_of(number, changed, chunk)

    def pairs_of(
        self, number: int, changed: Mask | None = None, chunk: int = CHUNK
    ) -> Iterator[Pairs]:
        """The pairs that belong to one pass: those that it finds and no earlier pass does."""
        blocks = self._passes[number]
        whole = Range(number, 0, len(blocks.partners), blocks.report.pairs)
        yield from self.pairs_in(whole, changed, chunk)

    def sample(self, number: int, size: int, lots: Floats) -> Sample:
        """About `size` random pairs of those that one pass brings together.

        They are the pairs among the rows with the smallest `lots`, numbers from 0 to 1.
        """
        blocks = self._passes[number]
        share = min(1.0, sqrt(size / max(1, blocks.report.pairs)))
        of_drawn = lots.take(blocks.rows) <= share
        entries = np.flatnonzero(of_drawn & (blocks.partners > 0))
        seen = 0
        met = []
        for first, second in expanded(blocks, entries, CHUNK):
            drawn = of_drawn.take(first)
            seen += int(drawn.sum())
            met.append(self._met(number, first[drawn], second[drawn]))
        left = np.concatenate([_NONE, *(ends[0] for ends in met)])
        right = np.concatenate([_NONE, *(ends[1] for ends in met)])
        new = np.ones(len(left), np.bool_)
        for earlier in range(number):
            new &= ~self._finds(earlier, left, right)
        total = int(new.sum()) / max(1, seen) * blocks.report.pairs
        return Sample(Pairs(left, right, number), new, total)

    def pass_of(self, left: Ints, right: Ints) -> Codes:
        """The pass that each pair (`left < right`) belongs to; -1 where no pass finds it."""
        found = np.full(len(left), MISSING, np.int32)
        for number, finds in reversed(list(enumerate(self.passes_of(left, right)))):
            found[finds] = number
        return found

    def passes_of(self, left: Ints, right: Ints) -> list[Mask]:
        """For each pass, which of the pairs (`left < right`) it finds."""
        return [self._finds(number, left, right) for number in range(len(self._passes))]

    def _ordered(self, number: int, first: Ints, second: Ints) -> Pairs:
        """Pairs of entries as left and right rows, without those that were found before."""
        left, right = self._met(number, first, second)
        for earlier in range(number):
            new = ~self._finds(earlier, left, right)
            left, right = left[new], right[new]
        return Pairs(left, right, number)

    def _met(self, number: int, first: Ints, second: Ints) -> tuple[Ints, Ints]:
        """Pairs of entries as left and right rows, each pair once."""
        blocks = self._passes[number]
        swap = blocks.rows[first] > blocks.rows[second]
        a, b = np.where(swap, second, first), np.where(swap, first, second)
        left, right = blocks.rows[a].astype(np.int64), blocks.rows[b].astype(np.int64)
        once = left != right
        if blocks.width > 1:  # the two may share another key that comes first
            channel = blocks.keys[a].astype(np.int64) * blocks.width + blocks.keys[b]
            for earlier, together in enumerate(self._meetings(blocks, left, right)):
                once &= (channel <= earlier) | ~together
        return left[once], right[once]

    def _finds(self, number: int, left: Ints, right: Ints) -> Mask:
        return _any_meet(self._meetings(self._passes[number], left, right), len(left))

    def _meetings(self, blocks: Blocks, left: Ints, right: Ints) -> Iterator[Mask]:
        """For every key of the left and every key of the right record, whether they meet there."""
        mine, theirs = _taken(blocks.block, left), _taken(blocks.block, right)
        places = _taken(blocks.place, left), _taken(blocks.place, right)
        for key, other in product(range(blocks.width), repeat=2):
            together = (mine[key] == theirs[other]) & (mine[key] != MISSING)
            if blocks.report.oversized:
                together &= np.abs(places[0][key] - places[1][other]) <= self._window
            yield together


def _taken(columns: Codes, rows: Ints) -> list[Codes]:
    return [columns[:, number].take(rows) for number in range(columns.shape[1])]


def _any_meet(meetings: Iterator[Mask], pairs: int) -> Mask:
    found = np.zeros(pairs, np.bool_)
    for together in meetings:
        found |= together
    return found
