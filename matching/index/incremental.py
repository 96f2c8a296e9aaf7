"""Matching the few records of a domain that changed, without reading the many that did not."""

from collections.abc import Sequence

import numpy as np

from matching.engine.arrays import Ints
from matching.engine.model import MatchModel
from matching.engine.score import ScoredPairs
from matching.engine.weights import Weights
from matching.index.comparing import compare
from matching.index.tables import Tables
from matching.models import MatchIndex

_AT_A_TIME = 1_000


def incremental_pairs(
    model: MatchModel, weights: Weights, index: MatchIndex, changed_ids: Sequence[int]
) -> tuple[Ints, ScoredPairs]:
    """The pairs of at least `review_at` bits that touch a changed record, as a full run finds them.

    The index must be up to date with the changed records. Returns the ids of all records in a
    pair, in order, and the pairs as positions among them.
    """
    known = Tables.of(model.domain).forms_of(changed_ids)
    ids, forms = list(known), list(known.values())
    ends, parts = [np.zeros((0, 2), np.int64)], []
    for start in range(0, len(ids), _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME)
        found = compare(model, weights, index, forms[part], ids[part])
        changed = np.array(ids[part], np.int64)[found.sought]
        kept = found.pairs.match_weight >= model.review_at
        pairs = np.stack([changed, found.stored], axis=1)
        ends.append(np.sort(pairs[kept], axis=1))
        parts.append(found.pairs.where(kept))
    return _once(np.concatenate(ends), ScoredPairs.joined(parts, len(model.comparisons)))


def _once(ends: Ints, pairs: ScoredPairs) -> tuple[Ints, ScoredPairs]:
    """Pairs in the order of their ids; two changed records have found one another."""
    _, first = np.unique(ends, axis=0, return_index=True)
    record_ids, places = np.unique(ends[first], return_inverse=True)
    left, right = places.reshape(-1, 2).T
    kept = pairs.where(first)
    return record_ids, ScoredPairs(
        left, right, kept.match_weight, kept.levels, kept.veto, kept.blocking
    )
