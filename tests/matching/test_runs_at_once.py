from threading import Event as Signal

import pytest
from django.db import transaction

from matching import jobs
from matching.conflicts import DecisionConflictError, DecisionRefusedError, seen_of
from matching.decisions import decide
from matching.models import Decision, MatchRun
from mdm import invariants, work
from mdm.models import CrosswalkLink, Event, Feed, GoldenRecord, Work
from tests.concurrency import at_once, held_lock, in_background, wait_until_blocked
from tests.factories import ask_for_match, cause, golden_of, load, match, record, work_in_hand

pytestmark = pytest.mark.django_db(transaction=True)


def acme(key, source="CRM"):
    return record(key, source=source, legal_name="Acme Tools Ltd")


def waiting(kind):
    return list(Work.objects.filter(kind=kind, state="waiting").values_list("pk", flat=True))


def compared(*records):
    """Records whose clusters wait to become golden records."""
    ask_for_match()
    work.perform(*waiting("match"))
    return records


def broken():
    return [finding.name for finding in invariants.check() if finding.count]


def test_two_workers_that_are_rung_for_the_same_run_make_one():
    acme("A"), acme("1", source="ERP")
    ask_for_match()
    (work_id,) = waiting("match")

    done = at_once(lambda: work.perform(work_id), lambda: work.perform(work_id))

    assert sorted(done) == [False, True]
    assert MatchRun.objects.count() == 1


def test_a_run_waits_while_another_one_has_the_domain():
    acme("A")
    ask_for_match()
    job = work_in_hand("match")

    with held_lock("match client"), pytest.raises(work.BusyError, match="match client is busy"):
        jobs.match(job)

    assert not MatchRun.objects.exists()


def test_a_run_waits_until_the_run_before_is_applied():
    compared(acme("A"))
    acme("B")
    ask_for_match()
    (later,) = waiting("match")

    work.perform(later)

    assert "not over yet" in Work.objects.get(pk=later).problem
    assert MatchRun.objects.count() == 1


def test_chunks_that_are_applied_at_once_finish_the_run_once(monkeypatch):
    monkeypatch.setattr(jobs, "RECORDS_IN_A_CHUNK", 1)
    for number in range(6):
        acme(f"A{number}"), record(f"B{number}", legal_name=f"{chr(70 + number) * 5} Partners")
    compared()

    at_once(work.drain, work.drain)

    assert MatchRun.objects.get().state == "finished"
    assert Event.objects.filter(type="match_run.finished").count() == 1
    assert CrosswalkLink.objects.filter(unlinked_at=None).count() == 12
    assert GoldenRecord.objects.standing().count() == 7
    assert broken() == []


def test_a_run_that_waits_for_a_decision_in_the_making_respects_it():
    one, other = compared(acme("A"), acme("B"))
    (chunk,) = waiting("apply match")
    decided, go_on = Signal(), Signal()

    def deciding():
        with transaction.atomic():
            decide(one.pk, other.pk, Decision.Verdict.NO_MATCH, cause=cause())
            decided.set()
            go_on.wait()

    with in_background() as start:
        start(deciding)
        decided.wait()
        applying = start(work.perform, chunk)
        wait_until_blocked(applying)
        go_on.set()

    assert len(set(golden_of(one, other))) == 2
    assert broken() == []


def test_a_decision_that_waits_for_a_run_in_the_making_is_refused():
    one, other = compared(acme("A"), acme("B"))
    deciding = while_a_chunk_is_applied(decide_apart, one, other)

    assert isinstance(deciding.exception(), DecisionRefusedError)
    assert broken() == []


def test_opposite_decisions_at_once_leave_one_in_force():
    one, other = acme("A"), acme("B")

    at_once(lambda: decide_apart(one, other), lambda: decide_apart(other, one))

    assert Decision.objects.live().count() == 1
    assert Decision.objects.count() == 2


def test_of_two_who_accept_pairs_of_one_record_at_once_the_second_is_told_who_was_first():
    one, other, third = acme("A"), acme("B"), acme("C")
    match_verdict = Decision.Verdict.MATCH
    looked = {each.pk: seen_of(one.pk, each.pk) for each in (other, third)}

    def accept(other, by):
        with transaction.atomic():
            return decide(
                one.pk, other.pk, match_verdict, seen=looked[other.pk], cause=cause(by=by)
            )

    came = at_once(lambda: accept(other, "user:ann"), lambda: accept(third, "user:bob"))

    (made,) = [each for each in came if isinstance(each, Decision)]
    (refused,) = [each for each in came if isinstance(each, DecisionConflictError)]
    first = made.decided_by.removeprefix("user:")
    assert f"{first} decided match on CRM:A and CRM:" in str(refused)
    assert Decision.objects.count() == 1


def test_decisions_at_once_that_contradict_each_other_are_not_all_made():
    one, other, third = acme("A"), acme("B"), acme("C")
    match_verdict = Decision.Verdict.MATCH

    came = at_once(
        lambda: decide(one.pk, other.pk, match_verdict, cause=cause()),
        lambda: decide(other.pk, third.pk, match_verdict, cause=cause()),
        lambda: decide_apart(one, third),
    )

    assert Decision.objects.live().count() == 2
    assert sum(isinstance(each, DecisionRefusedError) for each in came) == 1


@pytest.mark.parametrize("rows", ["A,Acme Tools plc\n", ""])
def test_a_feed_that_waits_for_a_run_in_the_making_changes_what_that_linked(rows):
    record("Z", legal_name="Zebra GmbH")
    match()
    (one,) = compared(acme("A"))
    home = one.home_feed
    Feed.objects.filter(pk=home.pk).update(largest_inactivated_share=1, largest_changed_share=1)
    feeding = while_a_chunk_is_applied(load, home, f"Id,Name\n{rows}Z,Zebra GmbH\n")

    feeding.result()
    made = GoldenRecord.objects.get(pk=golden_of(one)[0])
    assert (made.title, made.status) == (
        ("Acme Tools plc", "active") if rows else ("Acme Tools Ltd", "inactive")
    )
    assert broken() == []


def decide_apart(one, other):
    return decide(one.pk, other.pk, Decision.Verdict.NO_MATCH, cause=cause())


def while_a_chunk_is_applied(verb, *arguments):
    """Starts the verb when a chunk is applied and not yet committed; what came of the verb."""
    job = work_in_hand("apply match")
    applied, go_on = Signal(), Signal()

    def applying():
        with transaction.atomic():
            jobs.apply_chunk(job)
            applied.set()
            go_on.wait()

    with in_background() as start:
        start(applying)
        applied.wait()
        waiting = start(verb, *arguments)
        wait_until_blocked(waiting)
        go_on.set()
    return waiting
