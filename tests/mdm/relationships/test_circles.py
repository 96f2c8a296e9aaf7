"""What happens to a hierarchy when its nodes merge and come apart: the cases Reltio documents."""

from datetime import timedelta
from threading import Event as Signal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from mdm import golden, relationships, work
from mdm.bulk import fetch
from mdm.golden import Link, Merge
from mdm.invariants import INVARIANTS
from mdm.models import CrosswalkLink, Event, GoldenRecord, Relationship
from mdm.relationships import RelationshipRefusedError
from stewardship.models import StewardshipTask
from tests.concurrency import at_once, in_background, wait_until_blocked
from tests.factories import (
    LATER,
    NOW,
    cause,
    golden_of,
    golden_record,
    merge_goldens,
    record,
    reference,
    send_again,
    split_off,
)

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
CHECKS = [name for name in INVARIANTS if "parent" in name or "relationships" in name]


def client(key, parent=None, **attributes):
    if parent is not None:
        attributes["parent"] = reference(parent)
    return record(key, **attributes)


def nodes(*records):
    return [golden_record(each) for each in records]


def held():
    """The edges that are held back, as child and parent keys."""
    rows = Relationship.objects.filter(withdrawn_at=None).exclude(held_back="")
    return sorted(rows.values_list("record__source_key", "other_key"))


def children(of):
    steps = relationships.children(getattr(of, "pk", of), valid_on=LATER.date())
    return {step.golden_id for step in steps}


def open_tasks():
    work.drain()
    tasks = StewardshipTask.objects.filter(kind="relationship", state="open")
    return sorted(tasks.values_list("subject", flat=True))


def all_is_well():
    return {name: fetch(INVARIANTS[name]) for name in CHECKS} == {name: [] for name in CHECKS}


def test_children_of_one_parent_that_merge_are_one_node_with_both_branches():
    top = client("TOP")
    one, other = client("ONE", top), client("OTHER", top)
    below_one, below_other = client("B1", one), client("B2", other)
    golden_top, *pair, first, second = nodes(top, one, other, below_one, below_other)

    merged = merge_goldens(*pair)

    assert children(golden_top) == {merged}
    assert children(merged) == {first.pk, second.pk}
    assert (held(), open_tasks(), all_is_well()) == ([], [], True)


def test_children_of_different_parents_that_merge_stay_under_both_and_a_person_is_asked():
    north, south = client("NORTH"), client("SOUTH")
    one, other = client("ONE", north), client("OTHER", south)
    golden_north, golden_south, *pair = nodes(north, south, one, other)

    merged = merge_goldens(*pair)

    assert children(golden_north) == children(golden_south) == {merged}
    assert open_tasks() == [str(merged)]
    assert all_is_well()


def test_nobody_needs_to_look_any_more_when_the_two_parents_are_one():
    north, south = client("NORTH"), client("SOUTH")
    one, other = client("ONE", north), client("OTHER", south)
    golden_north, golden_south, *pair = nodes(north, south, one, other)
    merge_goldens(*pair)
    assert open_tasks()

    merge_goldens(golden_north, golden_south, at=LATER + timedelta(days=1))

    assert open_tasks() == []


def test_nor_when_the_children_come_apart_again():
    north, south = client("NORTH"), client("SOUTH")
    one, other = client("ONE", north), client("OTHER", south)
    *_, first, second = nodes(north, south, one, other)
    merge_goldens(first, second)
    assert open_tasks()

    split_off(other)

    assert open_tasks() == []


def test_nor_when_the_sources_agree():
    north, south = client("NORTH"), client("SOUTH")
    one, other = client("ONE", north), client("OTHER", south)
    *_, first, second = nodes(north, south, one, other)
    merge_goldens(first, second)
    assert open_tasks()

    send_again(other, parent=reference(north))

    assert open_tasks() == []


def test_a_merge_that_closes_a_circle_succeeds_and_the_youngest_edge_is_held_back():
    top = client("TOP")
    middle = client("MIDDLE", top)
    bottom = client("BOTTOM", middle)
    golden_top, golden_middle, golden_bottom = nodes(top, middle, bottom)

    merged = merge_goldens(golden_top, golden_bottom)

    assert held() == [("BOTTOM", "MIDDLE")]
    assert children(merged) == {golden_middle.pk}
    assert children(golden_middle) == set()
    assert all_is_well()


