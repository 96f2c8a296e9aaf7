"""Clusters: links join, guards refuse, and every refusal is reported."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matching.engine.clusters import _first_reached, find_clusters
from matching.engine.constraints import Constraints, ContradictoryConstraints
from matching.engine.identifiers import held_identifiers, vetoes
from matching.engine.model import Joining
from matching.engine.score import ScoredPairs
from tests.matching.engine.invented import frame_of, guarded_model, small_model


def pairs_of(*links: tuple[int, int, float]) -> ScoredPairs:
    left, right, weight = (np.array(column) for column in zip(*links, strict=True))
    size = len(links)
    return ScoredPairs(
        left.astype(np.int64),
        right.astype(np.int64),
        weight.astype(np.float64),
        np.zeros((size, 3), np.uint8),
        np.full(size, -1, np.int32),
        np.zeros(size, np.int32),
    )


def clusters_of(links, records=6, constraints=None, numbers=None, countries=None, model=None):
    model = model or small_model()
    columns = {"number": numbers or [None] * records, "country": countries or ["x"] * records}
    held = held_identifiers(frame_of(model, **columns), model)
    settled = constraints or Constraints.none(records)
    return find_clusters(pairs_of(*links), model, held, settled)


def test_links_over_the_threshold_join_and_weaker_ones_do_not():
    clusters = clusters_of([(0, 1, 9.0), (1, 2, 5.0), (3, 4, 3.9)])

    assert clusters.members() == {0: [0, 1, 2]}
    assert clusters.of_row.tolist() == [0, 0, 0, 3, 4, 5]


def test_a_chain_whose_ends_hold_different_numbers_is_cut_at_its_weaker_link():
    clusters = clusters_of(
        [(0, 1, 9.0), (1, 2, 5.0)], numbers=["111", None, "222", None, None, None]
    )

    assert clusters.members() == {0: [0, 1]}
    (refusal,) = clusters.refusals
    assert (refusal.left, refusal.right, refusal.reason) == (1, 2, "identifiers conflict")
    assert refusal.detail == "number"


def test_numbers_of_different_countries_do_not_conflict():
    clusters = clusters_of(
        [(0, 1, 9.0)], numbers=["111", "222", None, None, None, None], countries=list("abxxxx")
    )

    assert clusters.members() == {0: [0, 1]}


def test_a_decision_binds_the_clusters_on_both_sides():
    links = [(0, 1, 9.0), (2, 3, 9.0), (1, 2, 8.0), (0, 3, 7.0)]
    apart = Constraints.of(6, apart=[(0, 2)])

    clusters = clusters_of(links, constraints=apart)

    assert clusters.members() == {0: [0, 1], 2: [2, 3]}
    assert {(r.left, r.right) for r in clusters.refusals} == {(1, 2), (0, 3)}
    assert {r.reason for r in clusters.refusals} == {"kept apart by decision"}


def test_groups_stay_together_and_apart():
    groups = np.array([7, -1, 7, 8, 8, -1])
    constraints = Constraints.of(6, together=groups, groups_apart=[(7, 8)])

    clusters = clusters_of([(2, 3, 9.0), (1, 4, 9.0)], constraints=constraints)

    assert clusters.members() == {0: [0, 2], 1: [1, 3, 4]}


def test_contradictory_constraints_are_refused_with_their_rows():
    with pytest.raises(ContradictoryConstraints, match="0 and 1"):
        Constraints.of(3, together=np.array([5, 5, -1]), apart=[(0, 1)])


def test_a_record_apart_from_itself_is_a_contradiction():
    with pytest.raises(ContradictoryConstraints):
        Constraints.of(3, apart=[(1, 1)])


def test_a_weak_bridge_between_clusters_is_refused_and_a_supported_link_is_not():
    triangles = [(0, 1, 9.0), (1, 2, 9.0), (0, 2, 4.5), (3, 4, 9.0), (4, 5, 9.0), (3, 5, 9.0)]

    clusters = clusters_of([*triangles, (2, 3, 4.5)], model=guarded_model(below=6.0))

    assert clusters.members() == {0: [0, 1, 2], 3: [3, 4, 5]}
    assert [(r.left, r.right, r.reason) for r in clusters.refusals] == [(2, 3, "weak bridge")]


def test_small_clusters_need_no_third_record():
    clusters = clusters_of([(0, 1, 4.5), (1, 2, 4.5)], model=guarded_model(below=6.0))

    assert clusters.members() == {0: [0, 1, 2]}


def test_a_number_that_many_records_hold_identifies_nothing():
    model = small_model()
    frame = frame_of(model, number=["999"] * 60 + ["111"], country=["x"] * 61)
    held = held_identifiers(frame, model)

    assert vetoes(held, np.array([0]), np.array([60])).tolist() == [-1]


link = st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(0, 9)).filter(
    lambda item: item[0] < item[1]
)


@settings(max_examples=80)
@given(
    st.lists(link, min_size=1, max_size=16, unique_by=lambda item: item[:2]),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda p: p[0] != p[1])),
    st.lists(st.sampled_from([None, "1", "2"]), min_size=8, max_size=8),
)
def test_no_cluster_ever_breaks_a_constraint_and_links_alone_explain_it(links, apart, numbers):
    constraints = Constraints.of(8, apart=apart)

    clusters = clusters_of(links, 8, constraints, numbers)

    assert not any(clusters.of_row[a] == clusters.of_row[b] for a, b in apart)
    for rows in clusters.members().values():
        assert len({numbers[row] for row in rows} - {None}) <= 1
        inside = [(a, b) for a, b, weight in links if weight >= 4 and a in rows and b in rows]
        assert len(inside) >= len(rows) - 1
    refused = {(refusal.left, refusal.right) for refusal in clusters.refusals}
    strong = {(a, b) for a, b, weight in links if weight >= 4}
    split = {(a, b) for a, b in strong if clusters.of_row[a] != clusters.of_row[b]}
    assert split == refused


def test_where_groups_join_a_weak_link_between_two_is_refused_and_reported():
    model = small_model(joining=Joining())

    clusters = clusters_of([(0, 1, 9.0), (2, 3, 9.0), (1, 2, 5.0)], model=model)

    assert clusters.members() == {0: [0, 1], 2: [2, 3]}
    (refusal,) = clusters.refusals
    assert (refusal.left, refusal.right, refusal.reason) == (1, 2, "weak bridge")


def test_where_groups_join_members_support_a_record_but_never_against_its_number():
    links = [(0, 1, 9.0), (1, 2, 9.0), (0, 2, 9.0), (0, 3, 3.0), (1, 3, 3.0), (2, 3, 3.0)]
    model = small_model(joining=Joining())
    numbers = ["111", None, None, "222", None, None]

    assert clusters_of(links, model=model).members() == {0: [0, 1, 2, 3]}
    assert clusters_of(links, model=model, numbers=numbers).members() == {0: [0, 1, 2]}


@given(links=st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=60))
def test_each_node_reaches_the_first_of_its_component(links):
    one, other = np.array(links, np.int32).reshape(-1, 2).T
    edges = coo_array((np.ones(len(links)), (one, other)), shape=(40, 40))
    _, number = connected_components(edges, directed=False)

    first = _first_reached(one, other, 40)

    assert first.tolist() == [number.tolist().index(each) for each in number]


def test_a_long_chain_in_any_order_is_one_component():
    chain = np.random.default_rng(1).permutation(100_000).astype(np.int32)

    assert not _first_reached(chain[:-1], chain[1:], len(chain)).any()
