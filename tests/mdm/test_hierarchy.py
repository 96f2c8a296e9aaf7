from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm import hierarchy
from mdm.hierarchy import Days, Edge

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
A, B, C, D = (UUID(int=number) for number in range(1, 5))


def edges(*pairs):
    """Edges of child and parent, and days where they are not all days."""
    return [
        Edge(number, child, parent, days[0] if days else Days())
        for number, (child, parent, *days) in enumerate(pairs, 1)
    ]


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        (Days(), Days(), Days()),
        (Days(MAY), Days(None, JUNE), Days(MAY, JUNE)),
        (Days(None, MAY), Days(MAY), None),
        (Days(MAY, JULY), Days(JUNE), Days(JUNE, JULY)),
        (Days(MAY, JUNE), Days(MAY, JUNE), Days(MAY, JUNE)),
    ],
)
def test_common_days_are_those_of_both(one, other, common):
    assert one.common(other) == common
    assert other.common(one) == common


def test_days_are_written_as_postgresql_writes_a_range():
    assert [str(Days()), str(Days(MAY)), str(Days(None, JUNE))] == [
        "[,)",
        "[2026-05-01,)",
        "[,2026-06-01)",
    ]


@pytest.mark.parametrize(
    ("graph", "held"),
    [
        (edges((A, B), (B, C)), set()),
        (edges((A, A)), {1}),
        (edges((A, B), (B, A)), {2}),
        (edges((A, B), (B, C), (C, D), (D, A)), {4}),
        (edges((A, B), (A, C), (B, D), (C, D)), set()),
        (edges((A, B), (B, A), (B, C), (C, A)), {2, 4}),
        (edges((A, B, Days(None, MAY)), (B, A, Days(MAY))), set()),
        (edges((A, B, Days(None, JUNE)), (B, A, Days(MAY))), {2}),
        (edges((A, B, Days(MAY, JUNE)), (B, C), (C, A, Days(JUNE))), set()),
    ],
)
def test_the_edge_that_would_close_a_circle_is_held_back(graph, held):
    assert hierarchy.closing(graph) == held


def test_a_circle_is_named_from_its_child_up_to_that_again():
    upwards = hierarchy.upwards_of(edges((B, C), (C, A)))

    assert hierarchy.chain(upwards, Edge(9, A, B, Days())) == [A, B, C, A]
    assert hierarchy.chain(upwards, Edge(9, A, D, Days())) == []


@pytest.mark.parametrize(
    ("graph", "several"),
    [
        (edges((A, B), (A, C)), {A}),
        (edges((A, B), (A, B)), set()),
        (edges((A, B, Days(None, MAY)), (A, C, Days(MAY))), set()),
        (edges((A, B, Days(None, JULY)), (A, C, Days(JUNE))), {A}),
        (edges((A, B, Days(None, JUNE)), (A, C, Days(MAY))), set()),
    ],
)
def test_two_parents_on_one_day_are_several_unless_that_is_past(graph, several):
    assert hierarchy.with_several_parents(graph, since=JUNE) == several


NODES = st.integers(0, 5).map(lambda number: UUID(int=number))
SOME_DAYS = st.builds(
    lambda first, length: Days(MAY + timedelta(first), MAY + timedelta(first + length)),
    st.integers(0, 6),
    st.integers(1, 6),
)
GRAPHS = st.lists(st.tuples(NODES, NODES, SOME_DAYS), max_size=14).map(lambda said: edges(*said))


@given(GRAPHS)
def test_on_no_day_is_there_a_circle_and_nothing_is_held_back_in_vain(graph):
    held = hierarchy.closing(graph)

    in_effect = [edge for edge in graph if edge.id not in held]
    for number in range(12):
        assert not circular(in_effect, MAY + timedelta(number))
    for edge in graph:
        if edge.id in held:
            assert any(
                circular([*in_effect, edge], MAY + timedelta(number)) for number in range(12)
            )


def circular(graph, day):
    """Whether taking away what has no parent, again and again, leaves something."""
    today = Days(day, day + timedelta(1))
    left = [edge for edge in graph if edge.days.common(today)]
    while True:
        children = {edge.child for edge in left}
        fewer = [edge for edge in left if edge.parent in children]
        if len(fewer) == len(left):
            return bool(left)
        left = fewer
