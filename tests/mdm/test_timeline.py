from datetime import timedelta

import pytest

from mdm import golden, timeline
from mdm.golden import Link, Merge
from mdm.models import Override
from mdm.timeline import Cursor, Member, ValueChange
from tests.factories import LATER, NOW, cause, golden_record, record

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def types(found):
    return [each.type for each in found.entries]


def merged(*made, **changes):
    ids = frozenset(each.pk for each in made)
    why = cause(**{"at": LATER, **changes})
    return golden.merge("client", [Merge(ids, "match", 23.5, "client-3")], cause=why)[0]


def test_a_timeline_begins_with_what_arrived_and_what_became_of_it():
    made = golden_record(record("A", legal_name="Acme"))

    created, arrived = timeline.read(made.pk).entries

    assert (arrived.type, arrived.arrived) == ("record.arrived", Member("CRM", "A"))
    assert (created.type, created.by) == ("golden.created", "user:ann")
    assert created.changes == (ValueChange("legal_name", None, "Acme"),)
    assert created.linked == (Member("CRM", "A", "new"),)


def test_a_change_says_what_was_there_before_and_after_who_why_and_by_which_rule():
    made = golden_record(record("A", legal_name="Acme"), at=NOW)
    erp = record("1", source="ERP", legal_name="Acme", phone="+1")
    why = cause(at=LATER, reason="same tax id", rule_version="client-3", request_id="req-1")
    golden.attach("client", {made.pk: [Link(erp.pk, "match", 12.0, "client-3")]}, cause=why)

    newest = timeline.read(made.pk).entries[0]

    assert newest.changes == (ValueChange("phone", None, "+1"),)
    assert newest.linked == (Member("ERP", "1", "match", 12.0, "client-3"),)
    assert (newest.at, newest.by, newest.reason) == (LATER, "user:ann", "same tax id")
    assert (newest.rule_version, newest.request_id) == ("client-3", "req-1")
    assert newest.correlation_id == "ts-test"


def test_what_happened_to_the_ids_that_lead_here_is_part_of_it():
    first, second, third = golden_record(), golden_record(), golden_record()
    merged(second, third)
    last = merged(first, second, at=LATER + MINUTE)

    found = timeline.read(last)

    assert types(found)[:4] == ["golden.merged", "golden.redirected"] * 2
    assert {each.golden_id for each in found.entries} == {first.pk, second.pk, third.pk}


def test_a_merge_names_the_other_golden_records_and_what_moved():
    first, second = golden_record(record("A")), golden_record(record("B"))
    merged(first, second)

    survivor, loser = timeline.read(first.pk).entries[:2]

    assert survivor.others == (second.pk,)
    assert survivor.linked == (Member("CRM", "B", "match", 23.5, "client-3"),)
    assert loser.others == (first.pk,)
    assert loser.unlinked == (Member("CRM", "B"),)


def test_overrides_are_part_of_it_with_their_reason():
    made = golden_record(at=NOW)
    Override.objects.create(
        golden=made, attribute="phone", value="+1", reason="asked them", set_by="user:bob",
        set_at=LATER, ended_by="user:ann", ended_at=LATER + MINUTE,
    )  # fmt: skip

    ended, begun = timeline.read(made.pk).entries[:2]

    assert (begun.type, begun.attribute, begun.by) == ("override.set", "phone", "user:bob")
    assert begun.reason == "asked them"
    assert (ended.type, ended.by) == ("override.ended", "user:ann")


def test_pages_follow_each_other_without_a_gap_or_a_repetition():
    made = golden_record(at=NOW)
    for number in range(5):
        joining = record(source="ERP", legal_name=f"Acme {number}")
        at = cause(at=LATER if number < 3 else LATER + MINUTE)
        golden.attach("client", {made.pk: [Link(joining.pk, "match")]}, cause=at)
    whole = timeline.read(made.pk)

    seen, before = [], None
    while True:
        page = timeline.read(made.pk, before=before, size=3)
        seen += page.entries
        if page.next is None:
            break
        before = Cursor.parse(str(page.next))

    assert len(whole.entries) == 12
    assert tuple(seen) == whole.entries
    assert whole.next is None


def test_a_timeline_takes_three_queries_however_much_happened(django_assert_num_queries):
    quiet, busy = golden_record(), golden_record(*(record() for _ in range(20)))
    merged(busy, *(golden_record() for _ in range(10)))

    for made in (quiet, busy):
        with django_assert_num_queries(3):
            timeline.read(made.pk)


@pytest.mark.parametrize(
    "text", ["", "x", "2026-06-01~1~2~3", "2026-06-01T00:00:00+00:00~1~2", f"{NOW}~1~{1 << 64}~0"]
)
def test_a_cursor_that_no_timeline_gave_out_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        Cursor.parse(text)
