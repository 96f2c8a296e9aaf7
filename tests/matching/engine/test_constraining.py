"""What people settled binds a run: it joins nothing, and asks nobody, across what is apart."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.constraining import constraints_of
from matching.engine.constraints import ALONE
from matching.engine.judgements import Things, clashes
from matching.engine.match import Outcome, settled
from tests.matching.engine.invented import frame_of, small_model
from tests.matching.engine.test_clusters import pairs_of
from tests.matching.engine.test_judgements import JUDGEMENTS, one, two

RECORDS = 8
IDS = np.arange(RECORDS)
NOBODY = np.full(RECORDS, ALONE, np.int32)

_LINKS = st.dictionaries(
    st.sampled_from(list(combinations(range(RECORDS), 2))),
    st.sampled_from([1.0, 3.0, 5.0, 9.0]),
    min_size=1,
)
_GROUPS = st.lists(st.integers(ALONE, 2), min_size=RECORDS, max_size=RECORDS)


def run(judgements, links, groups=NOBODY):
    """The clusters and the outcome of each pair, as a run settles them."""
    model = small_model()
    frame = frame_of(model, number=[None] * RECORDS, country=["x"] * RECORDS)
    constraints = constraints_of(IDS, np.asarray(groups, np.int32), judgements)
    pairs = pairs_of(*((*ends, weight) for ends, weight in sorted(links.items())))
    return settled(frame, model, pairs, constraints)


def kept_apart(judgements, groups=()):
    """All pairs of records that judgements keep apart, worked out record by record."""
    members = {}
    for row, group in enumerate(groups):
        members.setdefault(group, []).append(row)
    held = [one(*rows) for group, rows in members.items() if group != ALONE and len(rows) > 1]
    things = Things([*judgements, *held])
    every = [set(filter(lambda row, n=n: things.of(row) == n, range(RECORDS))) for n in range(8)]
    for each in judgements:
        if not each.joins:
            for left in things.of_all(each.sides[0]):
                for right in things.of_all(each.sides[1]):
                    yield from ((a, b) for a in every[left] for b in every[right] if left != right)


@given(JUDGEMENTS, _LINKS, _GROUPS)
def test_judgements_are_closed_under_what_is_one_thing(judgements, links, groups):
    """A = B and B != C never makes A = C, and never asks: whatever the pairs say."""
    agreeing = [each for each in judgements if each.joins]
    for each in judgements:
        if not each.joins and not clashes([*agreeing, each]):
            agreeing.append(each)

    result = run(agreeing, links)

    apart = set(kept_apart(agreeing))
    of_row = result.clusters.of_row
    assert all(of_row[left] != of_row[right] for left, right in apart)
    for left, right, outcome in zip(
        result.pairs.left.tolist(), result.pairs.right.tolist(), result.outcomes, strict=True
    ):
        if (left, right) in apart or (right, left) in apart:
            assert outcome == Outcome.APART
    for each in agreeing:
        if each.joins:
            assert len({of_row[row] for row in each.sides[0]}) == 1


@given(JUDGEMENTS, _LINKS, _GROUPS)
def test_whatever_people_and_golden_records_say_a_run_goes_on(judgements, links, groups):
    """Contradictions included: then what keeps apart counts, and golden records stay whole."""
    result = run(judgements, links, groups)

    of_row = result.clusters.of_row
    for group in {*groups} - {ALONE}:
        assert len({of_row[row] for row in range(RECORDS) if groups[row] == group}) == 1
    for each in judgements:
        if not each.joins:
            for left in each.sides[0]:
                for right in each.sides[1]:
                    if groups[left] == ALONE or groups[left] != groups[right]:
                        assert of_row[left] != of_row[right]


def test_a_decision_joins_the_golden_records_of_both_records_as_wholes():
    groups = np.array([0, 0, 1, 1, ALONE, ALONE, ALONE, ALONE], np.int32)

    together = constraints_of(IDS, groups, [one(1, 2), one(4, 5)]).together

    assert len({*together[:4].tolist()}) == 1
    assert together[4] == together[5] not in (ALONE, together[0])
    assert together[6:].tolist() == [ALONE, ALONE]


def test_sides_are_kept_apart_by_one_row_for_each_thing_and_not_for_each_record():
    groups = np.array([0, 0, 0, 1, 1, 1, ALONE, ALONE], np.int32)

    made = constraints_of(IDS, groups, [two({0, 1, 2}, {3, 4, 5, 6})])

    assert made.apart.tolist() == [[0, 3], [0, 6]]


def test_records_that_a_run_does_not_look_at_count_for_nothing():
    made = constraints_of(np.array([10, 20, 30]), np.full(3, ALONE, np.int32), [
        one(10, 99), one(20, 30, 99), two(10, {99, 5}),
    ])  # fmt: skip

    assert made.together.tolist()[0] == ALONE
    assert made.together[1] == made.together[2] != ALONE
    assert made.apart.tolist() == []


def test_only_decisions_that_contradict_each_other_join_nothing():
    judgements = [one(0, 1), one(1, 2), two(0, 2), one(4, 5)]

    clusters = run(judgements, {(6, 7): 1.0}).clusters

    assert clusters.of_row.tolist() == [0, 1, 2, 3, 4, 4, 6, 7]
