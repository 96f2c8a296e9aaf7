"""Keys depend on what a record holds alone: stored ones put records into the blocks of a run."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.arrays import MISSING
from matching.engine.blocks import blocks_of
from matching.engine.frame import Frame
from matching.engine.keys import Keys, key_columns, keys_of, near_of, value_keys
from matching.engine.model import MatchModel, Pass
from tests.matching.engine.invented import frame_of, people, small_model

names = st.sampled_from([None, "ann", "bob", "carl"])
towns = st.sampled_from([None, "oslo", "rome", "züri"])
tables = st.lists(st.tuples(names, names, towns, towns), min_size=1, max_size=14)


def frame_from(table, model: MatchModel) -> Frame:
    given, family, town, other = (list(column) for column in zip(*table, strict=True))
    return frame_of(model, given=given, family=family, town=town, other_town=other)


def keys_by_row(frame: Frame, model: MatchModel) -> list[list[set[int]]]:
    """For every pass the keys of each row."""
    found = []
    for keys in pass_keys(frame, model):
        rows: list[set[int]] = [set() for _ in range(len(frame))]
        for row, key in zip(keys.rows.tolist(), keys.keys.tolist(), strict=True):
            rows[row].add(key)
        found.append(rows)
    return found


def pass_keys(frame: Frame, model: MatchModel) -> list[Keys]:
    return list(keys_of(frame, model))[: len(model.passes)]


@given(tables)
def test_two_records_share_a_key_where_a_run_puts_them_into_one_block(table):
    model = small_model()
    frame = frame_from(table, model)
    blocks = [blocks_of(frame, model, each).block for each in model.passes]
    keys = keys_by_row(frame, model)

    for left, right in combinations(range(len(table)), 2):
        for block, rows in zip(blocks, keys, strict=True):
            shared = set(block[left].tolist()) & set(block[right].tolist()) - {MISSING}
            assert bool(rows[left] & rows[right]) == bool(shared)


@given(tables, st.randoms())
def test_keys_and_places_do_not_depend_on_the_other_records(table, random):
    model = small_model()
    order = list(range(len(table)))
    random.shuffle(order)
    frame, shuffled = frame_from(table, model), frame_from([table[row] for row in order], model)

    for mine, theirs in zip(keys_by_row(frame, model), keys_by_row(shuffled, model), strict=True):
        assert [mine[row] for row in order] == theirs
    for blocking in model.passes:
        near = near_of(frame, blocking, np.array(order))
        assert near.tolist() == near_of(shuffled, blocking, np.arange(len(order))).tolist()


def test_keys_are_the_same_in_every_process_and_release():
    model = small_model()
    frame = frame_of(model, given=["ann"], family=["lee"], town=["oslo"], other_town=["rome"])

    family, name_and_town = pass_keys(frame, model)

    assert family.keys.tolist() == [1686417595675387087]
    assert name_and_town.keys.tolist() == [6573725651228422344, -4565073403625450541]
    assert family.near.tolist() == [3582636054937600]
    assert value_keys(frame, model, {"given": np.array([0])})["given"].tolist() == [
        -8070407244044881260
    ]


def test_a_record_without_a_component_has_no_key_in_that_pass():
    model = small_model(passes=(Pass("both", ("given", "family")),))

    (keys,) = pass_keys(frame_of(model, given=["ann", None], family=["lee", "lee"]), model)

    assert keys.rows.tolist() == [0]


def test_columns_are_keyed_once_whether_for_passes_or_for_counts():
    model = small_model(passes=(Pass("one", ("family",)), Pass("other", ("family",))))

    assert key_columns(model) == (("family",), ("given",), ("number",))


@given(tables)
def test_a_value_has_as_many_keys_as_records_hold_it(table):
    model = small_model()
    frame = frame_from(table, model)

    for keys in keys_of(frame, model):
        if len(keys.columns) == 1:
            (column,) = keys.columns
            held = dict(zip(*np.unique(keys.keys, return_counts=True), strict=True))
            counts = frame.columns[column].counts.tolist()
            known = value_keys(frame, model, {column: np.arange(len(counts))})[column].tolist()
            assert held == dict(zip(known, counts, strict=True))


def test_the_places_in_an_oversized_block_follow_near_and_then_the_order_of_records():
    model = small_model(passes=(Pass("town", ("town",)),), block_limit=5, window=2)
    table = people(60)
    frame = frame_of(model, **(table | {"town": ["oslo"] * 60}))
    blocks = blocks_of(frame, model, model.passes[0])
    near = near_of(frame, model.passes[0], np.arange(60))

    assert np.argsort(blocks.place[:, 0]).tolist() == np.lexsort((np.arange(60), near)).tolist()
