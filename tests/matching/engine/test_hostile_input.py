"""Input made to break the engine: bounded memory and work, a correct result or clear words."""

import tracemalloc

import numpy as np
import pytest

from matching.domains import MODELS
from matching.engine.frame import Frame
from matching.engine.match import match
from matching.engine.train import train
from tests.matching.engine.invented import frame_of, small_model

MANY = 10_000
MEBIBYTE = 2**20


def bounded_match(model, columns, mebibytes=400):
    """Runs a match; fails when it compares more pairs or takes more memory than such a feed may."""
    records = len(next(iter(columns.values())))
    tracemalloc.start()
    result = match(Frame.of(model, columns, np.arange(records)), model)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    most = records * max(model.window, model.block_limit // 2) * len(model.passes)
    assert sum(report.pairs for report in result.passes) <= most
    assert peak < mebibytes * MEBIBYTE
    return result


@pytest.mark.parametrize("domain", MODELS)
def test_nothing_but_missing_values_matches_nothing(domain: str):
    model = MODELS[domain]

    result = bounded_match(model, {path: [None] * MANY for path in model.paths})

    assert len(result.pairs) == 0


@pytest.mark.parametrize("domain", MODELS)
def test_one_value_everywhere_is_bounded(domain: str):
    model = MODELS[domain]
    columns = {path: ["same"] * MANY for path in model.paths}
    columns[model.paths[0]] = [f"name{number}" for number in range(MANY)]

    result = bounded_match(model, columns)

    assert len(result.pairs) <= MANY * model.window * len(model.passes)


def test_ten_thousand_identical_records_are_bounded_and_reported():
    model = MODELS["contact"]
    record = {
        "given_name": "Ann",
        "family_name": "Featherstonehaugh",
        "emails[0]": "ann@firm.com",
        "address.postcode": "SW1A 1AA",
    }

    result = bounded_match(model, {path: [value] * MANY for path, value in record.items()})

    (same_email,) = (report for report in result.passes if report.name == "same e-mail")
    assert (same_email.oversized, same_email.records_in_oversized) == (1, MANY)
    assert len(result.pairs) <= MANY * model.window


def test_twenty_identical_records_become_one_cluster():
    model = MODELS["contact"]
    record = {"given_name": "Ann", "family_name": "Featherstonehaugh", "emails[0]": "ann@firm.com"}
    crowd = {
        "given_name": [f"Given{number}" for number in range(3000)],
        "family_name": [f"Family{number}" for number in range(3000)],
        "emails[0]": [f"person{number}@firm.com" for number in range(3000)],
    }

    result = bounded_match(
        model, {path: [value] * 20 + crowd[path] for path, value in record.items()}
    )

    assert result.clusters.members() == {0: list(range(20))}


NASTY = [
    "\x00\x01\x02",
    "\u202eright to left",
    "مرحبا بالعالم",
    "山田太郎",
    "Ἀθῆναι Œuvre ßtraße",
    "👩‍👩‍👧‍👦",
    "\ud7ff",
    " \t\n ",
    "'; DROP TABLE --",
    "é" * 50,
    "-" * 50,
    "0" * 50,
]


@pytest.mark.parametrize("domain", MODELS)
def test_control_characters_and_mixed_scripts_are_only_text(domain: str):
    model = MODELS[domain]
    random = np.random.default_rng(5)
    columns = {
        path: [NASTY[number] for number in random.integers(0, len(NASTY), 400)]
        for path in model.paths
    }

    once, again = (bounded_match(model, columns) for _ in range(2))

    assert once.pairs.match_weight.tobytes() == again.pairs.match_weight.tobytes()
    assert np.isfinite(once.pairs.match_weight).all()


@pytest.mark.parametrize("domain", MODELS)
def test_a_very_long_text_is_compared_like_any_other(domain: str):
    model = MODELS[domain]
    long = "word " * 200_000  # a megabyte

    bounded_match(model, {path: [long, long + "more", "short"] for path in model.paths})


def test_a_column_of_one_value_can_be_trained_on():
    model = small_model()
    frame = frame_of(model, given=["ann"] * 2000, family=["lee"] * 2000, town=["oslo"] * 2000)

    weights = train(frame, model, np.random.default_rng(0))

    assert np.isfinite(weights.prior)


def test_a_column_with_nothing_in_it_can_be_trained_on():
    model = small_model()
    frame = frame_of(model, given=[None] * 2000)

    weights = train(frame, model, np.random.default_rng(0))

    assert np.isfinite(weights.prior)
