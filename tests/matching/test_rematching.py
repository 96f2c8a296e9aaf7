"""Matching anew: what the machine linked is thought over, what people settled stands."""

from dataclasses import replace

import pytest
from django.core.management import call_command

from matching import jobs, judging, policy, rematching
from matching.decisions import decide
from matching.domains import MODELS
from matching.models import Decision, MatchChunk, MatchRun
from matching.shards import comparing
from mdm import golden, invariants, work
from mdm.models import CrosswalkLink, Event, GoldenRecord, Work
from tests.factories import (
    cause,
    golden_of,
    match,
    pair_of,
    record,
    rematch,
    steward_links,
    work_in_hand,
)

pytestmark = pytest.mark.django_db


def acme(key, source="CRM", **attributes):
    return record(key, source=source, legal_name="Acme Tools Ltd", **attributes)


def stock():
    """Clusters of one to three, one that came together by a merge, and pairs that wait."""
    acme("A"), acme("1", source="ERP"), acme("X", source="PSA", website="acme.co.uk")
    record("B", legal_name="Acme Ltd"), record("2", source="ERP", legal_name="Acme Group Ltd")
    record("C", legal_name="Nordwerk AG", tax_id="GB123456789")
    record("3", source="ERP", legal_name="Zebra GmbH", lei="5299000J2N45DDNE4Y28")
    match()
    record(
        "D", source="PSA", legal_name="Nordwerk AG", former_names=["Zebra GmbH"],
        tax_id="GB123456789", lei="5299000J2N45DDNE4Y28",
    )  # fmt: skip
    match()


def with_rules(monkeypatch, **changes):
    monkeypatch.setitem(MODELS, "client", replace(MODELS["client"], **changes))


def facts():
    """Who belongs where, and what golden records say."""
    links = CrosswalkLink.objects.filter(unlinked_at=None).order_by("record")
    standing = GoldenRecord.objects.standing().order_by("pk")
    return (
        list(links.values_list("record", "golden")),
        list(standing.values_list("pk", "title", "attributes", "provenance", "status")),
    )


def broken():
    return [finding.name for finding in invariants.check() if finding.count]


def test_matching_anew_by_the_same_rules_changes_nothing():
    stock()
    before, events = facts(), Event.objects.exclude(golden_id=None).count()

    run = rematch()

    assert facts() == before
    assert Event.objects.exclude(golden_id=None).count() == events
    assert (run.state, run.changed_records) == ("finished", 8)


def test_rules_that_are_changed_and_changed_back_leave_every_id_as_it_was(monkeypatch):
    stock()
    before, model = facts(), MODELS["client"]
    with_rules(monkeypatch, merge_at=60.0)
    rematch()
    assert GoldenRecord.objects.standing().count() == 8
    assert broken() == []

    with_rules(monkeypatch, merge_at=model.merge_at)
    rematch()

    assert facts() == before
    assert broken() == []


def test_rules_that_join_more_and_are_changed_back_leave_every_id_as_it_was(monkeypatch):
    stock()
    before, model = facts(), MODELS["client"]
    with_rules(monkeypatch, merge_at=model.review_at)
    rematch()
    assert GoldenRecord.objects.standing().count() < len(before[1])

    with_rules(monkeypatch, merge_at=model.merge_at)
    rematch()

    assert facts() == before
    assert broken() == []


def test_what_splits_off_has_the_method_and_the_rules_by_which_it_did(monkeypatch):
    one, other = acme("A"), acme("B", source="ERP")
    match()
    with_rules(monkeypatch, merge_at=60.0)

    rematch()

    event = Event.objects.get(type="golden.split")
    assert event.rule_version == f"client-{MODELS['client'].version}"
    assert len(set(golden_of(one, other))) == 2
    assert pair_of(one, other).state == "pending"


def test_a_pair_that_nothing_finds_any_more_is_obsolete(monkeypatch):
    one, other = acme("A"), acme("B", source="ERP")
    match()
    with_rules(monkeypatch, merge_at=60.0, review_at=60.0)

    rematch()

    assert len(set(golden_of(one, other))) == 2
    assert pair_of(one, other).state == "obsolete"


