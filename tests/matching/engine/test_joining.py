"""Groups join when the records of one are, on average, linked well enough with the other."""

from itertools import permutations
from math import log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.joining import joined

JOIN_AT, UNLINKED = 2.0, -2.0
RECORDS = 7

rows = st.integers(0, RECORDS - 1)
bits = st.integers(-2, 12).map(float)
links = st.dictionaries(
    st.tuples(rows, rows).filter(lambda pair: pair[0] < pair[1]), bits, max_size=16
)
beginnings = st.lists(st.integers(0, 3), min_size=RECORDS, max_size=RECORDS)


def groups(links, begun=range(RECORDS), support=2.0):
    """The sets of rows that `links`, (left, right) → bits, make one."""
    ends = np.array(list(links), np.int64).reshape(-1, 2)
    weights = np.array(list(links.values()), np.float64)
    number = joined(
        np.unique(begun, return_inverse=True)[1],
        ends[:, 0],
        ends[:, 1],
        weights,
        join_at=JOIN_AT,
        unlinked=UNLINKED,
        support=support,
    )
    return {frozenset(np.flatnonzero(number == each).tolist()) for each in set(number.tolist())}


def together(links, *members, **options):
    return any(set(members) <= group for group in groups(links, **options))


@pytest.mark.parametrize(("weight", "one"), [(2.0, True), (1.9, False)])
def test_one_link_of_enough_bits_joins_two_single_records(weight, one):
    assert together({(0, 1): weight}, 0, 1) is one


def test_one_link_does_not_join_two_groups():
    families = {(0, 1): 9.0, (2, 3): 9.0, (1, 2): 4.0}

    assert groups(families) >= {frozenset({0, 1}), frozenset({2, 3})}


def test_groups_join_when_each_record_of_one_is_linked_with_the_other():
    families = {(0, 1): 9.0, (2, 3): 9.0, (1, 2): 4.0, (0, 3): 3.0}

    assert together(families, 0, 1, 2, 3)


def test_a_record_joins_where_several_members_support_a_link_that_is_too_weak_alone():
    cluster = {(0, 1): 9.0, (1, 2): 9.0, (0, 2): 9.0}
    record = {(0, 3): 0.5, (1, 3): 0.5, (2, 3): 0.5}

    assert not together(cluster | {(0, 3): 0.5}, 0, 3)
    assert together(cluster | record, 0, 1, 2, 3)
    assert not together(cluster | record, 0, 3, support=1.0)


def test_a_record_between_two_clusters_joins_the_closer_one_and_does_not_make_them_one():
    clusters = {(0, 1): 9.0, (2, 3): 9.0}
    between = {(1, 4): 5.0, (2, 4): 4.0}

    assert groups(clusters | between) >= {frozenset({0, 1, 4}), frozenset({2, 3})}


def test_records_that_are_together_to_begin_with_count_as_one_group():
    begun = [0, 0, 0, 1, 2, 3, 4]

    assert groups({(2, 3): 3.0}, begun) >= {frozenset({0, 1, 2, 3})}
    assert groups({}, begun) >= {frozenset({0, 1, 2})}


@given(links, beginnings)
def test_no_groups_are_left_that_should_join(links, begun):
    found = groups(links, begun)

    for mine, theirs in permutations(found, 2):
        assert closeness(links, mine, theirs) < JOIN_AT
    for number in set(begun):
        members = {row for row in range(RECORDS) if begun[row] == number}
        assert any(members <= group for group in found)


@given(links, st.randoms(use_true_random=False))
def test_the_order_of_links_does_not_matter(links, random):
    shuffled = list(links.items())
    random.shuffle(shuffled)

    assert groups(dict(shuffled)) == groups(links)


def closeness(links, mine, theirs):
    """As the docstring of `joined` says it, in plain Python."""
    between = {
        ends: weight
        for pair, weight in links.items()
        for ends in (pair, pair[::-1])
        if ends[0] in mine and ends[1] in theirs
    }
    if not between:
        return -np.inf
    best = [max([UNLINKED, *(w for (a, _), w in between.items() if a == row)]) for row in mine]
    return sum(best) / len(best) + min(2.0, log2(len({b for _, b in between})))
