"""The generated file of a benchmark holds standardised records beside the truth about them."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from benchmarks.generated import TRUTH, generated
from benchmarks.peers.plain_models import MODELS, as_stored
from matching.engine.frame import Frame

RECORDS = 3_000


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("generated")


@pytest.mark.parametrize("name", sorted(MODELS))
def test_the_stored_forms_are_those_that_the_model_names(name, folder):
    table = pq.read_table(generated(name, RECORDS, RECORDS, 1, folder))

    stored = as_stored(MODELS[name])
    again = Frame.of(stored, {path: table[path] for path in stored.paths}, np.arange(RECORDS))
    assert set(table.column_names) == {*stored.paths, TRUTH}
    for column in stored.columns:
        held = again.columns[column.name]
        assert len(held.values) > 1, column.name
        assert not {"", None} & set(held.values.to_pylist()), column.name


@pytest.mark.parametrize(
    ("name", "own"),
    [("clients", "tax_number"), ("contacts", "mobile")],
    ids=["clients", "contacts"],
)
def test_the_truth_lies_beside_its_records(name, own, folder):
    table = pq.read_table(generated(name, RECORDS, RECORDS, 1, folder), columns=[own, TRUTH])

    held = table.to_pandas().dropna()
    things_of_a_value = held.groupby(own)[TRUTH].nunique()
    assert held[own].duplicated().sum() > 100
    assert (things_of_a_value == 1).mean() > 0.99


def test_another_seed_gives_other_records_and_the_same_seed_is_made_once(folder):
    first = generated("contacts", RECORDS, RECORDS, 1, folder)
    made_at = first.stat().st_mtime_ns
    other = generated("contacts", RECORDS, RECORDS, 2, folder)

    assert generated("contacts", RECORDS, RECORDS, 1, folder).stat().st_mtime_ns == made_at
    assert pq.read_table(first)["both_names"] != pq.read_table(other)["both_names"]


def test_with_fewer_words_more_things_share_a_name(folder):
    usual, crowded = (
        pq.read_table(generated("clients", RECORDS, words, 1, folder), columns=["name", TRUTH])
        for words in (RECORDS, 300)
    )

    assert crowded[TRUTH] == usual[TRUTH]
    assert len(crowded["name"].unique()) < len(usual["name"].unique())
