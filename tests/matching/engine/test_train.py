"""Training without labels, checked against truth and against recordlinkage's ECM."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import recordlinkage

from matching.engine.match import find_pairs
from matching.engine.model import Comparison, Level, equal
from matching.engine.train import train
from matching.engine.weights import Weights
from tests.matching.engine.invented import frame_of, people, people_and_truth, small_model


def test_few_records_keep_the_weights_that_the_model_ships_with():
    model = small_model()

    weights = train(frame_of(model, **people(100)), model, np.random.default_rng(0))

    assert weights == Weights.of(model)


def test_training_is_the_same_every_time():
    model = small_model()
    frame = frame_of(model, **people(2000))

    once = train(frame, model, np.random.default_rng(3))

    assert once == train(frame, model, np.random.default_rng(3))
    assert once.trained_on == 2000


def test_shares_add_up_to_one_and_none_is_zero():
    model = small_model()
    weights = train(frame_of(model, **people(2000)), model, np.random.default_rng(0))

    for side in (weights.m, weights.u):
        for shares in side.values():
            assert sum(shares) == pytest.approx(1.0)
            assert min(shares) > 0


def test_u_is_near_the_share_of_equal_values_among_random_pairs():
    model = small_model()
    columns = people(3000)
    weights = train(frame_of(model, **columns), model, np.random.default_rng(0))

    share = pd.Series(columns["given"]).value_counts(normalize=True)

    assert weights.u["given"][0] == pytest.approx((share**2).sum(), rel=0.1)


def test_what_is_learned_does_not_depend_on_the_order_of_the_passes():
    model = small_model()
    backwards = replace(model, passes=model.passes[::-1])
    columns, truth = people_and_truth(3000)
    family = np.array(columns["family"])
    twins = [np.flatnonzero(np.array(truth) == thing) for thing in set(truth)]
    same = [family[rows[0]] == family[row] for rows in twins for row in rows[1:]]

    once = train(frame_of(model, **columns), model, np.random.default_rng(0))
    again = train(frame_of(model, **columns), backwards, np.random.default_rng(0))

    assert again.prior == pytest.approx(once.prior, abs=0.1)
    assert again.m["family"] == pytest.approx(once.m["family"], rel=0.05)
    assert once.m["family"][0] == pytest.approx(np.mean(same), abs=0.1)


def test_an_independent_em_finds_no_more_among_the_same_pairs():
    given, family, _ = small_model().comparisons
    town = Comparison("town", (Level("same", (equal("town"),), 0.8, 0.005),))
    model = small_model(comparisons=(given, family, town))
    columns, truth = people_and_truth(3000)
    frame = frame_of(model, **columns)
    scored = find_pairs(
        frame, model, train(frame, model, np.random.default_rng(0)), keep_at=-np.inf
    )
    right = np.array(truth)[scored.left] == np.array(truth)[scored.right]

    found = scored.match_weight >= 0
    ecm = matches_by_ecm(columns, scored.left, scored.right)

    assert f1(found, right) > 0.9
    assert f1(found, right) >= f1(ecm, right) - 0.01


def test_records_with_different_identifiers_are_learned_from_as_no_matches():
    comparisons = (*small_model().comparisons, Comparison("number", (_NUMBER,)))
    model = small_model(comparisons=comparisons)
    columns, truth = people_and_truth(3000)
    number = [str(person) for person in truth]
    frame = frame_of(model, **columns, number=number, country=["x"] * 3000)

    weights = train(frame, model, np.random.default_rng(0))

    assert weights.m["number"][0] > 0.9


_NUMBER = Level("same", (equal("number"),), 0.5, 1e-4)


def matches_by_ecm(columns, left, right):
    """Which pairs recordlinkage's classifier, trained on these pairs, takes for matches."""
    pairs = pd.MultiIndex.from_arrays([left, right])
    table = {name: np.array(columns[name], object) for name in ("given", "family", "town")}
    equal = {name: (column[left] == column[right]).astype(int) for name, column in table.items()}
    features = pd.DataFrame(equal, index=pairs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pairs.isin(recordlinkage.ECMClassifier(binarize=0.5).fit_predict(features))


def f1(found, right) -> float:
    return float(2 * (found & right).sum() / (found.sum() + right.sum()))
