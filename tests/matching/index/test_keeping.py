"""An index is built, refreshed and built anew as its domain and its model change."""

from dataclasses import replace

import pytest
from celery.signals import worker_ready
from django.db import connection, connections

from matching.domains import MODELS
from matching.engine.weights import Weights
from matching.index import building, keeping
from matching.index.building import build
from matching.index.keeping import bring_up_to_date
from matching.index.searching import NoIndexError, Search, Sought
from matching.models import MatchIndex, MatchRun
from mdm import events, sources, work
from mdm.models import Event, SourceRecord, Work
from tests.factories import (
    LATER,
    NOW,
    arrival,
    batch,
    cause,
    golden_record,
    match,
    record,
    work_in_hand,
)
from tests.matching.index.invented import store

pytestmark = pytest.mark.django_db
CLIENT = MODELS["client"]


def outdated(model):
    return building.outdated(model, MatchIndex.objects.get(domain=model.domain))


def found(**attributes):
    (candidates,) = Search(CLIENT, Weights.of(CLIENT)).find([Sought(attributes)])
    return [each.record_id for each in candidates]


def test_a_domain_without_an_index_cannot_be_searched():
    with pytest.raises(NoIndexError, match="no index of 'client'"):
        found(legal_name="Acme Tools Ltd")


def test_an_index_of_another_version_of_the_model_is_not_used_and_is_built_anew():
    record("A", legal_name="Acme Tools Ltd")
    build(replace(CLIENT, review_at=0.0), at=NOW)

    with pytest.raises(NoIndexError):
        found(legal_name="Acme Tools Ltd")
    bring_up_to_date(CLIENT, at=LATER)

    assert len(found(legal_name="Acme Tools Ltd")) == 1
    assert MatchIndex.objects.get().built_at == LATER


def test_an_index_that_does_not_fit_is_built_anew_when_a_worker_starts(monkeypatch):
    monkeypatch.setattr(connections, "close_all", lambda: None)  # this test still needs one
    record("A", legal_name="Acme Tools Ltd")
    build(CLIENT, at=NOW)
    worker_ready.send(sender=None)
    assert not Work.objects.filter(kind=keeping.WORK).exists()

    MatchIndex.objects.update(recipe="of an older release")
    worker_ready.send(sender=None)
    work.drain()

    assert len(found(legal_name="Acme Tools Ltd")) == 1
    assert MatchIndex.objects.get().recipe == building.recipe_of(CLIENT)


def test_new_and_changed_records_are_found_after_a_refresh_and_old_values_are_not():
    stays, changes = record("A", legal_name="Acme Tools Ltd"), record("B", legal_name="Beta LLP")
    bring_up_to_date(CLIENT, at=NOW)
    sources.upsert(
        changes.home_feed, batch(changes.home_feed), [arrival("B", legal_name="Gamma AG")],
        cause=cause(),
    )  # fmt: skip
    new = record("C", legal_name="Delta GmbH")

    assert sorted(outdated(CLIENT)) == [changes.pk, new.pk]
    index = bring_up_to_date(CLIENT, at=LATER)

    assert (index.records, index.built_at, index.refreshed_at) == (3, NOW, LATER)
    assert found(legal_name="Gamma AG") == [changes.pk]
    assert found(legal_name="Delta GmbH") == [new.pk]
    assert found(legal_name="Acme Tools Ltd") == [stays.pk]
    assert found(legal_name="Beta LLP") == []
    assert outdated(CLIENT) == []


def test_when_much_changed_the_index_is_built_anew(monkeypatch):
    monkeypatch.setattr(keeping, "_FEW", 1)
    record("A")
    bring_up_to_date(CLIENT, at=NOW)
    record("B"), record("C")

    assert bring_up_to_date(CLIENT, at=LATER).built_at == LATER


