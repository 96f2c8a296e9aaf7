"""How right a trial is: pairs against the truth that a column of the file tells."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import Ints, Mask
from matching.engine.match import MatchResult, Outcome
from mdm.standardise.text import clean


@dataclass(frozen=True, slots=True)
class Quality:
    """Of `found` pairs `right` are right, of `true` ones in all."""

    found: int
    right: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Qualities:
    """The quality of the clusters, of the pairs that merge unseen, and of all that are not vetoed.

    `judged` rows have a truth; the others count nowhere.
    """

    clusters: Quality
    automatic: Quality
    with_review: Quality
    judged: int


def judge(result: MatchResult, merge_at: float, truth: Sequence[str]) -> Qualities:
    """Pairwise precision and recall; `truth` names the thing of each row, "" where unknown."""
    entity = np.unique([clean(text) for text in truth], return_inverse=True)[1].astype(np.int64)
    known = np.array([bool(clean(text)) for text in truth])
    pairs = result.pairs
    told = known[pairs.left] & known[pairs.right]
    same = told & (entity[pairs.left] == entity[pairs.right])
    sure = (pairs.match_weight >= merge_at) & (result.outcomes != Outcome.VETO)
    seen = ~np.isin(result.outcomes, [Outcome.VETO, Outcome.APART])
    true = _pairs_in(entity[known])

    def quality(chosen: Mask) -> Quality:
        return Quality(int((chosen & told).sum()), int((chosen & same).sum()), true)

    cluster = result.clusters.of_row[known]
    both = _pairs_in(cluster * (int(entity.max(initial=0)) + 1) + entity[known])
    clusters = Quality(_pairs_in(cluster), both, true)
    return Qualities(clusters, quality(sure), quality(seen), int(known.sum()))


def _pairs_in(labels: Ints) -> int:
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())
