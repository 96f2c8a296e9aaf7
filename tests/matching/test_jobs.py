from dataclasses import replace

import pytest
from django.utils import timezone

from matching import jobs
from matching.domains import MODELS
from matching.models import MatchChunk, MatchPair, MatchRun
from mdm import work
from mdm.models import CrosswalkLink, Event, FeedBatch, GoldenRecord, Work
from mdm.work import LeaseLostError
from stewardship.models import StewardshipTask
from tests.factories import ask_for_match, cause, golden_of, match, pair_of, record, work_in_hand

pytestmark = pytest.mark.django_db


def acme(key, source="CRM", **attributes):
    return record(key, source=source, legal_name="Acme Tools Ltd", **attributes)


def standing():
    return sorted(GoldenRecord.objects.standing().values_list("title", flat=True))


def test_alike_records_become_one_golden_record_and_others_their_own():
    one, other = acme("A"), acme("1", source="ERP")
    beta = record("B", legal_name="Beta Partners LLP")

    run = match()

    first, second, third = golden_of(one, other, beta)
    assert first == second != third
    assert standing() == ["Acme Tools Ltd", "Beta Partners LLP"]
    assert (run.state, run.records, run.changed_records) == ("finished", 3, 3)


def test_a_link_holds_the_evidence_and_the_version_of_the_model():
    one, other = acme("A"), acme("1", source="ERP")

    match()

    pair = pair_of(one, other)
    links = CrosswalkLink.objects.filter(unlinked_at=None)
    version = f"client-{MODELS['client'].version}"
    assert {(each.method, each.rule_version) for each in links} == {("match", version)}
    assert {each.match_weight for each in links} == {pair.match_weight}
    assert pair.match_weight >= MODELS["client"].merge_at


def test_somewhat_alike_records_wait_for_a_steward():
    one = record("A", legal_name="Acme Ltd")
    other = record("1", source="ERP", legal_name="Acme Group Ltd")

    run = match()

    pair = pair_of(one, other)
    task = StewardshipTask.objects.get()
    assert pair.state == "pending"
    assert run.review_at <= pair.match_weight < run.merge_at
    assert standing() == ["Acme Group Ltd", "Acme Ltd"]
    assert (task.kind, task.subject) == ("match_review", str(pair.pk))


def test_a_record_that_arrives_later_joins_the_golden_record_that_stands():
    (made, _) = acme("A"), match()
    before = golden_of(made)

    late = acme("1", source="ERP")
    run = match()

    assert golden_of(made, late) == before * 2
    assert run.changed_records == 1
    assert not GoldenRecord.objects.filter(status="merged").exists()


def test_a_record_that_is_alike_to_two_golden_records_brings_them_together():
    crm = record("A", legal_name="Acme Tools Ltd", tax_id="GB123456789")
    erp = record("1", source="ERP", legal_name="Nordwerk AG", lei="5299000J2N45DDNE4Y28")
    match()
    bridge = record(
        "X",
        source="PSA",
        legal_name="Acme Tools Ltd",
        former_names=["Nordwerk AG"],
        tax_id="GB123456789",
        lei="5299000J2N45DDNE4Y28",
    )

    match()

    first, second, third = golden_of(crm, erp, bridge)
    assert first == second == third
    assert GoldenRecord.objects.filter(status="merged").get().merged_into_id == first


def test_identifiers_that_differ_keep_records_of_one_name_apart():
    one = acme("A", tax_id="GB123456789")
    other = acme("1", source="ERP", tax_id="GB999999973")

    match()

    first, second = golden_of(one, other)
    pair = pair_of(one, other)
    assert first != second
    assert (pair.state, pair.kept_apart_by) == ("vetoed", "tax number differs")


def test_running_again_changes_nothing():
    acme("A"), acme("1", source="ERP"), record("B", legal_name="Acme Group Ltd")
    match()
    before = facts()
    FeedBatch.objects.update(matched_at=None)

    match()

    assert facts() == before
    assert MatchRun.objects.count() == 2


