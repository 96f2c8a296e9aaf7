"""The exported settings, run in Splink 5 on DuckDB, give our pairs and our match weights."""

import json
from dataclasses import replace

import numpy as np
import pytest

from matching.domains import MODELS
from matching.engine.match import find_pairs
from matching.engine.splink_import import model_of_splink
from matching.engine.splink_settings import (
    functions_needed,
    splink_settings,
    splink_table,
    without_own_measures,
)
from matching.engine.splink_sql import register_measures
from matching.engine.train import train
from matching.engine.weights import Weights
from tests.matching.engine.benchmark_records import generated_frame

duckdb = pytest.importorskip("duckdb")
splink = pytest.importorskip("splink")

RECORDS = 3_000
BITS = 0.01
EVERYTHING = -1e9  # bits: every pair that a pass finds is kept


def linker(model, weights, frame, *, own_measures=True):
    connection = duckdb.connect()
    if own_measures:
        register_measures(connection)
    backend = splink.DuckDBAPI(connection=connection)
    table = backend.register(splink_table(frame, model, weights))
    return splink.Linker(table, json.loads(json.dumps(splink_settings(model, weights, len(frame)))))


def theirs(model, weights, frame, *, own_measures=True):
    """(left row, right row) → match weight in bits, as Splink predicts it."""
    predicted = linker(model, weights, frame, own_measures=own_measures).inference.predict()
    table = predicted.as_pandas_dataframe()
    ends = zip(table["unique_id_l"].tolist(), table["unique_id_r"].tolist(), strict=True)
    pairs = ((min(pair), max(pair)) for pair in ends)
    return dict(zip(pairs, table["match_weight"].tolist(), strict=True))


def ours(model, weights, frame):
    found = find_pairs(frame, model, weights, keep_at=EVERYTHING)
    pairs = zip(found.left.tolist(), found.right.tolist(), strict=True)
    return dict(zip(pairs, found.match_weight.tolist(), strict=True))


def uncapped(domain):
    """A shipped model as Splink runs it: every pair of a block is compared, however large."""
    return replace(MODELS[domain], block_limit=10**6)


def without_frequencies(model):
    comparisons = tuple(
        replace(each, levels=tuple(replace(level, frequency_of=None) for level in each.levels))
        for each in model.comparisons
    )
    return replace(model, comparisons=comparisons)


def values_of(frame, column, row):
    return set(frame.values(column, row))


@pytest.mark.parametrize("domain", ["client", "contact"])
def test_splink_finds_the_same_pairs_and_weighs_them_alike(domain):
    model = without_frequencies(uncapped(domain))
    frame, _ = generated_frame(model, RECORDS)
    weights = train(frame, model, np.random.default_rng(1))

    found, mine = theirs(model, weights, frame), ours(model, weights, frame)

    assert len(mine) > 2_000
    assert found.keys() == mine.keys()
    assert max(abs(found[pair] - mine[pair]) for pair in mine) < BITS


@pytest.mark.parametrize("domain", ["client", "contact"])
def test_without_our_measures_the_levels_that_are_left_weigh_alike(domain):
    model, weights = without_own_measures(uncapped(domain), Weights.of(MODELS[domain]))
    model = without_frequencies(model)
    frame, _ = generated_frame(model, RECORDS)

    found = theirs(model, weights, frame, own_measures=False)

    mine = ours(model, weights, frame)
    assert not functions_needed(model)
    assert found.keys() == mine.keys()
    assert max(abs(found[pair] - mine[pair]) for pair in mine) < BITS


def test_rarity_is_the_same_where_one_of_two_records_holds_no_second_value():
    """Splink knows how frequent a record's value is, not which of several values is shared.

    Where both records hold two phone numbers and share the commoner one, it takes the rarer one.
    """
    model = uncapped("contact")
    weights = Weights.of(model)
    frame, _ = generated_frame(model, RECORDS)

    found, mine = theirs(model, weights, frame), ours(model, weights, frame)

    unlike = [pair for pair in mine if abs(found[pair] - mine[pair]) > BITS]
    assert found.keys() == mine.keys()
    assert 0 < len(unlike) < 0.02 * len(mine)
    for left, right in unlike:
        assert found[left, right] > mine[left, right]
        assert len(values_of(frame, "phone", left)) == len(values_of(frame, "phone", right)) == 2
        assert values_of(frame, "phone", left) & values_of(frame, "phone", right)


def test_clients_whose_names_are_counted_weigh_alike():
    model = uncapped("client")
    weights = Weights.of(model)
    frame, _ = generated_frame(model, RECORDS)

    found, mine = theirs(model, weights, frame), ours(model, weights, frame)

    assert max(abs(found[pair] - mine[pair]) for pair in mine) < BITS


def test_what_splink_saves_of_our_model_is_our_model_again():
    model = uncapped("contact")
    frame, _ = generated_frame(model, 500)
    weights = train(frame, model, np.random.default_rng(1))

    saved = linker(model, weights, frame).misc.save_model_to_json()
    again, learned = model_of_splink(saved, like=model, records=len(frame))

    assert again.passes == model.passes
    assert [each.name for each in again.comparisons] == [each.name for each in model.comparisons]
    assert (learned.m, learned.u) == (weights.m, weights.u)
    assert learned.prior == pytest.approx(weights.prior_among(len(frame)))
    assert ours(again, learned, frame).keys() == ours(model, weights, frame).keys()
