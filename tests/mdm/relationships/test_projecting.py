from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from mdm import relationships, sources
from mdm.models import Relationship, SourceRecord
from tests.factories import (
    LATER,
    NOW,
    arrival,
    batch,
    cause,
    feed,
    golden_record,
    record,
    send_again,
    system,
)

pytestmark = pytest.mark.django_db

TODAY, SOON = NOW.date(), LATER.date()


def said(of, **conditions):
    """The live relationships of a record: what they refer to, from when until when."""
    rows = Relationship.objects.filter(record=of, withdrawn_at=None, **conditions)
    return sorted(
        (
            (row.other_key, row.valid_on.lower, row.valid_on.upper)
            for row in rows.order_by("valid_on")
        ),
        key=lambda row: row[1] or date.min,
    )


def contact(key="P", **attributes):
    return record(key, domain="contact", family_name="Doe", **attributes)


def to(key, source="CRM"):
    return {"system": source, "key": key}


def test_a_reference_becomes_a_relationship_of_the_declared_kind():
    record("HEAD")
    child = record("CHILD", parent=to("HEAD"))
    works = contact(client=to("HEAD"))
    project = record("ROOF", domain="project", name="Roof", client=to("HEAD"))

    kinds = {
        row.record_id: (row.kind, row.attribute, row.other_domain, row.other_key, row.asserted_by)
        for row in Relationship.objects.all()
    }

    feeds = {each.pk: f"feed:{each.home_feed.code}" for each in (child, works, project)}
    assert kinds == {
        child.pk: ("parent_of", "parent", "client", "HEAD", feeds[child.pk]),
        works.pk: ("works_for", "client", "client", "HEAD", feeds[works.pk]),
        project.pk: ("engaged_by", "client", "client", "HEAD", feeds[project.pk]),
    }


def test_when_a_contact_moves_employer_both_periods_are_visible():
    mover = contact(client=to("OLD"))

    send_again(mover, client=to("NEW"), updated_at=datetime(2026, 6, 15, 9, tzinfo=UTC))

    moved = date(2026, 6, 15)
    assert said(mover) == [("OLD", None, moved), ("NEW", moved, None)]


def test_where_the_source_gives_no_time_the_day_of_recording_divides_the_periods():
    mover = contact(client=to("OLD"), updated_at=NOW - timedelta(days=90))

    send_again(mover, client=to("NEW"))

    assert said(mover) == [("OLD", None, SOON), ("NEW", SOON, None)]


def test_a_record_that_was_here_before_without_a_reference_has_it_from_the_change_on():
    joiner = contact()

    send_again(joiner, client=to("A"))

    assert said(joiner) == [("A", SOON, None)]


def test_an_unchanged_reference_is_left_alone():
    same = contact(client=to("A"))
    before = list(Relationship.objects.values())

    send_again(same, client=to("A"), role="Boss")

    assert list(Relationship.objects.values()) == before


def test_a_reference_that_the_feed_does_not_mention_stays():
    same = contact(client=to("A"))

    send_again(same, role="Boss")

    assert said(same) == [("A", None, None)]


def test_an_explicit_null_ends_a_relationship():
    left = contact(client=to("A"))

    send_again(left, client=None)

    assert said(left) == [("A", None, SOON)]


def test_a_record_that_its_source_no_longer_has_ends_what_it_asserts():
    gone = contact(client=to("A"))

    sources.inactivate([gone.pk], cause=cause(at=LATER))

    assert said(gone) == [("A", None, SOON)]


def test_a_record_that_comes_back_asserts_again():
    back = contact(client=to("A"))
    sources.inactivate([back.pk], cause=cause(at=LATER))

    send_again(back, at=LATER + timedelta(days=5), client=to("A"))

    assert said(back) == [("A", None, SOON), ("A", SOON + timedelta(days=5), None)]


def test_of_two_changes_on_one_day_the_later_is_true_and_the_earlier_is_kept_in_recorded_time():
    mover = contact(client=to("A"))
    send_again(mover, client=to("B"))

    send_again(mover, at=LATER + timedelta(hours=1), client=to("C"))

    assert said(mover) == [("A", None, SOON), ("C", SOON, None)]
    withdrawn = Relationship.objects.get(other_key="B")
    assert withdrawn.withdrawn_at == LATER + timedelta(hours=1)


