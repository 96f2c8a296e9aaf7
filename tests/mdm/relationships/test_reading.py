from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mdm import relationships
from mdm.hierarchy import Days
from tests.factories import (
    LATER,
    NOW,
    cause,
    golden_record,
    merge_goldens,
    record,
    reference,
    send_again,
    split_off,
)

pytestmark = pytest.mark.django_db

SOON = LATER.date()


def contact(key, client, **attributes):
    return record(key, domain="contact", family_name=key, client=reference(client), **attributes)


@pytest.fixture
def move():
    """A contact that moved from the client OLD to the client NEW."""
    old, new = record("OLD"), record("NEW")
    person = contact("Doe", old)
    goldens = [golden_record(each) for each in (old, new, person)]
    send_again(person, client=reference(new))
    return goldens


def test_both_periods_are_seen_from_every_end(move):
    old, new, person = move

    seen = {
        each.title: [
            (related.words, related.other_title, related.days)
            for related in relationships.of_golden(each.pk)
        ]
        for each in (person, old, new)
    }

    before, since = Days(None, SOON), Days(SOON)
    assert seen == {
        "Doe": [("works for", "Client OLD", before), ("works for", "Client NEW", since)],
        "Client OLD": [("employs", "Doe", before)],
        "Client NEW": [("employs", "Doe", since)],
    }


@pytest.mark.parametrize(
    ("on", "employer"),
    [(SOON - timedelta(days=1), "Client OLD"), (SOON, "Client NEW")],
)
def test_on_a_day_there_is_the_one_that_held_then(move, on, employer):
    (related,) = relationships.of_golden(move[2].pk, valid_on=on)

    assert related.other_title == employer


def test_as_of_a_moment_there_is_what_the_hub_knew(move):
    person = move[2]

    (known,) = relationships.of_golden(person.pk, as_of=LATER - timedelta(seconds=1))

    assert (known.other_title, known.days) == ("Client OLD", Days())


def test_as_of_a_moment_before_a_merge_the_golden_records_are_those_of_then(move):
    old, new, person = move
    merged = merge_goldens(old, new, at=LATER + timedelta(days=1))
    assert {each.other_golden_id for each in relationships.of_golden(person.pk)} == {merged}

    then = relationships.of_golden(person.pk, as_of=LATER + timedelta(hours=1))

    assert [each.other_golden_id for each in then] == [old.pk, new.pk]
    assert [each.other_title for each in then] == ["Client OLD", "Client NEW"]


def test_who_asserts_a_relationship_is_told_with_it(move):
    _, _, person = move

    related = relationships.of_golden(person.pk)[0]

    assert (related.system, related.source_key, related.reference) == ("CRM", "Doe", "CRM:OLD")
    assert (related.by_steward, related.from_it, related.held_back) == (False, True, "")


def test_a_merge_rewrites_nothing_and_children_go_back_with_whom_they_name():
    """The check of MU-11: the contact that C's record brought moves back with C."""
    a, c = record("A"), record("C")
    person = contact("Doe", c)
    golden_a, golden_c, golden_person = (golden_record(each) for each in (a, c, person))
    merged = merge_goldens(golden_a, golden_c)
    (together,) = relationships.of_golden(golden_person.pk)

    apart = split_off(c)

    (after,) = relationships.of_golden(golden_person.pk)
    assert (together.id, together.other_golden_id) == (after.id, merged)
    assert after.other_golden_id == apart.pk


@pytest.fixture
def family():
    """TOP, below it LEFT and RIGHT, below both of these BOTTOM."""
    top = record("TOP")
    left, right = (record(key, parent=reference(top)) for key in ("LEFT", "RIGHT"))
    bottom = [record(f"B-{each.source_key}", parent=reference(each)) for each in (left, right)]
    return [golden_record(*each) for each in ([top], [left], [right], bottom)]


def names(steps):
    return [(step.depth, step.title.removeprefix("Client ")) for step in steps]


def test_the_way_up_and_the_way_down_tell_each_golden_record_once(family):
    top, left, _, bottom = family

    up = relationships.ancestors(bottom.pk, valid_on=SOON)
    down = relationships.descendants(top.pk, valid_on=SOON)
    below = relationships.children(top.pk, valid_on=SOON)

    assert names(up) == [(1, "LEFT"), (1, "RIGHT"), (2, "TOP")]
    assert names(down) == [(1, "LEFT"), (1, "RIGHT"), (2, "B-LEFT")]
    assert names(below) == [(1, "LEFT"), (1, "RIGHT")]
    assert {step.via for step in up[:2]} == {bottom.pk}
    assert relationships.ancestors(left.pk, valid_on=SOON)[0].golden_id == top.pk


def test_a_way_leads_only_over_what_holds_on_the_day(family):
    top, left, *_ = family
    (edge,) = [each for each in relationships.of_golden(left.pk) if each.from_it]
    send_again(left.links.get().record, parent=None)

    assert names(relationships.children(top.pk, valid_on=SOON)) == [(1, "RIGHT")]
    yesterday = SOON - timedelta(days=1)
    assert names(relationships.children(top.pk, valid_on=yesterday)) == [(1, "LEFT"), (1, "RIGHT")]
    assert edge.other_golden_id == top.pk


def test_other_kinds_may_run_in_circles_and_the_way_still_ends():
    one, other = golden_record(record("ONE")), golden_record(record("OTHER"))
    for child, parent in ((one, other), (other, one)):
        relationships.assert_relationship(
            "successor_of", child.pk, parent.pk, cause=cause(reason="seen", at=NOW + timedelta(1))
        )

    steps = relationships.ancestors(one.pk, "successor_of", valid_on=SOON)

    assert names(steps) == [(1, "OTHER")]


def rate(client):
    values = {
        "scope": "client", "client": reference(client), "labour_category": "Architect",
        "unit": "hour", "currency": "USD", "amount": "100", "start_date": "2026-01-01",
    }  # fmt: skip
    return record("R", source="RATES", domain="rate", **values)


def test_what_hangs_on_golden_records_is_told_for_each_source_record():
    a, top = record("A"), record("TOP")
    b = record("B", source="ERP", parent=reference(top))
    whole, _ = golden_record(a, b), golden_record(top)
    people = [contact(key, a) for key in ("Doe", "Roe")]
    roof = record("ROOF", domain="project", name="Roof", client=reference(b))
    price = rate(b)
    golden_record(price)

    hanging = relationships.hanging_on([whole.pk], most=1)[whole.pk]

    told = [
        (each.member_id, each.kind, each.from_it, each.domain, each.count, each.record_ids)
        for each in hanging
    ]
    assert told == [
        (b.pk, "engaged_by", False, "project", 1, (roof.pk,)),
        (b.pk, "parent_of", True, "client", 1, (b.pk,)),
        (b.pk, "rate", False, "rate", 1, (price.pk,)),
        (a.pk, "works_for", False, "contact", 2, (people[0].pk,)),
    ]
    assert [len(each.relationship_ids) for each in hanging] == [1, 1, 0, 1]


def test_what_hangs_on_many_golden_records_is_asked_for_at_once():
    goldens = [golden_record(record()) for _ in range(5)]

    with CaptureQueriesContext(connection) as asked:
        hanging = relationships.hanging_on([each.pk for each in goldens])

    assert len(asked) == 1
    assert hanging == {each.pk: [] for each in goldens}


def test_dates_before_anything_was_known_are_answered(move):
    assert relationships.of_golden(move[2].pk, valid_on=date(1990, 1, 1))[0].days == Days(
        None, SOON
    )
