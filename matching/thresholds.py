"""What other thresholds would mean: how many pairs merge unseen, and how many people look at."""

from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import Floats
from matching.models import MatchPair
from mdm.bulk import fetch

_STEP = 20  # parts of a bit
SECONDS_A_REVIEW = 30

State = MatchPair.State


@dataclass(frozen=True, slots=True)
class Workload:
    """Pairs that would merge unseen, that people would be asked about, and for how long."""

    merge: int
    ask: int

    @property
    def hours(self) -> float:
        """Of a person who needs `SECONDS_A_REVIEW` for a pair."""
        return self.ask * SECONDS_A_REVIEW / 3600


@dataclass(frozen=True, slots=True)
class Kept:
    """How many pairs of a domain weigh how much, in steps of a twentieth of a bit.

    `open_` are those that nothing but their weight decides about: no veto and no person.
    """

    weights: Floats
    counts: Floats
    open_: Floats

    @classmethod
    def of(cls, domain: str) -> "Kept":
        """The pairs that runs kept and still find alike enough."""
        rows = fetch(
            "SELECT floor(match_weight * %s) / %s, count(*),"
            " count(*) FILTER (WHERE state IN ('automatic', 'pending'))"
            " FROM matching_matchpair WHERE domain = %s AND state <> 'obsolete'"
            " GROUP BY 1 ORDER BY 1",
            [_STEP, float(_STEP), domain],
        )
        columns = np.array(rows, np.float64).reshape(-1, 3).T
        return cls(*columns)

    def workload(self, review_at: float, merge_at: float) -> Workload:
        """What two thresholds in bits would mean."""
        at = self.weights + 1e-9
        merge = self.open_[at >= merge_at].sum()
        ask = self.open_[(at >= review_at) & (at < merge_at)].sum()
        return Workload(int(merge), int(ask))


def decided_share(domain: str, bits: float) -> tuple[int, int]:
    """Of the pairs of so many bits or more that people decided: how many, and how many *match*."""
    ((count, match),) = fetch(
        "SELECT count(*), count(*) FILTER (WHERE verdict = 'match') FROM matching_decision"
        " WHERE superseded_at IS NULL AND domain = %s AND verdict IN ('match', 'no_match')"
        " AND (evidence->>'match_weight')::float8 >= %s",
        [domain, bits],
    )
    return count, match
