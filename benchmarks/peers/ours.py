"""Our engine over the same file: a frame, trained weights, scored pairs and clusters."""

from pathlib import Path

import numpy as np
import pandas as pd  # noqa: F401 - as Splink does; else Arrow would within the time measured
import pyarrow.parquet as pq

from benchmarks.peers.measuring import Stopwatch
from benchmarks.peers.sides import Predicted
from matching.engine.blocking import Blocking
from matching.engine.clusters import find_clusters
from matching.engine.constraints import Constraints
from matching.engine.frame import Frame
from matching.engine.identifiers import held_identifiers
from matching.engine.match import find_pairs
from matching.engine.model import MatchModel
from matching.engine.train import train

PROCESSES = 2


def run_ours(parquet: Path, model: MatchModel, watch: Stopwatch, *, seed: int = 1) -> Predicted:
    """Load, train, predict the pairs of at least `review_at` bits, cluster them as the hub does."""
    paths = list(model.paths)
    with watch.stage("load"):
        file = pq.ParquetFile(parquet, read_dictionary=paths, memory_map=True)
        table = file.read(columns=paths)
    watch.input_is_loaded()
    with watch.stage("encode"):
        columns = {path: table[path] for path in paths}
        frame = Frame.of(model, columns, np.arange(len(table)))
        del table, columns  # the frame holds what it needs
    with watch.stage("train"):
        blocking = Blocking.of(frame, model)
        weights = train(frame, model, np.random.default_rng(seed), blocking, processes=PROCESSES)
    with watch.stage("predict"):
        pairs = find_pairs(frame, model, weights, blocking=blocking, processes=PROCESSES)
    with watch.stage("cluster"):
        clusters = find_clusters(
            pairs, model, held_identifiers(frame, model), Constraints.none(len(frame))
        )
    watch.is_done()
    watch.figures["candidate pairs"] = sum(report.pairs for report in blocking.reports)
    return Predicted(pairs.left, pairs.right, pairs.match_weight, clusters.of_row)
