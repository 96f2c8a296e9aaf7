"""Matching the few records of a domain that changed, without reading the many that did not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.engine.arrays import Ints
from matching.engine.model import MatchModel
from matching.engine.score import ScoredPairs
from matching.engine.weights import Weights
from matching.frames import Records, load
from matching.index.comparing import Comparing
from matching.index.tables import Tables
from matching.models import MatchIndex
from mdm.bulk import fetch

_AT_A_TIME = 1_000


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a domain that a few changed records concern, and their pairs as rows of it.

    The records are those that changed, those in a pair with them, and all that share a golden
    record or a decision with any of them. What they weigh is counted in the whole domain.
    """

    records: Records
    pairs: ScoredPairs


def changed_part(
    model: MatchModel, weights: Weights, index: MatchIndex, changed_ids: Sequence[int]
) -> Part:
    """What a run over the whole domain would settle about changed records, with nothing else.

    The index must be up to date with the changed records.
    """
    record_ids, pairs = incremental_pairs(model, weights, index, changed_ids)
    records = load(model, _with_company({*changed_ids, *record_ids.tolist()}))
    frame = Comparing(model, weights).within(index, records.frame)
    rows = frame.rows_of(record_ids)
    pairs = replace(pairs, left=rows[pairs.left], right=rows[pairs.right])
    return Part(replace(records, frame=frame), pairs)


def _with_company(record_ids: set[int]) -> list[int]:
    """These records and all that share a golden record or a decision with them, in order."""
    known, found = set[int](), record_ids
    while found:
        known |= found
        rows = fetch(
            "SELECT other.record_id FROM mdm_crosswalklink mine JOIN mdm_crosswalklink other"
            " ON other.golden_id = mine.golden_id AND other.unlinked_at IS NULL"
            " WHERE mine.record_id = ANY(%s) AND mine.unlinked_at IS NULL"
            " UNION SELECT unnest(ARRAY[left_id, right_id]) FROM matching_decision"
            " WHERE superseded_at IS NULL AND (left_id = ANY(%s) OR right_id = ANY(%s))"
            " UNION SELECT theirs.record_id FROM matching_decidedmember mine"
            " JOIN matching_clusterdecision d ON d.id = mine.decision_id"
            " AND d.superseded_at IS NULL"
            " JOIN matching_decidedmember theirs ON theirs.decision_id = d.id"
            " WHERE mine.record_id = ANY(%s)",
            [list(found)] * 4,
        )
        found = {row[0] for row in rows} - known
    return sorted(known)


def incremental_pairs(
    model: MatchModel, weights: Weights, index: MatchIndex, changed_ids: Sequence[int]
) -> tuple[Ints, ScoredPairs]:
    """The pairs of at least `review_at` bits that touch a changed record, as a full run finds them.

    The index must be up to date with the changed records. Returns the ids of all records in a
    pair, in order, and the pairs as positions among them.
    """
    known = Tables.of(model.domain).forms_of(changed_ids)
    ids, forms = list(known), list(known.values())
    comparing = Comparing(model, weights)
    ends, parts = [np.zeros((0, 2), np.int64)], []
    for start in range(0, len(ids), _AT_A_TIME):
        part = slice(start, start + _AT_A_TIME)
        found = comparing.compare(index, forms[part], ids[part])
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
