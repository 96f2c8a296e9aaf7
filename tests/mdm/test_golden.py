from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from mdm import crosswalk, golden, sources
from mdm.golden import Link, Merge, MergeRefusedError
from mdm.models import CrosswalkLink, Event, Feed, GoldenRecord
from tests.factories import LATER, NOW, arrival, batch, cause, golden_record, ownership, record

pytestmark = pytest.mark.django_db


def test_a_golden_record_of_one_source_record_says_what_that_says():
    crm = record("A", legal_name="Acme Ltd", phone="+1")

    made = golden_record(crm)

    assert made.attributes == {"legal_name": "Acme Ltd", "phone": "+1"}
    assert made.provenance == {str(crm.pk): "*"}
    assert made.title == "Acme Ltd"
    assert made.version == 1


def test_the_system_of_record_wins_and_the_next_one_fills_in():
    ownership("client", "ERP", "CRM")
    crm = record("A", legal_name="Acme", industry="Tools")
    erp = record("1", source="ERP", legal_name="Acme Limited")

    made = golden_record(crm, erp)

    assert made.attributes == {"legal_name": "Acme Limited", "industry": "Tools"}
    assert made.provenance == {
        str(erp.pk): {"legal_name": "owner"},
        str(crm.pk): {"industry": "only"},
    }


def test_ownership_of_an_attribute_goes_before_ownership_of_the_domain():
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", "CRM", attribute="tax_id")
    crm = record("A", legal_name="Acme", tax_id="GB1")
    erp = record("1", source="ERP", legal_name="Acme Limited", tax_id="GB2")

    made = golden_record(crm, erp)

    assert made.attributes == {"legal_name": "Acme", "tax_id": "GB2"}


def test_each_change_is_one_event_with_the_next_sequence_number():
    crm = record("A", legal_name="Acme")
    made = golden_record(crm)
    erp = record("1", source="ERP", legal_name="Acme", phone="+1")

    golden.attach("client", {made.pk: [Link(erp.pk, "match", 12.0)]}, cause=cause())

    made.refresh_from_db()
    events = list(Event.objects.filter(golden_id=made.pk).order_by("sequence"))
    assert [(event.type, event.sequence) for event in events] == [
        ("golden.created", 1),
        ("golden.changed", 2),
    ]
    assert events[1].content["linked"] == [erp.pk]
    assert made.version == 2


def test_events_hold_names_of_attributes_and_never_values():
    crm = record("A", legal_name="Acme", phone="+44123")
    golden_record(crm)

    assert "Acme" not in str(Event.objects.values_list("content", flat=True))
    assert "+44123" not in str(Event.objects.values_list("content", flat=True))


def test_rebuilding_what_has_not_changed_changes_nothing_and_records_nothing():
    made = golden_record(record("A"), record("1", source="ERP"), at=NOW)
    before = Event.objects.count()

    changed = golden.rebuild("client", [made.pk], cause=cause(at=NOW + timedelta(days=1)))

    made.refresh_from_db()
    assert changed == []
    assert Event.objects.count() == before
    assert made.changed_at == NOW


def test_a_new_source_version_changes_the_golden_record():
    crm = record("A", legal_name="Acme")
    made = golden_record(crm)
    sources.upsert(
        Feed.objects.get(), batch(Feed.objects.get()), [arrival("A", legal_name="Acme plc")],
        cause=cause(),
    )  # fmt: skip

    golden.rebuild("client", [made.pk], cause=cause())

    made.refresh_from_db()
    assert made.attributes["legal_name"] == "Acme plc"
    assert made.search_text == "acme plc"


def test_merging_moves_links_and_leaves_a_redirect():
    big = golden_record(record("A"), record("B"))
    small = golden_record(record("1", source="ERP"))

    (survivor,) = merge(big, small)

    small.refresh_from_db()
    assert survivor == big.pk
    assert (small.status, small.merged_into_id, small.attributes) == ("merged", big.pk, {})
    assert CrosswalkLink.objects.filter(golden=big, unlinked_at=None).count() == 3
    assert CrosswalkLink.objects.filter(golden=small, unlinked_at=LATER).count() == 1
    assert crosswalk.follow(small.pk) == big.pk


def test_between_equals_the_older_golden_record_survives():
    younger = golden_record(record("A"), at=NOW + timedelta(hours=1))
    older = golden_record(record("B"), at=NOW)

    assert merge(younger, older) == [older.pk]


def test_redirects_collapse_and_keep_their_immediate_successor():
    first, second, third = (golden_record(record(key)) for key in "ABC")
    merge(first, second)

    merge(first, third)

    second.refresh_from_db()
    assert second.merged_into_id == first.pk
    assert {crosswalk.follow(each.pk) for each in (first, second, third)} == {first.pk}


def test_merging_what_was_merged_meanwhile_is_refused_and_changes_nothing():
    first, second, third = (golden_record(record(key)) for key in "ABC")
    merge(first, second)
    events = Event.objects.count()

    with pytest.raises(MergeRefusedError, match="no longer stands"):
        merge(second, third)

    assert Event.objects.count() == events


def test_several_groups_merge_at_once():
    pairs = [[golden_record(record(f"{n}a")), golden_record(record(f"{n}b"))] for n in range(3)]

    survivors = golden.merge(
        "client",
        [Merge(frozenset(each.pk for each in pair), "match") for pair in pairs],
        cause=cause(at=LATER),
    )

    assert survivors == [pair[0].pk for pair in pairs]
    assert GoldenRecord.objects.standing().count() == 3


def test_the_database_refuses_a_second_live_link_of_a_source_record():
    crm = record("A")
    golden_record(crm)

    with pytest.raises(IntegrityError, match="at_most_one_live_link"):
        golden_record(crm)


def test_a_deleted_source_record_has_no_say_while_another_lives():
    ownership("client", "CRM", "ERP")
    crm = record("A", legal_name="Acme", industry="Tools")
    erp = record("1", source="ERP", legal_name="Acme Limited")
    made = golden_record(crm, erp)

    sources.inactivate([crm.pk], cause=cause())
    golden.rebuild("client", [made.pk], cause=cause())

    made.refresh_from_db()
    assert made.attributes == {"legal_name": "Acme Limited"}
    assert made.status == "active"


def test_a_golden_record_is_inactive_when_all_its_sources_are_gone():
    crm = record("A", legal_name="Acme")
    made = golden_record(crm)

    sources.inactivate([crm.pk], cause=cause())
    golden.rebuild("client", [made.pk], cause=cause())

    made.refresh_from_db()
    assert made.status == "inactive"
    assert made.attributes == {"legal_name": "Acme"}


def test_creating_a_thousand_golden_records_takes_as_many_queries_as_creating_one(
    django_assert_max_num_queries,
):
    home = record("first").home_feed
    keys = [arrival(f"N{number}", legal_name=f"Name {number}") for number in range(1_000)]
    ids = sources.upsert(home, batch(home), keys, cause=cause()).created_ids

    with django_assert_max_num_queries(20):
        golden.create("client", [[Link(id_, "new")] for id_ in ids], cause=cause())

    assert GoldenRecord.objects.count() == 1_000


def test_the_database_refuses_a_merged_record_without_a_successor():
    made = golden_record()

    with pytest.raises(IntegrityError, match="merged_or_it_is_not"), connection.cursor() as cursor:
        cursor.execute("UPDATE mdm_goldenrecord SET status = 'merged' WHERE id = %s", [made.pk])


def merge(*records):
    ids = frozenset(each.pk for each in records)
    return golden.merge("client", [Merge(ids, "steward")], cause=cause(at=LATER))
