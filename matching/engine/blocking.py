"""Blocking: which pairs of records are worth comparing, found without looking at all pairs.

Each pass of a model puts records that agree on its columns into one block. A pair belongs to
exactly one pass, the first that finds it, and that is decided from the two records alone: so any
part of the work, cut by rows or by pairs, finds the same pairs as the whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from matching.engine.arrays import MISSING, Codes, Ints, Mask
from matching.engine.blocks import Blocks, PassReport, blocks_of, expanded, touched
from matching.engine.frame import Frame
from matching.engine.model import MatchModel

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


class Blocking:
    """The blocks of all passes of a model over a frame."""

    def __init__(self, frame: Frame, model: MatchModel) -> None:
        self._window = model.window
        self._passes = [blocks_of(frame, model, blocking) for blocking in model.passes]

    @property
    def reports(self) -> tuple[PassReport, ...]:
        return tuple(blocks.report for blocks in self._passes)

    @property
    def passes(self) -> tuple[Blocks, ...]:
        """The blocks of each pass."""
        return tuple(self._passes)

    def pairs(self, changed: Mask | None = None, chunk: int = CHUNK) -> Iterator[Pairs]:
        """Every candidate pair once, in chunks of about `chunk`.

        With `changed`, a mask over the rows, only pairs that touch a changed row.
        """
        for number in range(len(self._passes)):
            yield from self.pairs_of(number, changed, chunk)

    def pairs_of(
        self, number: int, changed: Mask | None = None, chunk: int = CHUNK
    ) -> Iterator[Pairs]:
        """The pairs that belong to one pass: those that it finds and no earlier pass does."""
        blocks = self._passes[number]
        entries = np.flatnonzero(blocks.partners)
        if changed is not None:
            entries = entries[touched(blocks, entries, changed)]
        for first, second in expanded(blocks, entries, chunk):
            found = self._ordered(number, first, second)
            if changed is not None:
                touching = changed[found.left] | changed[found.right]
                found = Pairs(found.left[touching], found.right[touching], number)
            if len(found):
                yield found

    def sample(self, number: int, size: int, random: np.random.Generator) -> tuple[Pairs, float]:
        """About `size` random pairs that belong to one pass, and how many there are in all."""
        blocks = self._passes[number]
        entries = np.flatnonzero(blocks.partners)
        share = min(1.0, size / max(1, blocks.report.pairs))
        drawn = entries[random.random(len(entries)) < share]
        pairs = [self._ordered(number, *ends) for ends in expanded(blocks, drawn, CHUNK)]
        left = np.concatenate([_NONE, *(part.left for part in pairs)])
        right = np.concatenate([_NONE, *(part.right for part in pairs)])
        new = len(left) / max(1, int(blocks.partners[drawn].sum()))
        return Pairs(left, right, number), new * blocks.report.pairs

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
        blocks = self._passes[number]
        swap = blocks.rows[first] > blocks.rows[second]
        a, b = np.where(swap, second, first), np.where(swap, first, second)
        left, right = blocks.rows[a].astype(np.int64), blocks.rows[b].astype(np.int64)
        new = left != right
        if blocks.width > 1:  # the two may share another key that comes first
            channel = blocks.keys[a].astype(np.int64) * blocks.width + blocks.keys[b]
            for earlier, together in enumerate(self._meetings(blocks, left, right)):
                new &= (channel <= earlier) | ~together
        left, right = left[new], right[new]
        for earlier in range(number):
            new = ~self._finds(earlier, left, right)
            left, right = left[new], right[new]
        return Pairs(left, right, number)

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