def test_an_event_after_which_nothing_waits_makes_no_run():
    acme("A")
    match()

    assert match() is None


def test_a_run_of_one_domain_leaves_the_others_alone():
    one = record("A", domain="project", name="New roof", code="P1")
    other = record("1", source="ERP", domain="project", name="New roof", code="P1")
    acme("A")

    match("client")

    assert golden_of(one, other) == [None, None]
    assert not MatchPair.objects.exists()
    assert match("project").records == 2
    assert len(set(golden_of(one, other))) == 1


def test_a_run_tells_what_it_did_and_marks_the_batches_it_covered():
    acme("A"), acme("1", source="ERP")

    run = match()

    event = Event.objects.get(type="match_run.finished")
    assert (event.domain, event.content) == ("client", {"run": run.pk})
    assert run.report["outcomes"]["merge"] == 1
    assert not FeedBatch.objects.filter(matched_at=None).exists()
    assert not MatchChunk.objects.exists()


def test_weights_are_kept_while_the_domain_grows_little():
    acme("A"), acme("B")
    first = match()
    marked = {**first.weights, "prior": -13.5, "trained_on": 2}
    MatchRun.objects.filter(pk=first.pk).update(weights=marked)
    acme("C")

    assert match().weights == marked


def test_weights_are_learned_anew_when_the_domain_more_than_doubled():
    acme("A")
    first = match()
    marked = {**first.weights, "prior": -13.5, "trained_on": 1}
    MatchRun.objects.filter(pk=first.pk).update(weights=marked)
    acme("B"), acme("C")

    assert match().weights == first.weights


def test_weights_of_another_version_of_the_model_are_not_used(monkeypatch):
    acme("A"), acme("B")
    first = match()
    MatchRun.objects.filter(pk=first.pk).update(weights={**first.weights, "prior": -13.5})
    newer = replace(MODELS["client"], version=99)
    monkeypatch.setitem(MODELS, "client", newer)
    acme("C")

    run = match()

    assert run.model_version == "client-99"
    assert run.weights["prior"] == first.weights["prior"]


def test_a_run_that_was_cancelled_writes_nothing_more():
    acme("A"), acme("B")
    ask_for_match()
    job = work_in_hand("match")
    work.cancel(job.work_id, cause=cause())

    with pytest.raises(LeaseLostError):
        jobs.match(job)

    assert not MatchRun.objects.exists()
    assert not GoldenRecord.objects.exists()


def test_what_a_cancelled_run_left_is_matched_by_the_next_one():
    one, other = acme("A"), acme("B")
    ask_for_match()
    work.cancel(Work.objects.get(kind="match").pk, cause=cause())

    match()

    assert len(set(golden_of(one, other))) == 1


def test_a_chunk_that_is_done_twice_is_applied_once():
    """As when a worker dies after its last commit, and another one takes the work over."""
    acme("A"), acme("B")
    match()
    before = facts()
    Work.objects.filter(kind="apply match").update(state="waiting", not_before=timezone.now())

    work.drain()

    assert facts() == before
    assert Work.objects.get(kind="apply match").state == "done"


def test_clusters_are_applied_in_chunks_and_the_last_one_finishes_the_run(monkeypatch):
    monkeypatch.setattr(jobs, "RECORDS_IN_A_CHUNK", 2)
    for number in range(5):
        record(f"K{number}", legal_name=f"{chr(65 + number) * 5} Partners")

    run = match()

    assert Work.objects.filter(kind="apply match", state="done").count() == 3
    assert GoldenRecord.objects.count() == 5
    assert run.state == "finished"


def facts():
    """All that a run may change, apart from the pairs' run."""
    return (
        list(CrosswalkLink.objects.order_by("pk").values()),
        list(GoldenRecord.objects.order_by("pk").values()),
        list(MatchPair.objects.order_by("pk").values("left", "right", "state", "match_weight")),
        Event.objects.exclude(golden_id=None).count(),
        StewardshipTask.objects.filter(state="open").count(),
    )