def test_the_owner_is_told_of_what_is_held_back_and_a_task_opens():
    top = client("TOP")
    bottom = client("BOTTOM", top)

    merge_goldens(*nodes(top, bottom))

    edge = Relationship.objects.get(withdrawn_at=None)
    assert edge.held_back == "circle"
    told = Event.objects.get(type="relationships.unclear")
    assert told.content == {"held_back": [edge.pk], "several_parents": []}
    assert open_tasks() == [str(edge.pk)]


def test_taking_the_merge_back_restores_the_edges_of_whoever_asserted_them():
    top = client("TOP")
    middle = client("MIDDLE", top)
    bottom = client("BOTTOM", middle)
    golden_top, golden_middle, golden_bottom = nodes(top, middle, bottom)
    merge_goldens(golden_top, golden_bottom)
    assert open_tasks()

    apart = split_off(bottom)

    assert held() == []
    assert children(golden_top) == {golden_middle.pk}
    assert children(golden_middle) == {apart.pk}
    assert (open_tasks(), all_is_well()) == ([], True)


def test_an_edge_follows_the_source_record_that_asserts_it():
    top, other_top = client("TOP"), client("OTHER TOP")
    crm, erp = client("CRM SAYS", top), client("ERP SAYS", other_top, source="ERP")
    golden_top, golden_other, _ = nodes(top, other_top, crm)
    golden.attach("client", {golden_of(crm)[0]: [Link(erp.pk, "match")]}, cause=cause(at=LATER))
    assert children(golden_other) == {golden_of(crm)[0]}

    apart = split_off(erp)

    assert children(golden_other) == {apart.pk}
    assert children(golden_top) == {golden_of(crm)[0]}


def test_an_edge_of_a_feed_that_would_close_a_circle_is_stored_and_held_back():
    top = client("TOP")
    bottom = client("BOTTOM", top)
    nodes(top, bottom)

    send_again(top, parent=reference(bottom))

    assert held() == [("TOP", "BOTTOM")]
    assert len(open_tasks()) == 1
    assert all_is_well()


def test_edges_that_arrive_before_their_records_are_linked_are_judged_when_they_are():
    one = client("ONE", parent=None)
    other = client("OTHER", one)
    send_again(one, parent=reference(other))
    assert held() == []

    nodes(one, other)

    assert held() == [("ONE", "OTHER")]
    assert all_is_well()


def test_what_was_held_back_takes_effect_when_the_circle_is_opened():
    top, middle = client("TOP"), client("MIDDLE")
    bottom = client("BOTTOM", top)
    golden_top, _, golden_bottom = nodes(top, middle, bottom)
    send_again(top, parent=reference(bottom))
    assert open_tasks()
    relationships.withdraw_relationship(
        Relationship.objects.get(record=bottom).pk, cause=cause(at=LATER, reason="sold long ago")
    )

    assert held() == [("BOTTOM", "TOP")]
    assert children(golden_bottom) == {golden_top.pk}
    assert (open_tasks(), all_is_well()) == ([], True)


def test_parents_that_follow_one_another_in_time_are_no_circle():
    one = client("ONE")
    other = client("OTHER", one)
    nodes(one, other)
    send_again(other, parent=None)

    send_again(one, at=LATER + timedelta(days=1), parent=reference(other))

    assert Relationship.objects.filter(withdrawn_at=None).count() == 2
    assert (held(), all_is_well()) == ([], True)


def test_a_record_that_names_itself_as_its_parent_is_held_back():
    alone = record("ALONE", parent={"system": "CRM", "key": "ALONE"})
    nodes(alone)

    assert held() == [("ALONE", "ALONE")]
    assert all_is_well()


@pytest.mark.django_db(transaction=True)
def test_of_two_stewards_who_would_close_a_circle_together_one_is_refused():
    one, other = nodes(client("ONE"), client("OTHER"))
    client("EDGE", client("PARENT"))  # so that the domain has a hierarchy

    def under(child, parent):
        return relationships.assert_relationship(
            "parent_of", child.pk, parent.pk, cause=cause(reason="seen")
        )

    answers = at_once(lambda: under(one, other), lambda: under(other, one))

    assert {type(answer) for answer in answers} == {Relationship, RelationshipRefusedError}
    assert all_is_well()


