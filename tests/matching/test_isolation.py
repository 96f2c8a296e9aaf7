"""Records that are kept out of matching have an id, and are alike to nothing."""

import pytest

from matching import decisions
from matching.domains import MODELS
from matching.frames import load
from matching.index.keeping import bring_up_to_date
from matching.index.searching import Search, Sought
from matching.isolation import isolate, readmit
from matching.models import Decision
from matching.settling import settle
from mdm import crosswalk, golden, invariants, work
from mdm.golden import Merge
from mdm.models import Event, SourceRecord
from stewardship.models import StewardshipTask
from tests.factories import NOW, cause, golden_of, golden_record, match, pair_of, record, rematch

pytestmark = pytest.mark.django_db


def acme(key, **attributes):
    return record(key, legal_name="Acme Tools Ltd", **attributes)


def set_apart(*records):
    return isolate("client", [each.pk for each in records], cause=cause())


def test_an_isolated_record_gets_a_golden_record_of_its_own():
    one, other = acme("A"), acme("B")
    set_apart(other)

    match()

    assert len(set(golden_of(one, other))) == 2
    assert crosswalk.resolve("CRM", "client", "B").status == "active"
    assert pair_of(one, other) is None


def test_an_isolated_record_is_in_no_frame_and_found_by_no_search():
    one, other = acme("A"), acme("B")
    match()
    bring_up_to_date(MODELS["client"], at=NOW)
    search = Search.of(MODELS["client"])
    assert found(search) == {one.pk, other.pk}

    set_apart(other)

    assert load(MODELS["client"]).frame.record_ids.tolist() == [one.pk]
    assert found(search) == {one.pk}


def test_isolating_takes_pairs_out_of_the_queue():
    one, other = record("A", legal_name="Acme Ltd"), record("B", legal_name="Acme Group Ltd")
    match()
    assert StewardshipTask.objects.filter(state="open").exists()

    assert set_apart(other) == [other.pk]
    work.drain()

    assert pair_of(one, other).state == "obsolete"
    assert not StewardshipTask.objects.filter(state="open").exists()
    assert Event.objects.get(type="source_records.isolated").content["records"] == [other.pk]
    assert set_apart(other) == []


def test_a_decision_that_is_withdrawn_asks_nobody_about_an_isolated_record():
    one, other = record("A", legal_name="Acme Ltd"), record("B", legal_name="Acme Group Ltd")
    match()
    made = decisions.decide(one.pk, other.pk, Decision.Verdict.UNSURE, reason="?", cause=cause())
    set_apart(other)

    decisions.withdraw(made, cause=cause())
    settle([one.pk])

    assert pair_of(one, other).state == "obsolete"


def test_a_record_that_is_readmitted_is_matched_at_once():
    one, other = acme("A"), acme("B")
    set_apart(other)
    match()

    readmit("client", [other.pk], cause=cause())
    work.drain()

    assert len(set(golden_of(one, other))) == 1


def test_a_merge_with_an_isolated_record_is_refused_and_names_the_rule():
    one, other = acme("A"), acme("B")
    ids = frozenset(golden_record(each).pk for each in (one, other))
    set_apart(other)

    with pytest.raises(golden.MergeRefusedError, match=r"^isolated: a source record of"):
        golden.merge("client", [Merge(ids, "steward")], cause=cause())


def test_a_rematch_leaves_an_isolated_record_where_it_is():
    one, other, third = acme("A"), acme("B"), acme("C")
    match()
    set_apart(other)

    rematch()

    assert len(set(golden_of(one, other, third))) == 1
    assert SourceRecord.objects.get(pk=other.pk).isolated
    assert [each.name for each in invariants.check() if each.count] == []


def found(search):
    (alike,) = search.find([Sought({"legal_name": "Acme Tools Ltd"})])
    return {each.record_id for each in alike}
