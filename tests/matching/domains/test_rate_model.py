"""Rates: one price in two systems, and prices that only look alike."""

import numpy as np
import pytest

from matching.domains import MODELS
from matching.engine.frame import Frame
from matching.engine.train import FEWEST_RECORDS, train
from matching.engine.weights import Weights
from tests.matching.domains.two_records import outcome

RATE = {
    "scope": "client",
    "client": "golden-1",
    "labour_category": "Senior Consultant",
    "level": "3",
    "unit": "Hour",
    "currency": "EUR",
    "start_date": "2024-01-01",
    "end_date": "2024-12-31",
    "amount": "180.00",
}

CASES = [
    ({}, "merge"),
    ({"amount": "180"}, "merge"),
    ({"labour_category": "Senior consultant"}, "merge"),
    ({"end_date": None}, "merge"),
    ({"amount": "195.00"}, "review"),
    ({"amount": "195.00", "start_date": "2025-01-01", "end_date": "2025-12-31"}, "no match"),
    ({"start_date": "2025-01-01", "end_date": "2025-12-31"}, "no match"),
    ({"client": "golden-2"}, "no match"),
    ({"level": "4"}, "no match"),
    ({"currency": "USD"}, "no match"),
    ({"unit": "Day"}, "no match"),
    ({"labour_category": "Junior Consultant"}, "no match"),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_two_rates(changes, expected):
    assert outcome("rate", RATE, RATE | changes) == expected
    assert outcome("rate", RATE | changes, RATE) == expected


def test_rates_that_differ_only_in_price_and_have_no_period_are_not_proposed():
    bare = RATE | {"start_date": None, "end_date": None}

    assert outcome("rate", bare, bare | {"amount": "195.00"}) == "no match"


def test_what_a_rate_is_defined_by_is_not_learned_from_rates_that_look_alike():
    model, count = MODELS["rate"], 2 * FEWEST_RECORDS
    columns = {path: [RATE.get(path)] * count for path in model.paths}
    columns["amount"] = [str(100 + number % 7) for number in range(count)]
    frame = Frame.of(model, columns, np.arange(count))

    assert train(frame, model, np.random.default_rng(0)) == Weights.of(model)