@pytest.mark.django_db(transaction=True)
def test_two_feeds_that_close_a_circle_together_leave_one_edge_in_effect():
    one, other = client("ONE"), client("OTHER")
    nodes(one, other)

    at_once(
        lambda: send_again(one, parent=reference(other)),
        lambda: send_again(other, parent=reference(one)),
    )

    assert len(held()) == 1
    assert all_is_well()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["edge", "merge"])
def test_a_merge_and_the_first_edge_of_a_hierarchy_wait_for_each_other(first):
    """The edge of BOTTOM leads to TOP, with which BOTTOM is being merged."""
    top, bottom = client("TOP"), client("BOTTOM")
    pair = nodes(top, bottom)
    steps = {
        "edge": lambda: send_again(bottom, parent=reference(top)),
        "merge": lambda: merge_goldens(*pair),
    }

    do_first = steps.pop(first)
    (second,) = steps.values()
    done, go_on = Signal(), Signal()

    def do_and_wait():
        with transaction.atomic():
            do_first()
            done.set()
            go_on.wait()

    with in_background() as start:
        start(do_and_wait)
        done.wait()
        waiting = start(second)
        wait_until_blocked(waiting)
        assert not waiting.done()
        go_on.set()
    waiting.result()

    assert held() == [("BOTTOM", "TOP")]
    assert all_is_well()


MOVES = st.lists(
    st.one_of(
        st.tuples(st.just("merge"), st.integers(0, 5), st.integers(0, 5)),
        st.tuples(st.just("split"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("parent"), st.integers(0, 5), st.integers(0, 6)),
    ),
    max_size=10,
)


class AnyMoves(TestCase):
    """Hypothesis needs a transaction for each example, which its own test case gives."""

    @settings(max_examples=15)
    @given(MOVES)
    def test_no_merge_and_no_change_puts_a_circle_into_effect(self, moves):
        records = [client(f"N{number}") for number in range(6)]
        nodes(*records)
        clock = LATER
        for move, at, with_ in moves:
            clock += timedelta(hours=7)
            apply(move, records, at, with_, clock)
            assert all_is_well()

        self.check_that_apart_nothing_but_what_they_say_is_held_back(records, clock)

    def check_that_apart_nothing_but_what_they_say_is_held_back(self, records, clock):
        """Once all are apart, what is held back is what would be, had nothing ever been merged."""
        for each in records:
            clock += timedelta(hours=7)
            apply("split", records, records.index(each), 0, clock)
        fresh = [(row.pk, row.held_back) for row in Relationship.objects.filter(withdrawn_at=None)]
        golden_ids = golden_of(*records)
        Relationship.objects.filter(withdrawn_at=None).update(held_back="")
        relationships.circles.judge("client", golden_ids, (), cause(at=clock))
        again = Relationship.objects.filter(withdrawn_at=None, held_back="circle").count()
        assert again == sum(1 for _, held_back in fresh if held_back)


def apply(move, records, at, with_, clock):
    (mine,) = golden_of(records[at])
    if move == "merge":
        (theirs,) = golden_of(records[with_])
        if mine != theirs:
            ids = frozenset([mine, theirs])
            golden.merge("client", [Merge(ids, "steward")], cause=cause(at=clock))
    elif move == "split":
        members = CrosswalkLink.objects.filter(golden=mine, unlinked_at=None).count()
        if members > 1:
            split_off(records[at], at=clock)
    else:
        parent = reference(records[with_]) if with_ < 6 else None
        send_again(records[at], at=clock, parent=parent)


def test_a_golden_record_without_edges_is_merged_without_touching_any():
    golden_record(client("EDGE", client("PARENT")))
    pair = nodes(client("ONE"), client("OTHER"))
    before = list(Relationship.objects.values())

    merge_goldens(*pair)

    assert list(Relationship.objects.values()) == before
    assert GoldenRecord.objects.filter(status="merged").count() == 1
