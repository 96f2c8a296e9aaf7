"""What is held against source records, and what it makes of the golden records they belong to."""

import pytest

from mdm import crosswalk, golden, invariants, lifecycle, sources
from mdm.crosswalk import XrefStatus
from mdm.domains import entity_type
from mdm.golden import Merge
from mdm.models import Event, GoldenRecord, SourceRecord
from stewardship import golden_pages
from tests.factories import LATER, arrival, batch, cause, golden_record, record

pytestmark = pytest.mark.django_db

SOUND, DRAFT, SUSPECT, WITHDRAWN, DELETED = "", "draft", "suspect", "withdrawn", "deleted"


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ([SOUND], "active"),
        ([DRAFT], "draft"),
        ([DRAFT, DRAFT], "draft"),
        ([DRAFT, SOUND], "active"),
        ([SUSPECT], "suspect"),
        ([SUSPECT, SOUND], "suspect"),
        ([SUSPECT, DRAFT], "suspect"),
        ([WITHDRAWN], "tombstone"),
        ([WITHDRAWN, WITHDRAWN], "tombstone"),
        ([WITHDRAWN, SOUND], "active"),
        ([WITHDRAWN, DRAFT], "draft"),
        ([WITHDRAWN, SUSPECT], "suspect"),
        ([DELETED], "inactive"),
        ([DELETED, SOUND], "active"),
        ([DELETED, DRAFT], "draft"),
        ([DELETED, WITHDRAWN], "inactive"),
        ([DELETED, DELETED], "inactive"),
    ],
)
def test_the_status_follows_from_the_members(members, status):
    made = made_of(*members)

    assert made.status == status
    assert not problems()


def test_a_tombstone_says_nothing_and_still_resolves():
    made = made_of(WITHDRAWN, WITHDRAWN)

    assert (made.attributes, made.provenance, made.title, made.search_text) == ({}, {}, "", "")
    found = crosswalk.resolve("CRM", "client", "R0")
    assert (found.golden_id, found.title) == (made.pk, "")
    assert found.status != XrefStatus.UNKNOWN


def test_a_withdrawn_member_leaves_no_value_behind():
    first, second = record("A", legal_name="Acme", phone="+1"), record("B", legal_name="Acme Ltd")
    made = golden_record(first, second)

    lifecycle.set_condition([first.pk], WITHDRAWN, cause=cause(at=LATER))

    made.refresh_from_db()
    assert made.attributes == {"legal_name": "Acme Ltd"}
    assert str(first.pk) not in made.provenance


def test_withdrawing_and_taking_it_back_restores_every_value():
    made = made_of(SOUND, SOUND)
    before = made.attributes, made.provenance, made.title, made.search_text
    ids = members_of(made)

    for condition in (WITHDRAWN, SOUND):
        lifecycle.set_condition(ids, condition, cause=cause(at=LATER))

    made.refresh_from_db()
    assert (made.attributes, made.provenance, made.title, made.search_text) == before
    assert made.status == "active"


@pytest.mark.parametrize("changed", [True, False])
def test_a_withdrawn_record_that_arrives_again_is_never_silently_active(changed):
    made = made_of(WITHDRAWN)

    arrive("R0", legal_name="Risen" if changed else "Client R0")

    made.refresh_from_db()
    assert made.status == ("suspect" if changed else "tombstone")
    assert made.attributes == ({"legal_name": "Risen"} if changed else {})


def test_a_withdrawn_record_that_was_deleted_and_comes_back_is_suspect():
    made = made_of(WITHDRAWN)
    sources.inactivate(members_of(made), cause=cause())

    arrive("R0", legal_name="Client R0")

    made.refresh_from_db()
    assert made.status == "suspect"


@pytest.mark.parametrize("condition", [DRAFT, SUSPECT])
def test_a_draft_or_suspect_record_stays_so_when_it_arrives_again(condition):
    made = made_of(condition)

    arrive("R0", legal_name="Other")

    made.refresh_from_db()
    assert made.status == condition