def test_what_a_person_linked_or_decided_stays_together(monkeypatch):
    linked, decided = (acme("A"), acme("B")), (acme("C"), acme("D"))
    steward_links(*linked)
    decide(*(each.pk for each in decided), Decision.Verdict.MATCH, cause=cause())
    match()
    with_rules(monkeypatch, merge_at=60.0, review_at=60.0)

    rematch()

    first, second = golden_of(*linked), golden_of(*decided)
    assert len(set(first)) == len(set(second)) == 1
    assert judging.confirmed({*first, *second}) == {*first, *second}


def test_a_decision_parts_what_the_machine_had_joined_through_a_third_record():
    """A = C and B != C are decided while A and B are one golden record that nobody confirmed."""
    one, other = acme("A"), acme("B")
    match()
    third = record("C", legal_name="Somebody else GmbH")
    decide(one.pk, third.pk, Decision.Verdict.MATCH, cause=cause())
    decide(other.pk, third.pk, Decision.Verdict.NO_MATCH, cause=cause())

    rematch()

    assert golden_of(one) == golden_of(third) != golden_of(other)
    assert broken() == []


def test_all_clusters_of_a_golden_record_are_in_one_chunk(monkeypatch):
    monkeypatch.setattr(jobs, "RECORDS_IN_A_CHUNK", 1)
    stock()
    with_rules(monkeypatch, merge_at=60.0)
    before = facts()
    rematch()
    apart = facts()

    with_rules(monkeypatch, merge_at=6.0)
    rematch()

    assert len(apart[1]) == 8
    assert facts() == before
    assert Work.objects.filter(kind="apply match", state="done").count() > 4


def test_a_chunk_whose_worker_dies_is_applied_by_the_next_one_as_a_whole(monkeypatch):
    stock()
    with_rules(monkeypatch, merge_at=60.0)
    rematching.ask("client", cause=cause())
    work.perform(Work.objects.get(kind="match", state="waiting").pk)
    before = facts()
    with monkeypatch.context() as dying:
        dying.setattr(policy, "_settle", died)
        with pytest.raises(KeyboardInterrupt):
            jobs.apply_chunk(work_in_hand("apply match"))
    assert facts() == before

    Work.objects.filter(kind="apply match", state="running").update(
        leased_until="2020-01-01T00:00Z"
    )
    work.drain()

    assert GoldenRecord.objects.standing().count() == 8
    assert MatchRun.objects.latest("pk").state == "finished"
    assert broken() == []


def test_a_golden_record_that_a_person_confirms_while_a_rematch_is_applied_stays(monkeypatch):
    one, other = acme("A"), acme("B")
    match()
    with_rules(monkeypatch, merge_at=60.0)
    rematching.ask("client", cause=cause())
    work.perform(Work.objects.get(kind="match", state="waiting").pk)
    assert MatchChunk.objects.exists()

    decide(one.pk, other.pk, Decision.Verdict.MATCH, cause=cause())
    work.drain()

    assert len(set(golden_of(one, other))) == 1


def test_a_golden_record_that_grew_while_a_rematch_is_applied_is_left_alone(monkeypatch):
    one, other = acme("A"), acme("B")
    match()
    with_rules(monkeypatch, merge_at=60.0)
    rematching.ask("client", cause=cause())
    work.perform(Work.objects.get(kind="match", state="waiting").pk)
    late = acme("C")
    golden.attach("client", {golden_of(one)[0]: [golden.Link(late.pk, "match")]}, cause=cause())

    work.drain()

    assert len(set(golden_of(one, other, late))) == 1


def test_a_rematch_can_be_compared_by_many_workers_and_cancelled(settings):
    settings.MATCH_PAIRS_OF_ONE_WORKER = 0
    stock()
    before = facts()
    rematching.ask("client", cause=cause())
    work.perform(Work.objects.get(kind="match", state="waiting").pk)
    run = MatchRun.objects.latest("pk")
    assert (run.rematch, run.state) == (True, "comparing")

    assert comparing.cancel(run.pk, cause=cause())
    work.drain()
    assert MatchRun.objects.latest("pk").pk == run.pk

    assert rematch().state == "finished"
    assert facts() == before


def test_the_command_asks_for_a_rematch(capsys):
    acme("A"), acme("B")
    match()

    call_command("rematch", "client")
    work.drain()

    assert "match all of client anew" in capsys.readouterr().out
    assert MatchRun.objects.latest("pk").rematch


def died(*_):
    raise KeyboardInterrupt
