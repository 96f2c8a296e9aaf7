"""Sites of organisations as users of Splink and recordlinkage would model them by hand.

Both are given columns that are standardised beforehand, with our own standardisation, and the same
blocking rules. Of some sixteen choices of thresholds each, these did best on the tuning part of the
set, final clusters and scored pairs taken together.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import recordlinkage
from recordlinkage.index import Block
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.peers.measuring import Stopwatch
from benchmarks.peers.sides import Predicted, Training
from matching.engine.arrays import MISSING
from matching.engine.frame import Frame
from matching.engine.model import Column, Comparison, Level, MatchModel, Pass, equal, similar
from matching.engine.splink_sql import identifier

SURE = 0.95

SITES = MatchModel(
    domain="client",
    version=1,
    prior=-9.0,
    review_at=-3.17,  # a probability of 0.1
    merge_at=4.25,
    columns=(
        Column("name", ("Site name",), "organisation.core", chance=1e-3),
        Column("first words", ("Site name",), "organisation.first_words"),
        Column("address", ("Address",), "address.street", chance=1e-3),
        Column("house number", ("Address",), "address.number"),
        Column("street name", ("Address",), "address.street_name"),
        Column("zip", ("Zip",), "letters", chance=2e-2),
        Column("phone", ("Phone",), "letters", chance=2e-3),
    ),
    passes=(
        Pass("same phone", ("phone",)),
        Pass("same name", ("name",)),
        Pass("same address", ("address",)),
        Pass("same house number and street name", ("house number", "street name")),
        Pass("same house number and zip", ("house number", "zip")),
        Pass("same first words and zip", ("first words", "zip")),
        Pass("same first words and house number", ("first words", "house number")),
    ),
    comparisons=(
        Comparison(
            "name",
            (
                Level("same", (equal("name"),), 0.40, 1e-3, "name"),
                Level("nearly alike", (similar("name", "jaro_winkler", 0.92),), 0.10, 1e-3),
                Level("alike", (similar("name", "jaro_winkler", 0.80),), 0.15, 1e-2),
            ),
        ),
        Comparison(
            "address",
            (
                Level("same", (equal("address"),), 0.60, 1e-3, "address"),
                Level("alike", (similar("address", "jaro_winkler", 0.92),), 0.25, 1e-3),
            ),
        ),
        Comparison("phone", (Level("same", (equal("phone"),), 0.80, 2e-3, "phone"),)),
        Comparison("zip", (Level("same", (equal("zip"),), 0.95, 2e-2, "zip"),)),
    ),
)
_SAME_NAME, _SAME_ADDRESS, _SAME_PHONE = (
    f'l."{name}" = r."{name}"' for name in ("name", "address", "phone")
)
TRAINING = Training(
    sure=(f"{_SAME_NAME} AND {_SAME_ADDRESS}", f"{_SAME_PHONE} AND {_SAME_ADDRESS}"),
    recall=0.6,
    sessions=(_SAME_NAME, _SAME_ADDRESS, _SAME_PHONE),
)
_ALIKE = {"name": 0.80, "address": 0.92}  # by Jaro-Winkler, for recordlinkage


def write_standardised(sites: pd.DataFrame, file: Path) -> None:
    """The comparison form of each column of `SITES`, a Parquet file of as many rows as `sites`."""
    raw = {path: [text.strip() or None for text in sites[path]] for path in SITES.paths}
    frame = Frame.of(SITES, raw, np.arange(len(sites)))
    texts = {}
    for name, held in frame.columns.items():
        codes = frame.matrix[:, held.slots.start]
        texts[identifier(name)] = held.values.take(pa.array(codes, mask=codes == MISSING))
    pq.write_table(pa.table(texts), file)


def run_recordlinkage(parquet: Path, watch: Stopwatch) -> Predicted:
    """Binary agreements, expectation conditional maximisation, components of sure pairs."""
    with watch.stage("load"):
        sites = pd.read_parquet(parquet)
    watch.input_is_loaded()
    with watch.stage("block"):
        rules = recordlinkage.Index()
        for each in SITES.passes:
            rules.add(Block([identifier(name) for name in each.columns]))
        pairs = rules.index(sites)
    with watch.stage("compare"):
        comparing = recordlinkage.Compare()
        for name, threshold in _ALIKE.items():
            comparing.string(name, name, "jarowinkler", threshold)
        for name in ("phone", "zip"):
            comparing.exact(name, name)
        agreements = comparing.compute(pairs, sites)
    with watch.stage("classify"):
        learner = recordlinkage.ECMClassifier()
        learner.fit(agreements)
        probability = learner.prob(agreements).to_numpy()
    left, right = (pairs.get_level_values(end).to_numpy() for end in (0, 1))
    with watch.stage("cluster"):
        sure = probability >= SURE
        edges = coo_array((sure[sure], (left[sure], right[sure])), shape=(len(sites), len(sites)))
        cluster = connected_components(edges, directed=False)[1]
    watch.is_done()
    watch.figures["candidate pairs"] = len(pairs)
    odds = np.clip(probability, 1e-15, 1 - 1e-15)
    return Predicted(left, right, np.log2(odds / (1 - odds)), cluster)
