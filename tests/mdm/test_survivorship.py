"""Survivorship: which value wins and why, whatever the order in which it comes."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.attribute_types import Address, Number
from mdm.survivorship import (
    REASONS,
    Candidates,
    Strategy,
    choose,
    earliest,
    largest,
    longest,
    most_complete,
    most_frequent,
    most_recent,
    most_trusted,
    objects,
    smallest,
)

STRATEGIES = [
    most_trusted, most_recent, most_complete, most_frequent, longest, smallest, largest, earliest,
]  # fmt: skip
UNKNOWN = -np.inf


def candidates(rows, *, fullness=len, order=str):
    """From rows of (golden, record, rank, source time, value)."""
    golden, record, rank, time, value = zip(*rows, strict=True) if rows else ([], [], [], [], [])
    return Candidates(
        golden=np.array(golden, dtype=np.int64),
        record=np.array(record, dtype=np.int64),
        rank=np.array(rank, dtype=np.int64),
        source_time=np.array(time, dtype=np.float64),
        value=objects(value),
        fullness=fullness,
        order=order,
    )


def outcome(rows, strategy, **given):
    """{golden: (record that wins, reason)}."""
    offered = candidates(rows, **given)
    choice = choose(offered, strategy)
    won = zip(choice.golden.tolist(), choice.winner.tolist(), choice.reason, strict=True)
    return {golden: (int(offered.record[place]), reason) for golden, place, reason in won}


OWNER_OLD_LONG = (0, 1, 0, 100.0, "Acme Corporation Ltd")
OTHER_NEW_SHORT = (0, 2, 1, 200.0, "Acme")
THIRD_SAME_SHORT = (0, 3, 2, 150.0, "Acme")


@pytest.mark.parametrize(
    ("strategy", "winner"),
    [
        (most_trusted, (1, "owner")),
        (most_recent, (2, "recent")),
        (most_complete, (1, "complete")),
        (most_frequent, (2, "frequent")),
        (longest, (1, "longest")),
        (smallest, (2, "least")),
        (largest, (1, "greatest")),
        (earliest, (1, "first")),
    ],
)
def test_each_strategy_has_its_winner_and_says_why(strategy, winner):
    rows = [OTHER_NEW_SHORT, OWNER_OLD_LONG]
    if strategy is most_frequent:
        rows.append(THIRD_SAME_SHORT)

    assert outcome(rows, strategy) == {0: winner}


@pytest.mark.parametrize(
    ("rows", "winner"),
    [
        ([(0, 5, 0, 1.0, "a")], (5, "only")),
        ([(0, 5, 1, 1.0, "a"), (0, 6, 0, 1.0, "a")], (6, "agreed")),
        ([(0, 5, 0, 1.0, "a"), (0, 6, 0, 2.0, "b")], (6, "recent")),
        ([(0, 6, 0, 1.0, "a"), (0, 5, 0, 1.0, "b")], (5, "tie")),
        ([(0, 5, 0, UNKNOWN, "a"), (0, 6, 0, 1.0, "b")], (6, "recent")),
        ([(0, 5, 0, UNKNOWN, "a"), (0, 6, 0, UNKNOWN, "b")], (5, "tie")),
    ],
)
def test_trust_goes_before_time_and_time_before_age_of_the_record(rows, winner):
    assert outcome(rows, most_trusted) == {0: winner}


@pytest.mark.parametrize(("strategy", "record"), [(most_recent, 2), (earliest, 2)])
def test_a_record_that_does_not_say_when_is_neither_recent_nor_early(strategy, record):
    rows = [(0, 1, 0, UNKNOWN, "a"), (0, 2, 1, 5.0, "b")]

    assert outcome(rows, strategy)[0][0] == record


@pytest.mark.parametrize(("strategy", "record"), [(smallest, 1), (largest, 2)])
def test_amounts_are_compared_as_numbers(strategy, record):
    rows = [(0, 1, 0, 1.0, "9.50"), (0, 2, 0, 1.0, "10.00")]

    assert outcome(rows, strategy, order=Number().order)[0][0] == record


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(
    "values",
    [
        [{"kind": "main", "city": "Bonn"}, {"city": "Bonn", "kind": "main"}, {"kind": "main"}],
        [["2024-01-01", None], [None, "2024-01-01"], ["2024-01-01", None]],
        [1, 2, 1],
        [True, False, True],
    ],
)
def test_values_of_any_json_type_can_compete(strategy, values):
    rows = [(0, record, 0, 1.0, value) for record, value in enumerate(values)]

    won = outcome(rows, strategy, fullness=lambda value: len(str(value)))

    assert won[0][0] in range(3)


def test_equal_addresses_count_together_in_whatever_order_their_parts_are_listed():
    here, there = {"kind": "main", "city": "Bonn"}, {"kind": "main", "city": "Ulm"}
    rows = [
        (0, 1, 0, 1.0, there),
        (0, 2, 1, 1.0, here),
        (0, 3, 1, 1.0, dict(reversed(here.items()))),
    ]

    assert outcome(rows, most_frequent, fullness=Address().completeness) == {0: (2, "frequent")}


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_without_candidates_there_is_no_winner(strategy):
    assert outcome([], strategy) == {}


def test_a_reason_can_always_be_put_into_words():
    names = {name for each in STRATEGIES for name, _ in each.keys(candidates([OWNER_OLD_LONG]))}

    assert names | {"only", "agreed", "owner", "recent", "tie", "merged"} == set(REASONS)


row = st.tuples(
    st.integers(0, 3),
    st.integers(0, 1_000_000),
    st.integers(0, 2),
    st.sampled_from([UNKNOWN, 0.0, 1.0, 2.0]),
    st.sampled_from(["a", "b", "bb", "ccc", "10", "9"]),
)
rows_of_records = st.lists(row, max_size=24, unique_by=lambda each: each[1])


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
@given(rows_of_records, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_never_matters(strategy: Strategy, rows, chance: random.Random):
    shuffled = rows.copy()
    chance.shuffle(shuffled)

    assert outcome(shuffled, strategy) == outcome(rows, strategy)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
@given(rows_of_records)
def test_each_golden_record_with_a_candidate_has_one_winner_of_its_own(strategy, rows):
    golden_of = {record: golden for golden, record, *_ in rows}

    won = outcome(rows, strategy)

    assert won.keys() == set(golden_of.values())
    assert all(golden_of[record] == golden for golden, (record, _) in won.items())


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
@given(rows_of_records)
def test_golden_records_do_not_influence_each_other(strategy, rows):
    alone = {}
    for golden in {each[0] for each in rows}:
        alone |= outcome([each for each in rows if each[0] == golden], strategy)

    assert outcome(rows, strategy) == alone


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
@given(rows_of_records)
def test_only_and_agreed_say_what_is_so(strategy, rows):
    for golden, (_, reason) in outcome(rows, strategy).items():
        values = [value for number, *_, value in rows if number == golden]
        assert (reason == "only") == (len(values) == 1)
        assert (reason == "agreed") == (len(values) > 1 and len(set(values)) == 1)


@given(rows_of_records)
def test_the_most_recent_value_is_never_older_than_another(rows):
    time_of = {record: time for _, record, _, time, _ in rows}

    for golden, (record, _) in outcome(rows, most_recent).items():
        assert time_of[record] == max(time for number, _, _, time, _ in rows if number == golden)


@pytest.mark.parametrize(
    ("strategy", "reason"),
    [(most_recent, "recent"), (most_frequent, "frequent"), (largest, "greatest")],
)
def test_the_reason_is_told_against_the_best_value_that_differs(strategy, reason):
    agreeing = [(0, 1, 0, 5.0, "b"), (0, 2, 1, 5.0, "b")]

    assert outcome([*agreeing, (0, 3, 2, 3.0, "a")], strategy) == {0: (1, reason)}
