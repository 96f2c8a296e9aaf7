"""A match run from frame to clusters: which records are one thing, which a steward should see."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from matching.engine.arrays import MISSING, Codes, Ints, Mask
from matching.engine.blocking import Blocking
from matching.engine.blocks import PassReport
from matching.engine.clusters import Clusters, find_clusters
from matching.engine.constraints import Constraints
from matching.engine.frame import Frame
from matching.engine.identifiers import NO_VETO, Held, SharedValue, held_identifiers, shared_values
from matching.engine.model import MatchModel
from matching.engine.ranges import Comparing
from matching.engine.score import ScoredPairs, Scorer
from matching.engine.weights import Weights


class Outcome(IntEnum):
    """What becomes of a scored pair."""

    MERGE = 0  # the two records are in one cluster
    REVIEW = 1  # a steward should look
    VETO = 2  # an identifier of theirs, or of their clusters, differs
    APART = 3  # a decision keeps them, or their clusters, apart
    REFUSED = 4  # strong enough, but their clusters were not joined: see the refusals


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The pairs of at least `review_at` bits with their outcomes, and the clusters they make."""

    pairs: ScoredPairs
    outcomes: Codes
    clusters: Clusters
    passes: tuple[PassReport, ...]
    shared_identifiers: tuple[SharedValue, ...]

    def having(self, outcome: Outcome) -> ScoredPairs:
        return self.pairs.where(self.outcomes == outcome)


def find_pairs(
    frame: Frame,
    model: MatchModel,
    weights: Weights,
    *,
    blocking: Blocking | None = None,
    changed: Mask | None = None,
    keep_at: float | None = None,
    processes: int = 1,
) -> ScoredPairs:
    """The pairs that weigh at least `keep_at` bits (by default the model's `review_at`).

    With `changed`, a mask over the rows, only the pairs that touch a changed row: the same pairs
    and weights as a full run finds for them. The number of `processes` changes nothing but time.
    """
    blocking = blocking or Blocking.of(frame, model)
    floor = model.review_at if keep_at is None else keep_at
    comparing = Comparing(Scorer(frame, model, weights), blocking, floor, changed)
    return comparing.all_scored(processes)


def match(
    frame: Frame,
    model: MatchModel,
    weights: Weights | None = None,
    constraints: Constraints | None = None,
    changed: Mask | None = None,
    blocking: Blocking | None = None,
    processes: int = 1,
) -> MatchResult:
    """Pairs, outcomes and clusters of a frame. Two runs on the same input are identical.

    `weights` are by default those that the model ships with.
    """
    constraints = constraints or Constraints.none(len(frame))
    blocking = blocking or Blocking.of(frame, model)
    pairs = find_pairs(
        frame,
        model,
        weights or Weights.of(model),
        blocking=blocking,
        changed=changed,
        processes=processes,
    )
    return settled(frame, model, pairs, constraints, blocking.reports)


def settled(
    frame: Frame,
    model: MatchModel,
    pairs: ScoredPairs,
    constraints: Constraints,
    passes: tuple[PassReport, ...] = (),
) -> MatchResult:
    """What becomes of scored pairs: the clusters that they make and the outcome of each pair."""
    identifiers = held_identifiers(frame, model)
    clusters = find_clusters(pairs, model, identifiers, constraints)
    return MatchResult(
        pairs=pairs,
        outcomes=_outcomes(pairs, model, clusters, identifiers, constraints),
        clusters=clusters,
        passes=passes,
        shared_identifiers=tuple(shared_values(frame, model)),
    )


def _outcomes(
    pairs: ScoredPairs,
    model: MatchModel,
    clusters: Clusters,
    identifiers: tuple[Held, ...],
    constraints: Constraints,
) -> Codes:
    outcomes = np.full(len(pairs), Outcome.REVIEW, np.int32)
    outcomes[pairs.match_weight >= model.merge_at] = Outcome.REFUSED
    veto = pairs.veto != NO_VETO
    for held in identifiers:
        veto |= _of_clusters(held, clusters.of_row).conflict(pairs.left, pairs.right)
    outcomes[veto] = Outcome.VETO
    outcomes[_decided_apart(pairs, clusters, constraints)] = Outcome.APART
    outcomes[clusters.together(pairs.left, pairs.right)] = Outcome.MERGE
    return outcomes


def _of_clusters(held: Held, of_row: Ints) -> Held:
    """The identifier that each row's cluster holds: that of its first member which has one."""
    rows = np.flatnonzero(held.value != MISSING)[::-1]
    first = np.full(len(of_row), MISSING, np.int64)
    first[of_row[rows]] = rows
    holder = first[of_row]
    return Held(
        held.identifier,
        np.where(holder == MISSING, MISSING, held.value[holder]),
        np.where(holder == MISSING, MISSING, held.scope[holder]),
    )


def _decided_apart(pairs: ScoredPairs, clusters: Clusters, constraints: Constraints) -> Mask:
    """Pairs whose clusters a decision keeps apart, though it was made on other members."""
    apart = _unordered(
        clusters.of_row[constraints.apart[:, 0]], clusters.of_row[constraints.apart[:, 1]]
    )
    return np.isin(_unordered(clusters.of_row[pairs.left], clusters.of_row[pairs.right]), apart)


def _unordered(left: Ints, right: Ints) -> Ints:
    return np.minimum(left, right) * (2**31) + np.maximum(left, right)
