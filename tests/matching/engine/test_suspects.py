"""Clusters that may hold two things, and how they could be split."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.identifiers import held_identifiers
from matching.engine.suspects import LARGE, suspicion, thin, torn
from tests.matching.engine.invented import frame_of, small_model


def every(*records, weight=9.0):
    return [(left, right, weight) for left, right in combinations(records, 2)]


def test_a_cluster_all_of_which_is_alike_is_not_suspect():
    assert suspicion([1, 2, 3, 4], every(1, 2, 3, 4), {}) is None
    assert suspicion([1], [], {}) is None


def test_small_clusters_may_be_chains():
    assert suspicion([1, 2, 3], [(1, 2, 9.0), (2, 3, 9.0)], {}) is None


def test_two_clusters_that_one_link_joins_are_shown_with_that_link():
    links = [*every(1, 2, 3), *every(7, 8), (3, 7, 6.5)]

    found = suspicion([1, 2, 3, 7, 8], links, {})

    assert found.findings == ("one link alone joins its parts",)
    assert found.parts == ((1, 2, 3), (7, 8))
    assert found.bridge == (3, 7)


def test_of_several_bridges_the_weakest_is_proposed():
    links = [*every(1, 2), *every(3, 4), *every(5, 6), (2, 3, 8.0), (4, 5, 7.0)]

    found = suspicion([1, 2, 3, 4, 5, 6], links, {})

    assert found.bridge == (4, 5)
    assert found.parts == ((1, 2, 3, 4), (5, 6))


def test_a_chain_whose_ends_hold_different_numbers_is_split_at_its_weaker_link():
    found = suspicion([1, 2, 3], [(1, 2, 9.0), (2, 3, 6.5)], {"tax": {1: (0, 111), 3: (0, 222)}})

    assert found.findings == ("tax differs",)
    assert found.parts == ((1, 2), (3,))
    assert found.bridge == (2, 3)


def test_numbers_of_different_scopes_do_not_differ():
    links = every(1, 2, 3)

    assert suspicion([1, 2, 3], links, {"tax": {1: (0, 111), 3: (1, 222)}}) is None
    assert suspicion([1, 2, 3], links, {"tax": {1: (0, 111), 3: (0, 111)}}) is None


def test_parts_that_nothing_joins_any_more_are_shown():
    found = suspicion([1, 2, 3], [(1, 2, 9.0)], {})

    assert found.findings == ("nothing joins its parts any more",)
    assert found.parts == ((1, 2), (3,))
    assert found.bridge == ()


def test_a_thin_cluster_is_suspect_and_split_at_its_weakest_link():
    ring = [(n, (n + 1) % 8, 9.0 - n / 10) for n in range(8)]

    found = suspicion(list(range(8)), [(*sorted(each[:2]), each[2]) for each in ring], {})

    assert found.findings == ("only 8 of 28 pairs are alike",)
    assert len(found.parts) == 2


def test_a_very_large_cluster_is_suspect_however_dense():
    members = range(LARGE)

    assert suspicion(members, every(*members), {}).findings == (f"{LARGE} records",)


@given(st.integers(2, 9), st.data())
def test_whatever_is_odd_is_found_among_all_clusters_at_once(size, data):
    pairs = list(combinations(range(size), 2))
    chosen = data.draw(st.sets(st.sampled_from(pairs)))
    left, right = np.array(sorted(chosen), np.int64).reshape(-1, 2).T

    found = suspicion(range(size), [(*pair, 9.0) for pair in chosen], {})

    if found:
        assert thin(np.zeros(size, np.int64), left, right, np.ones(size, np.bool_)).tolist() == [0]
        assert sorted(record for part in found.parts for record in part) == list(range(size))


def test_a_record_that_nothing_joins_to_a_dense_cluster_is_found():
    left, right = np.array(list(combinations(range(5), 2))).T  # and a sixth one

    assert thin(np.zeros(6, np.int64), left, right, np.ones(6, np.bool_)).tolist() == [0]


def test_clusters_that_nothing_touched_are_not_looked_at():
    cluster = np.array([0, 0, 2, 2, 4])
    none, touched = np.zeros(0, np.int64), np.array([False, True, False, False, True])

    assert thin(cluster, none, none, touched).tolist() == [0]


@pytest.mark.parametrize(
    ("numbers", "clusters"),
    [
        (["111", None, "222", None], [0]),
        (["111", None, "111", "222"], []),
        (["111", None, None, "222"], []),
    ],
)
def test_clusters_that_hold_different_numbers_are_found_at_once(numbers, clusters):
    model = small_model()
    frame = frame_of(model, number=numbers, country=list("xxxx"))

    found = torn(np.array([0, 0, 0, 3]), held_identifiers(frame, model))

    assert found.tolist() == clusters
