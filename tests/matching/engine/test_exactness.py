"""Pruning, chunks, masks and look-up tables make a run quicker; they change nothing that it says.

Checked on the shipped models and an invented one, against comparing every pair in full and
against scores worked out pair by pair, straight from the definition of a level.
"""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matching.domains import MODELS
from matching.engine.blocking import Blocking, Pairs
from matching.engine.frame import Frame
from matching.engine.match import find_pairs
from matching.engine.model import (
    Comparison,
    Level,
    MatchModel,
    absent,
    equal,
    similar,
)
from matching.engine.pairwise import PairScorer
from matching.engine.score import ScoredPairs, Scorer
from matching.engine.weights import Weights
from tests.matching.engine.invented import counted_in, forms_in, small_model
from tests.matching.engine.strange_values import frames, weights

NAMES_TOGETHER = Comparison(
    "names",
    (
        Level("same", (equal("given"), equal("family")), 0.4, 1e-3, "family"),
        Level("alike", (equal("given"), similar("family", "indel", 0.5)), 0.2, 0.01, "given"),
        Level("no given", (absent("given"), similar("family", "indel", 0.8)), 0.1, 0.02),
        Level("town alike", (equal("family"), similar("town", "indel", 0.6)), 0.1, 0.1),
    ),
)
INVENTED = small_model(comparisons=(NAMES_TOGETHER, *small_model().comparisons))
every_model = pytest.mark.parametrize(
    "model", [INVENTED, *MODELS.values()], ids=lambda model: model.domain
)
a_few = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def every_pair(frame: Frame) -> Pairs:
    left, right = np.triu_indices(len(frame), 1)
    return Pairs(left.astype(np.int64), right.astype(np.int64), 0)


def listed(pairs: ScoredPairs) -> list[tuple]:
    arrays = (pairs.left, pairs.right, pairs.match_weight, pairs.levels, pairs.veto, pairs.blocking)
    return list(zip(*(array.tolist() for array in arrays), strict=True))


@every_model
@a_few
@given(data=st.data())
def test_pruning_keeps_the_same_pairs_with_the_same_weights(model: MatchModel, data):
    frame = data.draw(frames(model, most=6))
    known = data.draw(weights(model))
    in_full = Scorer(frame, model, known, prune=False).score(every_pair(frame), -np.inf)
    scorer = Scorer(frame, model, known)

    borders = set(in_full.match_weight.tolist())  # the hardest: just what a pair weighs
    for keep_at in (*borders, data.draw(st.floats(-40, 40))):
        pruned = scorer.score(every_pair(frame), keep_at)
        assert listed(pruned) == listed(in_full.where(in_full.match_weight >= keep_at))


@every_model
@a_few
@given(data=st.data())
def test_a_score_is_what_the_definition_of_its_levels_says(model: MatchModel, data):
    frame = data.draw(frames(model, most=4))
    known = data.draw(weights(model))

    scored = Scorer(frame, model, known).score(every_pair(frame), -np.inf)

    pair_scorer, counted = PairScorer(model, known), counted_in(frame)
    records = [pair_scorer.read(forms_in(frame, row)) for row in range(len(frame))]
    for pair, (left, right) in enumerate(zip(scored.left, scored.right, strict=True)):
        agreement = pair_scorer.agreement(records[left], records[right])
        bits = pair_scorer.bits(agreement, counted)
        assert scored.levels[pair].tolist() == list(agreement.levels)
        weight = pair_scorer.match_weight(bits, counted)
        assert scored.match_weight[pair] == pytest.approx(weight, abs=1e-9)
        assert scored.veto[pair] == pair_scorer.veto(agreement, counted)


@every_model
@a_few
@given(data=st.data())
def test_pairs_are_the_same_however_the_work_is_cut(model: MatchModel, data):
    limits = {"block_limit": data.draw(st.integers(2, 5)), "window": data.draw(st.integers(1, 3))}
    model = replace(model, **limits)
    frame = data.draw(frames(model, most=12))
    blocking = Blocking.of(frame, model)
    scorer = Scorer(frame, model, Weights.of(model))

    def cut(chunk: int) -> list[tuple]:
        parts = [scorer.score(pairs, -12.0) for pairs in blocking.pairs(chunk=chunk)]
        return sorted(listed(ScoredPairs.joined(parts, len(model.comparisons))))

    whole = cut(65_536)
    assert cut(1) == cut(data.draw(st.integers(2, 9))) == whole
    assert len({(left, right) for left, right, *_ in whole}) == len(whole)


@every_model
@a_few
@given(data=st.data())
def test_a_run_over_changed_rows_finds_the_pairs_of_the_full_run_that_touch_them(
    model: MatchModel, data
):
    limits = {"block_limit": data.draw(st.integers(2, 5)), "window": data.draw(st.integers(1, 3))}
    model = replace(model, **limits)
    frame = data.draw(frames(model, most=12))
    some = st.lists(st.booleans(), min_size=len(frame), max_size=len(frame))
    changed = np.array(data.draw(some), np.bool_)
    known, keep_at = data.draw(weights(model)), data.draw(st.floats(-40, 20))

    full = find_pairs(frame, model, known, keep_at=keep_at)
    part = find_pairs(frame, model, known, changed=changed, keep_at=keep_at)

    assert listed(part) == listed(full.where(changed[full.left] | changed[full.right]))