def test_a_condition_is_one_event_with_ids_and_only_for_what_it_changes():
    made = made_of(SOUND, SOUND)
    first, second = members_of(made)
    lifecycle.set_condition([first], DRAFT, cause=cause(at=LATER))

    assert lifecycle.set_condition([first, second], DRAFT, cause=cause(at=LATER)) == [second]
    assert lifecycle.set_condition([first, second], DRAFT, cause=cause(at=LATER)) == []

    told = Event.objects.filter(type="source_records.condition").order_by("pk")
    assert [event.content for event in told] == [
        {"records": [first], "condition": "draft"},
        {"records": [second], "condition": "draft"},
    ]
    changes = Event.objects.filter(golden_id=made.pk, type="golden.changed")
    assert [event.content["status"] for event in changes] == ["draft"]


def test_another_condition_is_refused():
    with pytest.raises(ValueError, match="tired"):
        lifecycle.set_condition([record().pk], "tired", cause=cause())


def test_a_golden_record_that_begins_as_a_draft_says_so_in_its_first_event():
    proposed = record("A")
    lifecycle.set_condition([proposed.pk], DRAFT, cause=cause())

    made = golden_record(proposed)

    assert Event.objects.get(golden_id=made.pk).content["status"] == "draft"


def test_a_suspect_client_resolves_but_other_systems_are_not_told_of_it():
    made = made_of(SUSPECT)

    assert crosswalk.resolve("CRM", "client", "R0").golden_id == made.pk
    assert not GoldenRecord.objects.published().exists()


LISTED = {"active": True, "draft": True, "suspect": True, "inactive": True, "tombstone": False}
PUBLISHED = {"active": True, "draft": False, "suspect": False, "inactive": True, "tombstone": True}
CONDITIONS = {"active": SOUND, "draft": DRAFT, "suspect": SUSPECT, "inactive": DELETED}


@pytest.mark.parametrize("status", LISTED)
def test_each_state_is_listed_and_published_as_the_table_says(status, admin_user):
    made = made_of(CONDITIONS.get(status, WITHDRAWN))
    client = entity_type("client")

    browsed = golden_pages.browse(admin_user, client, "", 10)["records"]
    by_name = golden_pages.search(admin_user, client, "Client R0", 10)["records"]
    by_key = golden_pages.search(admin_user, client, "R0", 10)["records"]

    assert made.status == status
    assert bool(browsed) == bool(by_name) == LISTED[status]
    assert GoldenRecord.objects.listed().exists() == LISTED[status]
    assert GoldenRecord.objects.published().exists() == PUBLISHED[status]
    assert [each["id"] for each in by_key] == [made.pk]


def test_a_merged_golden_record_is_published_as_a_redirect_and_not_listed():
    made, other = made_of(SOUND), golden_record(record("B"))
    ids = frozenset([made.pk, other.pk])
    golden.merge("client", [Merge(ids, "steward", survivor=made.pk)], cause=cause(at=LATER))

    assert list(GoldenRecord.objects.listed()) == [made]
    assert GoldenRecord.objects.published().count() == 2


def made_of(*members):
    """A golden record of source records, of which this is so."""
    records = [record(f"R{number}") for number in range(len(members))]
    made = golden_record(*records)
    for each, condition in zip(records, members, strict=True):
        if condition == DELETED:
            sources.inactivate([each.pk], cause=cause())
            golden.rebuild("client", [made.pk], cause=cause(at=LATER))
        else:
            lifecycle.set_condition([each.pk], condition, cause=cause(at=LATER))
    made.refresh_from_db()
    return made


def arrive(key, **attributes):
    home = SourceRecord.objects.get(source_key=key).home_feed
    arrived = arrival(key, **attributes)
    changed = sources.upsert(home, batch(home), [arrived], cause=cause()).changed_ids
    golden.rebuild("client", golden.fed_by(changed), cause=cause(at=LATER))


def members_of(made):
    return sorted(made.links.filter(unlinked_at=None).values_list("record_id", flat=True))


def problems():
    return [each.name for each in invariants.check() if each.count and each.name != LEDGER]


LEDGER = "the ledger of every finished batch sums"
