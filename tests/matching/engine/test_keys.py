"""Keys depend on what a record holds alone: stored ones put records into the blocks of a run."""

from collections import Counter
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.arrays import MISSING
from matching.engine.blocks import blocks_of
from matching.engine.frame import Frame
from matching.engine.keys import KeyMaker, Keys, key_columns, near_of, value_keys
from matching.engine.model import MatchModel, Pass
from matching.engine.record_forms import RecordForms
from tests.matching.engine.invented import frame_of, people, small_model

names = st.sampled_from([None, "ann", "bob", "carl"])
towns = st.sampled_from([None, "oslo", "rome", "züri"])
tables = st.lists(st.tuples(names, names, towns, towns), min_size=1, max_size=14)


def frame_from(table, model: MatchModel) -> Frame:
    given, family, town, other = (list(column) for column in zip(*table, strict=True))
    return frame_of(model, given=given, family=family, town=town, other_town=other)


def keys_by_row(frame: Frame, model: MatchModel) -> list[list[set[int]]]:
    """For every one of `key_columns` the keys of each row."""
    found: list[list[set[int]]] = [[set() for _ in range(len(frame))] for _ in key_columns(model)]
    for keys in KeyMaker(model).of_frame(frame):
        every = zip(keys.columns.tolist(), keys.rows.tolist(), keys.keys.tolist(), strict=True)
        for number, row, key in every:
            found[number][row].add(key)
    return found


@given(tables)
def test_two_records_share_a_key_where_a_run_puts_them_into_one_block(table):
    model = small_model()
    frame = frame_from(table, model)
    blocks = [blocks_of(frame, model, each).block for each in model.passes]
    keys = keys_by_row(frame, model)

    for left, right in combinations(range(len(table)), 2):
        for block, rows in zip(blocks, keys, strict=False):
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


def test_keys_are_the_same_in_every_process_on_every_machine():
    model = small_model()
    frame = frame_of(model, given=["ann"], family=["lee"], town=["oslo"], other_town=["rome"])

    (keys,) = KeyMaker(model).of_frame(frame)

    assert keys.columns.tolist() == [0, 1, 1, 2]
    assert keys.keys.tolist() == [
        1505682866636427305,
        -8118634545389521794,
        -6053941871394429051,
        -3029991183666471147,
    ]
    assert keys.near.tolist()[0] == 4178541726647975936


@given(tables)
def test_records_have_the_same_keys_by_their_forms_as_in_a_frame(table):
    model = small_model()
    names = ("given", "family", "town", "other_town")
    forms = [RecordForms(model).of(dict(zip(names, row, strict=True))) for row in table]

    by_forms = KeyMaker(model).of_forms(forms)

    (in_frame,) = KeyMaker(model).of_frame(frame_from(table, model))
    assert as_lists(by_forms) == as_lists(in_frame)


def as_lists(keys: Keys) -> list[list[int]]:
    return [part.tolist() for part in (keys.rows, keys.columns, keys.keys, keys.near)]


def test_a_record_without_a_component_has_no_key_in_that_pass():
    model = small_model(passes=(Pass("both", ("given", "family")),))

    both, *_ = keys_by_row(frame_of(model, given=["ann", None], family=["lee", "lee"]), model)

    assert [len(keys) for keys in both] == [1, 0]


def test_columns_are_keyed_once_whether_for_passes_or_for_counts():
    model = small_model(passes=(Pass("one", ("family",)), Pass("other", ("family",))))

    assert key_columns(model) == (("family",), ("given",), ("number",))


@given(tables)
def test_a_value_has_as_many_keys_as_records_hold_it(table):
    model = small_model()
    frame = frame_from(table, model)

    for columns, rows in zip(key_columns(model), keys_by_row(frame, model), strict=True):
        if len(columns) == 1:
            counts = frame.columns[columns[0]].counts
            (keys,) = value_keys(frame, model, {columns[0]: np.arange(len(counts))}).values()
            held = Counter(key for row in rows for key in row)
            assert held == dict(zip(keys.tolist(), counts.tolist(), strict=True))


def test_the_places_in_an_oversized_block_follow_near_and_then_the_order_of_records():
    model = small_model(passes=(Pass("town", ("town",)),), block_limit=5, window=2)
    table = people(60)
    frame = frame_of(model, **(table | {"town": ["oslo"] * 60}))
    blocks = blocks_of(frame, model, model.passes[0])
    near = near_of(frame, model.passes[0], np.arange(60))

    assert np.argsort(blocks.place[:, 0]).tolist() == np.lexsort((np.arange(60), near)).tolist()
