"""An index is built, refreshed and built anew as its domain and its model change."""

from dataclasses import replace

import pytest
from django.db import connection

from matching.domains import MODELS
from matching.engine.match import find_pairs
from matching.engine.weights import Weights
from matching.frames import load
from matching.index import building, keeping
from matching.index.building import build, outdated
from matching.index.incremental import incremental_pairs
from matching.index.keeping import bring_up_to_date
from matching.index.searching import NoIndexError, Search, Sought
from matching.models import MatchIndex
from mdm import sources
from mdm.models import Event, SourceRecord
from tests.factories import LATER, NOW, arrival, batch, cause, golden_record, match, record
from tests.matching.index.invented import crowded_model, store

pytestmark = pytest.mark.django_db
CLIENT = MODELS["client"]


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


def test_values_that_postgresql_must_quote_are_stored_as_they_are():
    names = ['Acme "Tools", Ltd', "Back\\slash", "{null}", "null", "Zürich\u2028", "a\tb"]
    store([{"legal_name": name} for name in names])
    build(CLIENT, at=NOW)

    for record_id, attributes in SourceRecord.objects.values_list("pk", "attributes"):
        assert record_id in found(**attributes)


def test_incremental_pairs_are_those_of_a_run_over_what_changed():
    model = crowded_model()
    names = ["Acme", "Acme Ltd", "Acne", "Beta", "Acme", "Beta", "Beta Gmbh", "Acme"]
    ids = store([{"legal_name": name, "addresses": [{"city": "oslo"}]} for name in names])
    index = build(model, at=NOW)
    frame = load(model).frame
    changed = frame.record_ids % 2 == 0

    record_ids, pairs = incremental_pairs(
        model, Weights.of(model), index, frame.record_ids[changed].tolist()
    )

    run = find_pairs(frame, model, Weights.of(model), changed=changed)
    assert record_ids[pairs.left].tolist() == frame.record_ids[run.left].tolist()
    assert record_ids[pairs.right].tolist() == frame.record_ids[run.right].tolist()
    assert pairs.match_weight == pytest.approx(run.match_weight, abs=1e-9)
    assert pairs.levels.tolist() == run.levels.tolist()
    assert pairs.blocking.tolist() == run.blocking.tolist()
    assert len(ids) == 8
