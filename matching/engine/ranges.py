"""Ranges of candidate pairs: the same pairs are found however the work is cut, and by whomever.

A range is scored on its own and leaves only the pairs worth keeping, less than one for each record.
Processes of one machine share the frame in memory; the shards of a run map it from a file.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import ClassVar

from matching.engine.arrays import Mask, sorting
from matching.engine.blocking import Blocking, Range
from matching.engine.score import ScoredPairs, Scorer

_PAIRS_IN_A_RANGE = 500_000


@dataclass(frozen=True, slots=True)
class Comparing:
    """What any range is scored from: pairs of `keep_at` bits and more are kept.

    With `changed`, a mask over the rows, only the pairs that touch a changed row.
    """

    scorer: Scorer
    blocking: Blocking
    keep_at: float
    changed: Mask | None = None

    def scored(self, range_: Range) -> ScoredPairs:
        """The pairs of one range, in the order of their rows."""
        found = self.blocking.pairs_in(range_, self.changed)
        scored = (self.scorer.score(pairs, self.keep_at) for pairs in found)
        return in_order(ScoredPairs.joined(scored, self.scorer.comparisons))

    def all_scored(self, processes: int = 1) -> ScoredPairs:
        """The pairs of all ranges, found by so many processes; their number changes only time."""
        ranges = list(self.blocking.ranges(_PAIRS_IN_A_RANGE, self.changed))
        few = sum(each.pairs for each in ranges) <= _PAIRS_IN_A_RANGE
        found = map(self.scored, ranges) if few or processes == 1 else self._by(processes, ranges)
        return in_order(ScoredPairs.joined(found, self.scorer.comparisons))

    def _by(self, processes: int, ranges: list[Range]) -> Iterator[ScoredPairs]:
        """Each process is a fork of this one, and so holds all that this one does."""
        fork = get_context("fork")
        with ProcessPoolExecutor(processes, fork, _Forked.take_up, (self,)) as team:
            yield from team.map(_Forked.scored, ranges)


class _Forked:
    """The work of a forked process, which it has from its parent."""

    comparing: ClassVar[Comparing]

    @classmethod
    def take_up(cls, comparing: Comparing) -> None:
        cls.comparing = comparing

    @classmethod
    def scored(cls, range_: Range) -> ScoredPairs:
        return cls.comparing.scored(range_)


def in_order(pairs: ScoredPairs) -> ScoredPairs:
    """Pairs in the order of their rows, which is the same however they were found."""
    bits = int(pairs.right.max(initial=0)).bit_length()
    return pairs.where(sorting(pairs.left << bits | pairs.right))
