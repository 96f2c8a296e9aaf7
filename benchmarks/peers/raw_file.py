"""Our engine over the raw columns of a file, through the code of `manage.py match_file`."""

from pathlib import Path

import numpy as np

from benchmarks.peers import machine_code  # noqa: F401 - imports are not measured
from benchmarks.peers.measuring import Stopwatch
from benchmarks.peers.sides import Predicted
from matching.domains import MODELS
from matching.engine.match import find_pairs
from matching.files.contents import Contents, find_date_order
from matching.files.evidence import standardise
from matching.files.guessing import guess
from matching.files.said import read_said
from matching.files.table import read_table
from matching.files.trial import run
from mdm.domains import entity_type
from mdm.feeds.readers import open_sheet
from mdm.standardise.reading import Reading

FAR_BELOW = 20.0  # bits below `review_at`, for the best threshold


def run_raw_file(file: Path, domain: str, truth: str, watch: Stopwatch) -> Predicted:
    """Final clusters, and the pairs of a weight that decides anything; columns are guessed.

    The column `truth` is never compared.
    """
    type_, model = entity_type(domain), MODELS[domain]
    with watch.stage("load"):
        table = read_table(open_sheet(file, file.name, {}), lambda _: None)
    watch.input_is_loaded()
    with watch.stage("standardise"):
        said = read_said([], None, truth, columns=table.columns, type_=type_)
        contents = {column: Contents.of(table.cells[column]) for column in table.columns}
        reading = Reading(None, find_date_order(contents.values(), None), decimal_comma=False)
        uses = guess(contents, type_, model, said, reading)
        evidence = standardise(table, uses, type_, model, reading)
    with watch.stage("match"):
        trial = run(table, uses, evidence, type_, model, progress=lambda _: None)
    watch.is_done()
    watch.figures["candidate pairs"] = int(np.sum(trial.new_pairs))
    floor = model.review_at - FAR_BELOW
    pairs = find_pairs(trial.frame, model, trial.weights, blocking=trial.blocking, keep_at=floor)
    return Predicted(pairs.left, pairs.right, pairs.match_weight, trial.cluster)
