"""Blocking finds each pair once, in the first pass that finds it, and never by a missing value."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.blocking import Blocking
from matching.engine.frame import Frame
from matching.engine.model import MatchModel, Pass
from tests.matching.engine.invented import frame_of, people, small_model

names = st.sampled_from([None, "ann", "bob", "carl"])
towns = st.sampled_from([None, "oslo", "rome"])
rows = st.lists(st.tuples(names, names, towns, towns), max_size=14)


def frame_from(table, model: MatchModel) -> Frame:
    given, family, town, other = zip(*table, strict=True) if table else ([], [], [], [])
    return frame_of(
        model, given=list(given), family=list(family), town=list(town), other_town=list(other)
    )


def found(blocking: Blocking, changed=None, chunk: int = 3) -> list[tuple[int, int, int]]:
    return in_pairs(blocking.pairs(changed, chunk))


def in_pairs(chunks) -> list[tuple[int, int, int]]:
    return [
        (left, right, pairs.blocking)
        for pairs in chunks
        for left, right in zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)
    ]


def expected(table) -> dict[tuple[int, int], int]:
    """The first pass that brings two rows together, by its definition."""
    pairs = {}
    for left, right in combinations(range(len(table)), 2):
        a, b = table[left], table[right]
        towns_shared = ({a[2], a[3]} & {b[2], b[3]}) - {None}
        if a[1] and a[1] == b[1]:
            pairs[left, right] = 0
        elif a[0] and a[0] == b[0] and towns_shared:
            pairs[left, right] = 1
    return pairs


@settings(max_examples=60)
@given(rows)
def test_every_pair_is_found_once_by_the_first_pass_that_finds_it(table):
    model = small_model()
    pairs = found(Blocking.of(frame_from(table, model), model))

    assert {(left, right): number for left, right, number in pairs} == expected(table)
    assert len(pairs) == len(set(pairs))


@settings(max_examples=60)
@given(rows, st.integers(1, 9), st.data())
def test_ranges_of_any_size_hold_every_pair_once_in_the_same_order(table, size, data):
    blocking = Blocking.of(frame_from(table, small_model()), small_model())
    some = data.draw(st.none() | st.lists(st.booleans(), min_size=len(table), max_size=len(table)))
    changed = None if some is None else np.array(some, np.bool_)

    ranges = list(blocking.ranges(size, changed))
    pairs = [pair for each in ranges for pair in in_pairs(blocking.pairs_in(each, changed))]

    assert pairs == found(blocking, changed)
    assert all(each.begin < each.end and each.pairs > 0 for each in ranges)
    if changed is None:
        assert sum(each.pairs for each in ranges) == sum(each.pairs for each in blocking.reports)


@settings(max_examples=60)
@given(rows, st.data())
def test_only_pairs_that_touch_a_changed_row_are_found(table, data):
    model = small_model()
    blocking = Blocking.of(frame_from(table, model), model)
    changed = np.array(data.draw(st.lists(st.booleans(), min_size=len(table), max_size=len(table))))

    touching = [pair for pair in found(blocking) if changed[pair[0]] or changed[pair[1]]]

    assert sorted(found(blocking, changed.astype(bool))) == sorted(touching)


@settings(max_examples=60)
@given(rows)
def test_the_pass_of_a_pair_is_known_without_a_run(table):
    model = small_model()
    blocking = Blocking.of(frame_from(table, model), model)
    every = np.array(list(combinations(range(len(table)), 2)), np.int64).reshape(-1, 2)

    passes = blocking.pass_of(every[:, 0], every[:, 1])

    known = {(int(a), int(b)): int(p) for (a, b), p in zip(every, passes, strict=True) if p >= 0}
    assert known == expected(table)


@settings(max_examples=60)
@given(rows, st.integers(2, 4), st.integers(1, 2))
def test_limits_lose_nothing_outside_oversized_blocks_and_repeat_nothing(table, limit, window):
    model = small_model(block_limit=limit, window=window)
    blocking = Blocking.of(frame_from(table, model), model)

    pairs = found(blocking)

    assert len({(left, right) for left, right, _ in pairs}) == len(pairs)
    unlimited = expected(table)
    assert {(left, right) for left, right, _ in pairs} <= set(unlimited)
    sizes = [sum(1 for row in table if row[1] == name) for name in ("ann", "bob", "carl")]
    if max(sizes, default=0) <= limit:
        first = {pair for pair, number in unlimited.items() if number == 0}
        assert first <= {(left, right) for left, right, number in pairs if number == 0}


def test_a_record_with_a_missing_component_is_skipped_never_widened():
    model = small_model(passes=(Pass("both", ("given", "family")),))
    frame = frame_of(model, given=["ann", "ann", None], family=[None, None, "lee"])

    assert found(Blocking.of(frame, model)) == []


def test_a_block_over_the_limit_is_reported_and_its_records_meet_their_neighbours():
    model = small_model(passes=(Pass("family", ("family",)),), block_limit=10, window=3)
    frame = frame_of(model, family=["lee"] * 100)
    blocking = Blocking.of(frame, model)

    (report,) = blocking.reports

    assert (report.oversized, report.records_in_oversized, report.largest) == (1, 100, 100)
    assert len(found(blocking)) == report.pairs == 100 * 3 - (1 + 2 + 3)


def test_records_that_agree_most_are_neighbours_in_an_oversized_block():
    model = small_model(passes=(Pass("family", ("family",)),), block_limit=10, window=1)
    given = [f"name{number % 50}" for number in range(100)]
    frame = frame_of(model, given=given, family=["lee"] * 100)

    met = {(left, right) for left, right, _ in found(Blocking.of(frame, model))}

    assert {(row, row + 50) for row in range(50)} <= met


@pytest.mark.parametrize("chunk", [1, 7, 1000])
def test_the_size_of_chunks_changes_nothing(chunk: int):
    model = small_model()
    blocking = Blocking.of(frame_of(model, **people(200)), model)

    assert found(blocking, chunk=chunk) == found(blocking, chunk=64)


def test_a_sample_is_drawn_from_what_a_pass_brings_together_and_says_what_is_new():
    model = small_model()
    frame = frame_of(model, **people(500))
    blocking = Blocking.of(frame, model)
    own = {(left, right) for left, right, number in found(blocking) if number == 1}
    alone = Blocking.of(frame, replace(model, passes=model.passes[1:2]))
    every = {(left, right) for left, right, _ in found(alone)}

    sample = blocking.sample(1, 10_000, np.random.default_rng(0).random(500))
    drawn = list(zip(sample.pairs.left.tolist(), sample.pairs.right.tolist(), strict=True))

    assert len(drawn) == len(every)
    assert set(drawn) == every > own
    assert {pair for pair, new in zip(drawn, sample.new, strict=True) if new} == own
    assert sample.total == pytest.approx(len(own))
