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
    Curve,
    Decay,
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
    trust_of,
)

STRATEGIES = [
    most_trusted, most_recent, most_complete, most_frequent, longest, smallest, largest, earliest,
]  # fmt: skip
UNKNOWN = -np.inf


def candidates(rows, *, fullness=len, order=str, trust=None, doubtful=None):
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
        trust=None if trust is None else np.array(trust, dtype=np.float64),
        doubtful=None if doubtful is None else np.array(doubtful, dtype=bool),
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

    rest = "only agreed sound trusted owner recent tie merged pinned".split()
    assert names | set(rest) == set(REASONS)


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


DAY = 86_400.0
CRM = objects(["CRM"])


@pytest.mark.parametrize(
    ("decay", "age_in_days", "trust"),
    [
        (None, 10_000, 100),
        (Decay(90, 100), 0, 100),
        (Decay(90, 100), 90, 100),
        (Decay(90, 100), 140, 50),
        (Decay(90, 100), 190, 0),
        (Decay(90, 100), 10_000, 0),
        (Decay(90, 100, lowest=20), 140, 60),
        (Decay(90, 100, lowest=20), UNKNOWN, 20),
        (Decay(0, 100, curve=Curve.EXPONENTIAL), 100, 50),
        (Decay(0, 100, 20, Curve.EXPONENTIAL), 200, 40),
        (Decay(0, 100, 20, Curve.EXPONENTIAL), UNKNOWN, 20),
        (Decay(90, 100), -5, 100),
    ],
)
def test_trust_decays_with_the_age_by_source_time(decay, age_in_days, trust):
    age = np.abs(np.array([age_in_days * DAY])) if age_in_days == UNKNOWN else [age_in_days * DAY]

    found = trust_of(np.array([0]), np.array(age), np.array([False]), decay, 50, CRM)

    assert found.tolist() == [trust]


@pytest.mark.parametrize(
    ("rank", "doubtful", "distrust", "trust"),
    [(0, False, 50, 100), (1, False, 50, 90), (9, False, 50, 10), (1_000, False, 50, 10),
     (0, True, 50, 50), (0, True, 0, 100), (0, True, 100, 0), (1, True, 30, 63)],
)  # fmt: skip
def test_trust_follows_the_place_in_the_register_and_falls_with_doubt(
    rank, doubtful, distrust, trust
):
    found = trust_of(np.array([rank]), np.array([0.0]), np.array([doubtful]), None, distrust, CRM)

    assert found.tolist() == [pytest.approx(trust)]


def test_values_of_a_source_system_may_age_in_their_own_way():
    decay = Decay(90, 100, systems=(("CRM", Decay(0, 50)), ("PSA", Decay(1_000, 1))))
    rank, age, sound = np.array([0, 0, 0]), np.full(3, 25 * DAY), np.zeros(3, dtype=bool)

    found = trust_of(rank, age, sound, decay, 50, objects(["CRM", "ERP", "PSA"]))

    assert found.tolist() == [50, 100, 100]


def test_a_source_that_is_trusted_less_than_the_lowest_does_not_gain_by_getting_old():
    found = trust_of(
        np.array([9]), np.array([1e9]), np.array([False]), Decay(0, 100, lowest=50), 0, CRM
    )

    assert found.tolist() == [10]


@pytest.mark.parametrize("words", [(-1, 10), (0, 0), (0, 10, -1), (0, 10, 101)], ids=str)
def test_a_decay_that_makes_no_sense_is_refused(words):
    with pytest.raises(ValueError, match=r"after_days|lowest"):
        Decay(*words)


ages = st.floats(0, 1e10)
decays = st.builds(
    Decay,
    after_days=st.floats(0, 1_000),
    period_days=st.floats(1, 1_000),
    lowest=st.floats(0, 100),
    curve=st.sampled_from(Curve),
)


@given(decays, st.integers(0, 20), ages, ages)
def test_trust_never_grows_with_age_and_stays_within_its_bounds(decay, rank, age, more):
    young, old = trust_of(
        np.array([rank, rank]), np.array([age, age + more]), np.array([False, False]), decay, 0, CRM
    )

    assert old <= young + 1e-9
    assert old >= -1e-9
    assert young <= max(100 - 10 * rank, 10) + 1e-9


def test_the_most_trusted_goes_before_the_owner_whose_value_has_aged():
    rows = [(0, 1, 0, 0.0, "old"), (0, 2, 1, 9.0, "new")]

    assert outcome(rows, most_trusted, trust=[40, 90]) == {0: (2, "trusted")}
    assert outcome(rows, most_trusted, trust=[90, 90]) == {0: (1, "owner")}


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda each: each.name)
def test_a_value_that_failed_validation_loses_whatever_the_strategy(strategy):
    rows = [(0, 1, 0, 1.0, "5"), (0, 2, 1, 1.0, "5 five"), (0, 3, 2, 1.0, "4")]
    for doubted in range(3):
        doubtful = [place == doubted for place in range(3)]
        trust = [100 - 10 * place - 50 * doubtful[place] for place in range(3)]

        won = outcome(rows, strategy, trust=trust, doubtful=doubtful)

        assert won[0][0] != rows[doubted][1]


@given(rows_of_records, st.randoms(use_true_random=False), st.data())
def test_trust_and_doubt_do_not_depend_on_the_order_of_rows(rows, chance: random.Random, data):
    weighed = [
        (row, data.draw(st.sampled_from([0, 50, 90])), data.draw(st.booleans())) for row in rows
    ]
    shuffled = weighed.copy()
    chance.shuffle(shuffled)

    one, other = (
        [
            outcome(
                [row for row, _, _ in each],
                strategy,
                trust=[trust for _, trust, _ in each],
                doubtful=[doubt for _, _, doubt in each],
            )
            for strategy in STRATEGIES
        ]
        for each in (weighed, shuffled)
    )

    assert one == other
