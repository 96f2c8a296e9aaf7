from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from mdm import golden, history
from mdm.golden import Link, Merge
from tests.factories import LATER, NOW, cause, golden_record, record

pytestmark = pytest.mark.django_db

BEFORE = LATER - timedelta(days=1)


def merged(*made, at=LATER):
    ids = frozenset(each.pk for each in made)
    return golden.merge("client", [Merge(ids, "match")], cause=cause(at=at))[0]


def test_a_golden_record_is_as_it_was_before_each_change_and_after_it():
    crm = record("A", legal_name="Acme")
    made = golden_record(crm, at=NOW)
    erp = record("1", source="ERP", legal_name="Acme", phone="+1")
    golden.attach("client", {made.pk: [Link(erp.pk, "match", 12.0)]}, cause=cause(at=LATER))

    before, after = (history.as_of(made.pk, moment) for moment in (BEFORE, LATER))

    assert before.attributes == {"legal_name": "Acme"}
    assert before.provenance == {str(crm.pk): "*"}
    assert (before.version, before.members) == (1, (crm.pk,))
    assert (before.since_at, before.until_at) == (NOW, LATER)
    assert after.attributes == {"legal_name": "Acme", "phone": "+1"}
    assert (after.version, after.members) == (2, (crm.pk, erp.pk))
    assert (after.since_at, after.until_at) == (LATER, None)


def test_before_it_existed_there_is_no_answer():
    made = golden_record(at=NOW)

    assert history.as_of(made.pk, NOW - timedelta(microseconds=1)) is None
    assert history.as_of(made.pk, NOW).version == 1
    assert history.as_of(uuid4(), NOW) is None


def test_what_was_merged_away_still_says_what_it_said_before():
    a, b = record("A", legal_name="Acme"), record("B", legal_name="Beta")
    first, second = golden_record(a), golden_record(b)

    merged(first, second)

    then, now = (history.as_of(second.pk, moment) for moment in (BEFORE, LATER))
    assert (then.title, then.status, then.members) == ("Beta", "active", (b.pk,))
    assert (now.status, now.merged_into, now.members) == ("merged", first.pk, ())
    assert history.as_of(first.pk, BEFORE).members == (a.pk,)
    assert history.as_of(first.pk, LATER).members == (a.pk, b.pk)


def test_of_two_changes_at_one_moment_the_last_one_counts():
    first, second, third = golden_record(), golden_record(), golden_record()
    merged(first, second)
    merged(first, third)

    then = history.as_of(first.pk, LATER)

    assert (then.version, len(then.members)) == (3, 3)


def test_many_are_answered_in_one_statement(django_assert_num_queries):
    made = [golden_record() for _ in range(5)]
    merged(*made[:3])

    with django_assert_num_queries(1):
        found = history.as_of_many([each.pk for each in made], BEFORE)

    assert {id_: each.title for id_, each in found.items()} == {
        each.pk: each.title for each in made
    }


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-05-01", datetime(2026, 5, 1, 23, 59, 59, 999999, UTC)),
        ("9999-12-31", datetime(9999, 12, 31, 23, 59, 59, 999999, UTC)),
        ("2026-05-01T08:30", datetime(2026, 5, 1, 8, 30, tzinfo=UTC)),
        ("2026-05-01T08:30:00Z", datetime(2026, 5, 1, 8, 30, tzinfo=UTC)),
        ("2026-05-01T08:30:00+02:00", datetime(2026, 5, 1, 6, 30, tzinfo=UTC)),
        ("2026-05-01T08:30:00 02:00", datetime(2026, 5, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_a_date_time_or_the_end_of_a_day(text, meant):
    assert history.moment(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "",
        "yesterday",
        "2026-13-01",
        "01/05/2026",
        "2026-05-01T25:00",
    ],
)
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r"isoformat|month|hour|bounds"):
        history.moment(text)
