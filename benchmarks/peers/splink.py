"""Splink 5 on DuckDB: a table, settings and how to train; out come scored pairs and clusters."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import splink

from benchmarks.peers.measuring import Stopwatch
from benchmarks.peers.sides import Predicted, Training
from matching.engine.model import MatchModel
from matching.engine.splink_settings import KEY, splink_settings
from matching.engine.splink_sql import identifier
from matching.engine.weights import Weights

Settings = dict[str, Any]

THREADS = 2
RANDOM_PAIRS = 1e6


def settings_of(model: MatchModel, records: int) -> Settings:
    """A model of ours as a user of Splink writes it: same levels, start values and rules.

    Splink counts frequencies itself, in the columns that the levels of the model name, and keeps
    no more columns than it needs.
    """
    settings: Settings = json.loads(json.dumps(splink_settings(model, Weights.of(model), records)))
    settings["retain_intermediate_calculation_columns"] = False
    for comparison, written in zip(model.comparisons, settings["comparisons"], strict=True):
        levels = written["comparison_levels"][1:-1]  # between "missing" and "different"
        for level, said in zip(comparison.levels, levels, strict=True):
            if level.frequency_of:
                said["tf_adjustment_column"] = identifier(level.frequency_of)
                del said["tf_minimum_u_value"], said["disable_tf_exact_match_detection"]
    return settings


def run_splink(
    parquet: Path,
    columns: Sequence[str],
    settings: Settings,
    training: Training,
    watch: Stopwatch,
    *,
    keep_at: float = 0.1,
    cluster_at: float = 0.95,
    seed: int = 1,
) -> Predicted:
    """Load, train, predict pairs of a probability of at least `keep_at`, cluster at `cluster_at`.

    `columns` of the file are loaded, and its rows numbered from 0. Reading the result out of
    DuckDB is not part of the time.
    """
    connection = duckdb.connect(config={"threads": THREADS})
    backend = splink.DuckDBAPI(connection=connection)
    with watch.stage("load"):
        listed = ", ".join(f'"{name}"' for name in columns)
        connection.execute(
            f'CREATE TABLE input AS SELECT file_row_number AS "{KEY}", {listed}'
            f" FROM read_parquet('{parquet}', file_row_number = true)"
        )
        table = backend.register("input", dataset_display_name="records")
        linker = splink.Linker(table, settings, log_level=logging.ERROR)
    watch.input_is_loaded()
    with watch.stage("train"):
        _train(linker, training, seed)
    with watch.stage("predict"):
        pairs = linker.inference.predict(threshold_match_probability=keep_at, warning_mode="never")
    with watch.stage("cluster"):
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(
            pairs, threshold_match_probability=cluster_at
        )
    watch.is_done()
    return _read(connection, pairs.physical_name, clusters.physical_name)


def _train(linker: splink.Linker, training: Training, seed: int) -> None:
    linker.training.estimate_probability_two_random_records_match(
        list(training.sure), recall=training.recall
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed)
    for rule in training.sessions:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)


def _read(connection: duckdb.DuckDBPyConnection, pairs: str, clusters: str) -> Predicted:
    scored = connection.execute(
        f"SELECT {KEY}_l AS one, {KEY}_r AS other, match_weight FROM {pairs}"
    ).fetchnumpy()
    grouped = connection.execute(
        f"SELECT {KEY} AS row, dense_rank() OVER (ORDER BY cluster_id) AS cluster FROM {clusters}"
        " ORDER BY row"
    ).fetchnumpy()
    return Predicted(scored["one"], scored["other"], scored["match_weight"], grouped["cluster"])
