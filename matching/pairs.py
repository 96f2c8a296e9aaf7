"""Keeping scored pairs with their evidence, as levels and bits."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from matching.engine.identifiers import NO_VETO
from matching.engine.match import MatchResult, Outcome
from matching.engine.model import MatchModel
from matching.engine.score import Scorer
from matching.engine.weights import Weights
from matching.frames import Records
from matching.models import Decision, MatchPair, MatchRun
from mdm.bulk import as_array, copy_into, execute

_COLUMNS = (
    "left_id", "right_id", "match_weight", "left_version", "right_version", "levels", "weights",
    "found_by", "kept_apart_by", "state",
)  # fmt: skip

OF_THEIR_CLUSTERS = "identifier of their clusters differs"

_STILL_UNDECIDED = """
    UPDATE found f SET state = 'decided' FROM matching_decision d
    WHERE d.left_id = f.left_id AND d.right_id = f.right_id AND d.superseded_at IS NULL
      AND d.verdict = ANY(%s) AND d.evidence->'levels' = to_jsonb(f.levels)
      AND f.state = 'pending' AND d.domain = %s
"""

_AS_THEY_STOOD = """
    CREATE TEMP TABLE stood ON COMMIT DROP AS
    SELECT p.left_id, p.right_id, p.state, p.match_weight
    FROM matching_matchpair p JOIN found USING (left_id, right_id)
"""
_NOTE_CHANGES = """
    INSERT INTO matching_pairchange
        (run_id, left_id, right_id, before, after, weight_before, weight_after)
    SELECT %s, p.left_id, p.right_id, coalesce(s.state, ''), p.state, s.match_weight,
           p.match_weight
    FROM found JOIN matching_matchpair p USING (left_id, right_id)
    LEFT JOIN stood s USING (left_id, right_id)
    WHERE p.run_id = %s AND s.state IS DISTINCT FROM p.state
"""

State = MatchPair.State
_STATES = {
    Outcome.MERGE: State.AUTOMATIC,
    Outcome.REVIEW: State.PENDING,
    Outcome.VETO: State.VETOED,
    Outcome.APART: State.DECIDED,
    Outcome.REFUSED: State.PENDING,
}


def keep(
    run: MatchRun,
    records: Records,
    model: MatchModel,
    weights: Weights,
    result: MatchResult,
    changed_ids: Sequence[int],
) -> None:
    """Keep the pairs of a run. A pair known before is updated, unless a decision on it stands.

    *Unsure* and *needs information* stand until the records agree otherwise than when it was said.
    Pairs of changed records that nobody decided on, and that were not found again, are obsolete.
    """
    execute(
        "CREATE TEMP TABLE found (left_id bigint, right_id bigint, match_weight float8,"
        " left_version int, right_version int, levels smallint[], weights float8[],"
        " found_by text, kept_apart_by text, state text) ON COMMIT DROP"
    )
    copy_into("found", _COLUMNS, _rows(records, model, weights, result))
    undecided = [str(each) for each in Decision.Verdict.undecided()]
    if Decision.objects.live().filter(domain=run.domain, verdict__in=undecided).exists():
        execute(_STILL_UNDECIDED, [undecided, run.domain])
    earlier = MatchRun.objects.filter(domain=run.domain).exclude(pk=run.pk).exists()
    if earlier:
        execute(_AS_THEY_STOOD)
    execute(
        """
        INSERT INTO matching_matchpair AS p (left_id, right_id, domain, run_id, match_weight,
            left_version, right_version, levels, weights, found_by, kept_apart_by, state)
        SELECT left_id, right_id, %s, %s, match_weight, left_version, right_version, levels,
            weights, found_by, kept_apart_by, state FROM found
        ON CONFLICT (left_id, right_id) DO UPDATE SET run_id = excluded.run_id,
            match_weight = excluded.match_weight, left_version = excluded.left_version,
            right_version = excluded.right_version, levels = excluded.levels,
            weights = excluded.weights, found_by = excluded.found_by,
            kept_apart_by = excluded.kept_apart_by, state = excluded.state
        WHERE p.state <> 'decided' OR NOT EXISTS (SELECT FROM matching_decision d
            WHERE d.left_id = p.left_id AND d.right_id = p.right_id AND d.superseded_at IS NULL
            AND NOT (d.verdict = ANY(%s) AND p.levels <> excluded.levels))
        """,
        [run.domain, run.pk, undecided],
    )
    if earlier:
        execute(_NOTE_CHANGES, [run.pk, run.pk])
        execute("DROP TABLE stood")
        _retire(run, changed_ids)
    execute("DROP TABLE found")


def _retire(run: MatchRun, changed_ids: Sequence[int]) -> None:
    """Pairs of changed records, in a rematch all pairs, that were not found again are obsolete."""
    execute(
        """
        WITH gone AS (
            UPDATE matching_matchpair p SET state = 'obsolete', run_id = %s
            FROM (
                SELECT id, state FROM matching_matchpair
                WHERE state = ANY(%s) AND domain = %s AND run_id <> %s
                  AND (%s OR left_id = ANY(%s) OR right_id = ANY(%s))
                FOR NO KEY UPDATE
            ) stood WHERE p.id = stood.id
            RETURNING p.left_id, p.right_id, stood.state AS before, p.match_weight
        )
        INSERT INTO matching_pairchange
            (run_id, left_id, right_id, before, after, weight_before, weight_after)
        SELECT %s, left_id, right_id, before, 'obsolete', match_weight, match_weight FROM gone
        """,
        [
            run.pk,
            [State.PENDING, State.VETOED, State.AUTOMATIC],
            run.domain,
            run.pk,
            run.rematch,
            list(changed_ids),
            list(changed_ids),
            run.pk,
        ],
    )


def _rows(
    records: Records, model: MatchModel, weights: Weights, result: MatchResult
) -> Iterator[tuple[Any, ...]]:
    pairs, frame = result.pairs, records.frame
    levels, bits, rarity = Scorer(frame, model, weights).evidence(pairs.left, pairs.right)
    evidence = np.round(bits + rarity, 4)
    refused = {(each.left, each.right): each.reason for each in result.clusters.refusals}
    columns = zip(
        pairs.left.tolist(),
        pairs.right.tolist(),
        frame.record_ids[pairs.left].tolist(),
        frame.record_ids[pairs.right].tolist(),
        np.round(pairs.match_weight, 4).tolist(),
        records.versions[pairs.left].tolist(),
        records.versions[pairs.right].tolist(),
        levels.tolist(),
        evidence.tolist(),
        pairs.blocking.tolist(),
        pairs.veto.tolist(),
        result.outcomes.tolist(),
        strict=True,
    )
    for (
        left, right, left_id, right_id, weight, left_version, right_version, levels_of, bits_of,
        blocking, veto, outcome,
    ) in columns:  # fmt: skip
        settled = "kept apart by decision" if outcome == Outcome.APART else ""
        kept_apart_by = refused.get((left, right), settled)
        if outcome == Outcome.VETO:
            kept_apart_by = OF_THEIR_CLUSTERS
            if veto != NO_VETO:
                kept_apart_by = f"{model.identifiers[veto].name} differs"
        yield (
            left_id, right_id, weight, left_version, right_version,
            as_array(levels_of), as_array(bits_of),
            model.passes[blocking].name, kept_apart_by, _STATES[Outcome(outcome)],
        )  # fmt: skip
