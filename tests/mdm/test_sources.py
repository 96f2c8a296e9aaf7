from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from mdm import sources
from mdm.models import ExposureFact, SourceRecord, SourceRecordVersion
from tests.factories import NOW, arrival, batch, cause, feed

pytestmark = pytest.mark.django_db


def upsert(of, *arrivals):
    return sources.upsert(of, batch(of), arrivals, cause=cause())


def test_a_new_key_becomes_a_source_record_with_its_first_version():
    crm = feed()

    upserted = upsert(crm, arrival("A", legal_name="Acme"))

    record = SourceRecord.objects.get()
    assert upserted.outcomes == ["created"]
    assert upserted.created_ids == [record.pk]
    assert (record.source_key, record.attributes) == ("A", {"legal_name": "Acme"})
    assert record.versions.get().raw == {"legal_name": "Acme"}


def test_the_same_content_again_is_unchanged_and_adds_no_version():
    crm = feed()
    upsert(crm, arrival("A", legal_name="Acme"))

    again = upsert(crm, arrival("A", legal_name="Acme"))

    assert again.outcomes == ["unchanged"]
    assert SourceRecordVersion.objects.count() == 1


def test_new_content_adds_a_version_and_keeps_the_old_one():
    crm = feed()
    upsert(crm, arrival("A", legal_name="Acme"))

    again = upsert(crm, arrival("A", legal_name="Acme Ltd"))

    record = SourceRecord.objects.get()
    assert again.outcomes == ["updated"]
    assert again.changed_ids == [record.pk]
    assert record.version == 2
    assert [each.raw["legal_name"] for each in record.versions.order_by("number")] == [
        "Acme",
        "Acme Ltd",
    ]


def test_content_that_changes_no_attribute_is_a_version_but_no_change():
    crm = feed()
    upsert(crm, arrival("A", legal_name="Acme"))
    noted = sources.Arrival("A", '{"note": 1}', b"other", {"legal_name": "Acme"}, None)

    again = upsert(crm, noted)

    assert again.outcomes == ["updated"]
    assert again.changed_ids == []
    assert SourceRecordVersion.objects.filter(changed_values=False).count() == 1


def test_an_older_source_version_is_stale_and_changes_nothing():
    crm = feed()
    upsert(crm, arrival("A", NOW, legal_name="New"))

    late = upsert(crm, arrival("A", NOW - timedelta(days=1), legal_name="Old"))

    assert late.outcomes == ["stale"]
    assert SourceRecord.objects.get().attributes == {"legal_name": "New"}


def test_an_absent_attribute_stays_and_an_explicit_null_clears():
    crm = feed()
    upsert(crm, arrival("A", legal_name="Acme", phone="+1", industry="Tools"))

    upsert(crm, arrival("A", legal_name="Acme", phone=None))

    assert SourceRecord.objects.get().attributes == {"legal_name": "Acme", "industry": "Tools"}


def test_an_explicit_null_does_not_clear_what_policy_protects():
    crm = feed()
    upsert(crm, arrival("A", legal_name="Acme"))

    upsert(crm, arrival("A", legal_name=None, phone="+1"))

    assert SourceRecord.objects.get().attributes == {"legal_name": "Acme", "phone": "+1"}


def test_two_feeds_add_to_one_record_and_each_knows_what_it_sent():
    names, phones = feed("names"), feed("phones", creates=False)
    upsert(names, arrival("A", legal_name="Acme"))

    first = upsert(phones, arrival("A", phone="+1"))
    second = upsert(phones, arrival("A", phone="+1"))
    third = upsert(names, arrival("A", legal_name="Acme"))

    assert [*first.outcomes, *second.outcomes, *third.outcomes] == [
        "updated",
        "unchanged",
        "unchanged",
    ]
    assert SourceRecord.objects.get().attributes == {"legal_name": "Acme", "phone": "+1"}


def test_a_feed_that_may_not_create_refuses_an_unknown_key():
    phones = feed(creates=False)

    refused = upsert(phones, arrival("A", phone="+1"))

    assert refused.outcomes == [sources.UNKNOWN_KEY]
    assert not SourceRecord.objects.exists()


def test_a_new_record_without_a_required_value_is_incomplete():
    crm = feed()

    refused = upsert(crm, arrival("A", phone="+1"))

    assert refused.outcomes == [sources.INCOMPLETE]


def test_a_record_that_its_source_deleted_comes_back_with_the_next_arrival():
    crm = feed()
    upsert(crm, arrival("A", legal_name="Acme"))
    record = SourceRecord.objects.get()
    sources.inactivate([record.pk], cause=cause())

    back = upsert(crm, arrival("A", legal_name="Acme"))

    record.refresh_from_db()
    assert back.outcomes == ["updated"]
    assert back.changed_ids == [record.pk]
    assert record.inactive_at is None


def test_a_preview_judges_like_an_upsert_and_writes_nothing():
    crm = feed()
    upsert(crm, arrival("A", legal_name="Acme"))
    arrivals = [arrival("A", legal_name="Acme"), arrival("B", legal_name="Beta")]

    outcomes = sources.preview(crm, arrivals)

    assert outcomes == ["unchanged", "created"]
    assert SourceRecord.objects.count() == 1


def test_exposures_are_kept_per_record_kind_and_date_and_a_later_amount_replaces():
    crm = feed()
    plain = arrival("A", legal_name="Acme")
    fact = type("Fact", (), {"kind": "pipeline", "as_of": "2026-05-01", "currency": "EUR"})
    first = sources.Arrival("A", "1", b"1", plain.attributes, None, [fact_of(fact, 10)])
    second = sources.Arrival("A", "2", b"2", plain.attributes, None, [fact_of(fact, 25)])

    upsert(crm, first)
    upsert(crm, second)

    assert ExposureFact.objects.get().amount == 25


def fact_of(kind, amount):
    fact = kind()
    fact.amount = amount
    return fact


def test_the_database_refuses_to_change_a_version():
    upsert(feed(), arrival("A", legal_name="Acme"))

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        SourceRecordVersion.objects.update(received_at=NOW)

    with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
        cursor.execute("DELETE FROM mdm_sourcerecordversion")
