"""Scores: evidence adds up in bits, rare values count more, pruning changes nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.blocking import Blocking, Pairs
from matching.engine.frequencies import adjustments
from matching.engine.match import find_pairs
from matching.engine.score import Scorer
from matching.engine.weights import REFERENCE_RECORDS, Weights, WeightsError
from tests.matching.engine.invented import frame_of, people, small_model


def weigh(model, left: dict, right: dict) -> float:
    frame = frame_of(model, **{path: [left.get(path), right.get(path)] for path in {*left, *right}})
    pairs = Pairs(np.array([0]), np.array([1]), 0)
    return float(Scorer(frame, model, Weights.of(model)).score(pairs, -99).match_weight[0])


def test_a_weight_is_the_prior_and_the_bits_of_the_levels():
    model = small_model()
    given, family, _ = model.comparisons

    weight = weigh(
        model,
        {"given": "ann", "family": "lee", "town": "oslo"},
        {"given": "ann", "family": "kim"},
    )

    different = np.log2(family.m[-1] / family.u[-1])
    assert weight == pytest.approx(model.prior + given.levels[0].bits + different, abs=1e-3)


def test_nothing_to_compare_says_nothing():
    model = small_model()

    assert weigh(model, {"given": "ann"}, {"family": "lee"}) == model.prior


def test_the_more_records_the_less_likely_are_two_of_them_one_thing():
    weights = Weights.of(small_model())

    assert weights.prior_among(10) == weights.prior_among(REFERENCE_RECORDS) == weights.prior
    assert weights.prior_among(4 * REFERENCE_RECORDS) == pytest.approx(weights.prior - 2)


def test_a_rare_value_is_stronger_evidence_than_a_common_one():
    model = small_model()
    frame = frame_of(model, family=["smith"] * 5000 + ["featherstonehaugh"] * 2)
    column = frame.columns["family"]

    bits = adjustments(column, 0.02, model.copies)

    common, rare = column.values.to_pylist().index("smith"), -1
    assert bits[common] < -3 < 0 < bits[rare]


def test_in_a_small_feed_frequencies_say_nearly_nothing():
    frame = frame_of(small_model(), family=["smith", "smith", "lee"])

    assert np.abs(adjustments(frame.columns["family"], 0.02, 8)).max() < 0.01


@pytest.mark.parametrize("keep_at", [-20.0, -2.0, 0.0, 4.0, 9.0])
def test_pruning_loses_no_pair_and_changes_no_weight(keep_at: float):
    model = small_model()
    frame = frame_of(model, **people(400))
    for chunk in Blocking.of(frame, model).pairs():
        pruned = Scorer(frame, model, Weights.of(model)).score(chunk, keep_at)
        full = Scorer(frame, model, Weights.of(model), prune=False).score(chunk, keep_at)
        assert pruned.left.tolist() == full.left.tolist()
        assert pruned.match_weight.tolist() == full.match_weight.tolist()
        assert pruned.levels.tolist() == full.levels.tolist()


accented = st.text("aáàbßcøΩя ", min_size=1, max_size=6)


@settings(max_examples=40)
@given(st.lists(accented, min_size=2, max_size=8), st.floats(-8, 6))
def test_pruning_is_exact_for_accents_and_other_scripts(names, keep_at):
    model = small_model()
    frame = frame_of(model, family=names, given=names[::-1])
    left, right = np.triu_indices(len(names), 1)
    pairs = Pairs(left.astype(np.int64), right.astype(np.int64), 0)

    pruned = Scorer(frame, model, Weights.of(model)).score(pairs, keep_at)
    full = Scorer(frame, model, Weights.of(model), prune=False).score(pairs, keep_at)

    assert pruned.left.tolist() == full.left.tolist()
    assert pruned.match_weight.tolist() == full.match_weight.tolist()


def test_a_weight_does_not_depend_on_the_order_of_the_records():
    model = small_model()
    columns = people(200)
    frame = frame_of(model, **columns)
    turned = frame_of(model, **{path: values[::-1] for path, values in columns.items()})

    pairs = find_pairs(frame, model, Weights.of(model))
    again = find_pairs(turned, model, Weights.of(model))

    last = len(frame) - 1
    mirrored = {
        (last - right, last - left): weight
        for left, right, weight in zip(
            again.left.tolist(), again.right.tolist(), again.match_weight.tolist(), strict=True
        )
    }
    straight = dict(
        zip(
            zip(pairs.left.tolist(), pairs.right.tolist(), strict=True),
            pairs.match_weight.tolist(),
            strict=True,
        )
    )
    assert straight == mirrored


def test_weights_of_another_model_are_refused():
    model = small_model()
    frame = frame_of(model, given=["ann"])

    with pytest.raises(WeightsError, match="do not fit"):
        Scorer(frame, small_model(version=2), Weights.of(model))


def test_weights_survive_storage():
    weights = Weights.of(small_model())

    assert Weights.from_dict(weights.to_dict()) == weights
