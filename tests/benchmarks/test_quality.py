"""Figures of quality that benchmarks print are those that counting by hand gives."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.peers.quality import at_best_threshold, at_threshold, largest, of_clusters

LABELS = st.integers(0, 4)


def pairs_by_hand(labels):
    return {pair for pair in combinations(range(len(labels)), 2) if len({*labels[list(pair)]}) == 1}


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=12))
def test_clusters_are_measured_pair_by_pair(rows):
    cluster, truth = np.array(rows).T

    quality = of_clusters(cluster, truth)

    found, true = pairs_by_hand(cluster), pairs_by_hand(truth)
    assert (quality.right, quality.found, quality.true) == (
        len(found & true),
        len(found),
        len(true),
    )


def test_clusters_may_be_named_in_any_way():
    quality = of_clusters(np.array(["b", "b", "a", "a"]), np.array([7, 7, 7, 9]))

    assert (quality.right, quality.found, quality.true) == (1, 2, 3)
    assert quality.precision == pytest.approx(1 / 2)
    assert quality.recall == pytest.approx(1 / 3)
    assert quality.f1 == pytest.approx(2 / 5)


WEIGHED = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=15)


@given(WEIGHED, st.integers(0, 5))
def test_no_threshold_is_better_than_the_best(pairs, missed):
    weight = np.array([pair[0] for pair in pairs], float)
    same = np.array([pair[1] for pair in pairs])
    true = int(same.sum()) + missed

    best, threshold = at_best_threshold(weight, same, true)

    every = [at_threshold(weight, same, true, bits) for bits in {*weight}]
    # equal thresholds are rounded each in its own way
    assert best.f1 == pytest.approx(max(quality.f1 for quality in every), abs=1e-12)
    assert best == at_threshold(weight, same, true, threshold)


def test_pairs_that_were_never_scored_are_missed():
    best, _ = at_best_threshold(np.array([9.0]), np.array([True]), true=4)

    assert (best.precision, best.recall) == (1.0, 0.25)


def test_without_pairs_nothing_is_found():
    best, threshold = at_best_threshold(np.zeros(0), np.zeros(0, bool), true=3)

    assert (best.f1, best.precision, best.recall, threshold) == (0.0, 0.0, 0.0, np.inf)


def test_the_largest_cluster_is_counted():
    assert largest(np.array([5, 2, 5, 5, 2])) == 3
