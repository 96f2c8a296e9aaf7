"""Training from decisions: m comes from what stewards decided, the rest from the records."""

import numpy as np
import pytest

from matching.engine.decided import ENOUGH_DECISIONS, TooFewDecisionsError, train_from_decisions
from matching.engine.train import train
from matching.engine.weights import Weights
from tests.matching.engine.invented import frame_of, people_and_truth, small_model


def twins(truth: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of rows that are one person."""
    order = np.argsort(truth, kind="stable")
    left, right = np.sort([order[:-1], order[1:]], axis=0)
    same = np.array(truth)[left] == np.array(truth)[right]
    return left[same], right[same]


def test_m_is_how_often_pairs_decided_to_be_one_thing_agree():
    model = small_model()
    random = np.random.default_rng(1)
    known = {"given": 0.7, "family": 0.9, "town": 0.3}
    columns = {path: twice(random.random(3000) < share) for path, share in known.items()}
    first = np.arange(3000)

    weights = train_from_decisions(
        frame_of(model, **columns), model, first, first + 3000, np.random.default_rng(0)
    )

    for path, share in known.items():
        assert weights.m[path][0] == pytest.approx(share, abs=0.05)
    assert weights.decisions == 3000


def twice(agree: np.ndarray) -> list[str]:
    """A value for each of many things, and once more, another one where they do not agree."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    once = [letters[n % 26] * 4 + letters[n // 26 % 26] * 3 + str(n) for n in range(len(agree))]
    again = [
        name if same else f"other {name[::-1]}" for name, same in zip(once, agree, strict=True)
    ]
    return [*once, *again]


def test_the_rest_is_learned_without_decisions():
    model = small_model()
    columns, truth = people_and_truth(3000)
    left, right = twins(truth)
    frame = frame_of(model, **columns)

    weights = train_from_decisions(frame, model, left, right, np.random.default_rng(0))

    learned = train(frame, model, np.random.default_rng(0))
    assert (weights.u, weights.prior, weights.chance) == (learned.u, learned.prior, learned.chance)


def test_few_records_and_many_decisions_are_learned_from_too():
    model = small_model()
    frame = frame_of(model, given=["ann", "anna"], family=["lee", "lee"], town=["oslo", "rome"])
    left, right = np.zeros(2000, np.int64), np.ones(2000, np.int64)

    weights = train_from_decisions(frame, model, left, right, np.random.default_rng(0))

    assert weights.u == Weights.of(model).u
    assert weights.m["given"][1] == pytest.approx(0.92, abs=0.01)
    assert weights.m["family"][0] > 0.97
    assert weights.m["town"][0] < 0.1


def test_too_few_decisions_are_refused_in_words():
    model = small_model()
    few = np.arange(ENOUGH_DECISIONS - 1)

    with pytest.raises(TooFewDecisionsError, match="299 pairs"):
        train_from_decisions(
            frame_of(model, given=["ann"]), model, few, few, np.random.default_rng(0)
        )


def test_a_decision_outweighs_what_is_expected_the_more_there_are():
    model = small_model()
    frame = frame_of(model, given=["ann", "ann"], family=["lee", "kim"])

    def said(decisions: int) -> float:
        left, right = np.zeros(decisions, np.int64), np.ones(decisions, np.int64)
        weights = train_from_decisions(frame, model, left, right, np.random.default_rng(0))
        return weights.m["family"][-1]

    assert Weights.of(model).m["family"][-1] < said(300) < said(3000) < 1
