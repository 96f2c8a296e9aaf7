"""Ranges of candidate pairs: the same pairs are found however the work is cut, and by whomever.

A range is scored on its own and leaves only the pairs worth keeping, less than one for each record.
Processes of one machine share the frame in memory; the shards of a run map it from a file.
"""

from dataclasses import dataclass

from matching.engine.arrays import Mask, sorting
from matching.engine.blocking import Blocking, Range
from matching.engine.forks import made_of_each
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
        found = made_of_each(self.scored, ranges, 1 if few else processes)
        return in_order(ScoredPairs.joined(found, self.scorer.comparisons))


def in_order(pairs: ScoredPairs) -> ScoredPairs:
    """Pairs in the order of their rows, which is the same however they were found."""
    bits = int(pairs.right.max(initial=0)).bit_length()
    return pairs.where(sorting(pairs.left << bits | pairs.right))
