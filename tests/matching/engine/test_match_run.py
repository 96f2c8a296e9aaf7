"""A run from frame to clusters: deterministic, incremental, respectful of what is settled."""

import numpy as np
import pytest

from matching.engine.constraints import Constraints
from matching.engine.match import Outcome, find_pairs, match
from matching.engine.score import ScoredPairs
from matching.engine.weights import Weights
from tests.matching.engine.invented import frame_of, people, small_model


def listed(pairs: ScoredPairs) -> list[tuple]:
    return list(
        zip(
            pairs.left.tolist(),
            pairs.right.tolist(),
            pairs.match_weight.tolist(),
            map(tuple, pairs.levels.tolist()),
            pairs.veto.tolist(),
            pairs.blocking.tolist(),
            strict=True,
        )
    )


def test_two_runs_are_identical():
    model = small_model()
    columns = people(500)

    one, other = (match(frame_of(model, **columns), model) for _ in range(2))

    assert listed(one.pairs) == listed(other.pairs)
    assert one.outcomes.tobytes() == other.outcomes.tobytes()
    assert one.clusters.of_row.tobytes() == other.clusters.of_row.tobytes()
    assert one.clusters.refusals == other.clusters.refusals


@pytest.mark.parametrize("seed", range(4))
def test_a_run_over_changed_rows_finds_what_a_full_run_finds_for_them(seed: int):
    model = small_model(block_limit=8, window=2)
    frame = frame_of(model, **people(400, seed))
    changed = np.random.default_rng(seed).random(400) < 0.05

    full = find_pairs(frame, model, Weights.of(model))
    part = find_pairs(frame, model, Weights.of(model), changed=changed)

    assert listed(part) == listed(full.where(changed[full.left] | changed[full.right]))


def test_only_pairs_worth_keeping_are_kept():
    model = small_model()
    pairs = find_pairs(frame_of(model, **people(400)), model, Weights.of(model), keep_at=2.5)

    assert pairs.match_weight.min() >= 2.5


def outcome_of(result, left: int, right: int) -> Outcome:
    (at,) = np.flatnonzero((result.pairs.left == left) & (result.pairs.right == right))
    return Outcome(int(result.outcomes[at]))


SAME = {"given": ["Ann"] * 3, "family": ["Leesonby"] * 3, "town": ["Oslo"] * 3}


def test_strong_pairs_merge():
    model = small_model()

    result = match(frame_of(model, **SAME), model)

    assert result.clusters.members() == {0: [0, 1, 2]}
    assert outcome_of(result, 0, 2) is Outcome.MERGE


def test_different_numbers_are_a_veto_for_the_pair_and_for_its_clusters():
    model = small_model()
    frame = frame_of(model, **SAME, number=["1", "2", None], country=["x"] * 3)

    result = match(frame, model)

    assert outcome_of(result, 0, 1) is Outcome.VETO
    assert result.clusters.members() == {0: [0, 2]}
    assert outcome_of(result, 1, 2) is Outcome.VETO


def test_what_one_decision_keeps_apart_is_proposed_to_nobody():
    model = small_model()
    constraints = Constraints.of(3, apart=[(0, 1)])

    result = match(frame_of(model, **SAME), model, constraints=constraints)

    assert result.clusters.members() == {0: [0, 2]}
    assert outcome_of(result, 0, 1) is Outcome.APART
    assert outcome_of(result, 1, 2) is Outcome.APART


def test_weaker_pairs_are_for_review():
    model = small_model()
    frame = frame_of(model, given=["Ann", "Ann"], family=["Leesonby"] * 2, town=["Oslo", "Rome"])

    result = match(frame, model)

    assert len(result.having(Outcome.REVIEW)) == 1
    assert result.clusters.members() == {}


def test_shared_identifiers_that_were_set_aside_are_reported():
    model = small_model()
    frame = frame_of(model, number=["999"] * 51, country=["x"] * 51)

    (shared,) = match(frame, model).shared_identifiers

    assert (shared.identifier, shared.records) == ("number", 51)


def test_an_empty_frame_gives_an_empty_result():
    model = small_model()

    result = match(frame_of(model, given=[]), model)

    assert len(result.pairs) == 0
    assert result.clusters.members() == {}


def test_the_passes_are_reported():
    model = small_model()

    reports = match(frame_of(model, **people(100)), model).passes

    assert [report.name for report in reports] == [blocking.name for blocking in model.passes]