def test_a_build_that_dies_half_way_leaves_the_old_index(monkeypatch):
    old = record("A", legal_name="Acme Tools Ltd")
    build(CLIENT, at=NOW)
    record("B", legal_name="Acme Tools Ltd")
    monkeypatch.setattr(building, "_form_rows", lambda _records: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        build(CLIENT, at=LATER)

    assert found(legal_name="Acme Tools Ltd") == [old.pk]
    assert MatchIndex.objects.get().records == 1


def test_a_record_that_refers_to_another_golden_record_by_now_is_outdated():
    model = MODELS["contact"]
    acme = record("A")
    refers = record("P", domain="contact", family_name="Lee", client={"system": "CRM", "key": "A"})
    bring_up_to_date(model, at=NOW)

    golden = golden_record(acme)

    assert outdated(model) == [refers.pk]
    bring_up_to_date(model, at=LATER)
    assert outdated(model) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT forms FROM matching_index_contact_forms")
        assert str(golden.pk) in cursor.fetchone()[0]


def test_a_rate_of_a_client_that_became_another_golden_record_is_outdated():
    model = MODELS["rate"]
    acme = record("A")
    rate = record(
        "R", domain="rate", scope="client", labour_category="Engineer", unit="hour",
        currency="EUR", amount="100", start_date="2026-01-01", client={"system": "CRM", "key": "A"},
    )  # fmt: skip
    bring_up_to_date(model, at=NOW)
    assert outdated(model) == []

    golden_record(acme)

    assert outdated(model) == [rate.pk]


def test_what_a_new_record_refers_to_is_what_stored_records_refer_to():
    model, sought = MODELS["contact"], {"system": "CRM", "key": "A"}
    golden_record(record("A"))
    lee = {"given_name": "Ann", "family_name": "Lee", "client": sought}
    stored = record("P", domain="contact", **lee)
    bring_up_to_date(model, at=NOW)

    (candidates,) = Search(model, Weights.of(model)).find([Sought(lee)])

    assert [each.record_id for each in candidates] == [stored.pk]
    names = [each.name for each in model.comparisons]
    level = candidates[0].levels[names.index("phone and place")]
    assert model.comparison("phone and place").label(level) == "same client"


def test_the_index_follows_each_match_run():
    record("A", legal_name="Acme Tools Ltd")

    match()

    assert Event.objects.filter(type="match_run.finished").exists()
    assert len(found(legal_name="Acme Tools Ltd")) == 1


def test_while_a_match_is_under_way_indexing_is_left_to_the_work_after_it():
    record("A", legal_name="Acme Tools Ltd")
    run = match()
    record("B", legal_name="Acme Tools Ltd")
    MatchRun.objects.filter(pk=run.pk).update(state="applying")
    events.record("match_run.finished", domain="client", content={"run": run.pk}, cause=cause())

    keeping.index_records(work_in_hand("index records"))

    assert MatchIndex.objects.get().records == 1


def test_searching_for_nothing_finds_nothing():
    record("A", legal_name="Acme Tools Ltd")
    build(CLIENT, at=NOW)
    search = Search(CLIENT, Weights.of(CLIENT))

    assert search.find([]) == []
    assert search.find([Sought({}), Sought({"legal_name": "Nordwerk"})]) == [[], []]


def test_what_is_less_alike_than_a_run_would_keep_is_found_when_asked_for():
    record("A", legal_name="Acme Tools Ltd", tax_id="GB999999973")
    acme = record("B", legal_name="Acme Tools Ltd")
    unlike = record("C", legal_name="Nordwerk AG", addresses=[{"city": "Leeds"}], phone="+44113496")
    build(CLIENT, at=NOW)
    sought = {"legal_name": "Acme Tools", "tax_id": "GB888801276", "phone": "+44113496"}

    (found,) = Search(CLIENT, Weights.of(CLIENT)).find([Sought(sought)], keep_at=-100)

    grades = {each.record_id: (each.grade, each.veto) for each in found}
    assert grades[acme.pk] == ("merge", None)
    assert grades[unlike.pk] == ("unlikely", None)
    assert ("review", "tax number") in grades.values()


def test_values_that_postgresql_must_quote_are_stored_as_they_are():
    names = ['Acme "Tools", Ltd', "Back\\slash", "{null}", "null", "Zürich\u2028", "a\tb"]
    store([{"legal_name": name} for name in names])
    build(CLIENT, at=NOW)

    for record_id, attributes in SourceRecord.objects.values_list("pk", "attributes"):
        assert record_id in found(**attributes)