def test_a_change_that_its_source_dates_before_the_last_one_does_not_reach_into_earlier_periods():
    mover = contact(client=to("A"))
    send_again(mover, client=to("B"))

    send_again(mover, client=to("C"), updated_at=NOW - timedelta(days=300))

    assert said(mover) == [("A", None, SOON), ("C", SOON, None)]


def test_what_was_known_before_a_change_is_kept():
    mover = contact(client=to("A"))
    send_again(mover, client=to("B"))

    (known,) = Relationship.objects.filter(asserted_at__lte=NOW)

    assert (known.other_key, known.valid_on.upper, known.withdrawn_at) == ("A", None, LATER)
    ended = Relationship.objects.get(other_key="A", withdrawn_at=None)
    assert (ended.first_asserted_at, ended.asserted_at) == (NOW, LATER)


def test_the_database_refuses_two_things_that_one_attribute_says_at_a_time():
    one = contact(client=to("A"))
    row = Relationship.objects.get(record=one)
    row.pk, row.other_key, row.valid_on = None, "B", DateRange(TODAY, None)

    with pytest.raises(IntegrityError, match="an_attribute_says_one_thing_at_a_time"):
        row.save()


def test_relationships_are_projected_by_as_many_queries_for_many_records_as_for_one():
    home = feed(domain="contact")

    def load(keys, at, client):
        arrivals = [arrival(key, family_name="Doe", client=to(client)) for key in keys]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            sources.upsert(home, batch(home), arrivals, cause=cause(at=at))
        return len(asked)

    counts = [
        (load(keys, NOW, "A"), load(keys, LATER, "B"))
        for keys in (["one"], [f"K{number}" for number in range(50)])
    ]

    assert counts[0] == counts[1]
    assert Relationship.objects.filter(withdrawn_at=None).count() == 102


def test_a_domain_without_relationships_asks_the_database_nothing():
    with CaptureQueriesContext(connection) as asked:
        relationships.project("rate", [1, 2], cause=cause())

    assert len(asked) == 0


def test_what_records_said_before_it_was_declared_a_relationship_is_caught_up_with():
    one = contact(client=to("A"))
    golden_record(one)
    Relationship.objects.all().delete()

    call_command("rebuild")
    call_command("rebuild")

    assert said(one) == [("A", None, None)]


def test_a_reference_to_a_golden_record_is_found_when_that_arrives_later():
    works = golden_record(contact(client=to("LATE")))
    assert relationships.of_golden(works.pk)[0].other_golden_id is None

    late = golden_record(record("LATE"))

    assert relationships.of_golden(works.pk)[0].other_golden_id == late.pk


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", None, "gone"]),
        st.one_of(st.none(), st.integers(-20, 60)),
        st.integers(0, 40),
    ),
    min_size=1,
    max_size=8,
)


class AnyChanges(TestCase):
    """Hypothesis needs a transaction for each example, which its own test case gives."""

    @settings(max_examples=25)
    @given(STEPS)
    def test_periods_never_overlap_and_tell_the_latest_truth(self, steps):
        system()
        one = contact(client=to("A"))
        clock = NOW
        latest = "A"
        for number, (reference_, source_day, pause) in enumerate(steps):
            clock += timedelta(hours=pause)
            if reference_ == "gone":
                sources.inactivate([one.pk], cause=cause(at=clock))
                latest = None
                continue
            moment = None if source_day is None else NOW + timedelta(days=source_day)
            known = SourceRecord.objects.get(pk=one.pk).version
            value = to(reference_) if reference_ else None
            send_again(one, at=clock, updated_at=moment, client=value, role=f"Role {number}")
            if SourceRecord.objects.get(pk=one.pk).version > known:
                latest = reference_

        periods = said(one)
        open_ = [key for key, _, until in periods if until is None]
        assert open_ == ([latest] if latest else [])
        for before, after in pairwise(periods):
            assert before[2] is not None
            assert before[2] <= after[1]
