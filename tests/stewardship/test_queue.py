import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from matching.decisions import decide
from matching.models import Decision, MatchPair
from mdm import events, golden, work
from mdm.golden import Merge
from mdm.models import Event, OwnershipRule, Work
from stewardship.models import StewardshipTask
from tests.concurrency import at_once
from tests.factories import (
    LATER,
    cause,
    feed,
    golden_record,
    load,
    match,
    ownership,
    pair_of,
    record,
)

pytestmark = pytest.mark.django_db

PERSON = {"given_name": "Zebulon", "family_name": "Quackenbush"}


def alike(number=1):
    """Two records about which a steward is asked."""
    name = f"{chr(64 + number) * 5}"
    return (
        record(f"A{number}", legal_name=f"{name} Ltd"),
        record(f"E{number}", source="ERP", legal_name=f"{name} Group Ltd"),
    )


def again(kind):
    """Work of a kind that was done is done once more."""
    Work.objects.filter(kind=kind).update(state="waiting", not_before=timezone.now())
    work.drain()


def rate(amount, start="2026-01-01", end="2026-12-31"):
    attributes = {
        "scope": "firm",
        "labour_category": "Architect",
        "unit": "hour",
        "currency": "USD",
        "amount": amount,
        "start_date": start,
        "end_date": end,
    }
    return golden_record(record(source="RATES", domain="rate", **attributes))


def test_each_pair_that_waits_is_one_task():
    records = alike(1), alike(2)

    match()

    pairs = [pair_of(*each) for each in records]
    tasks = StewardshipTask.objects.order_by("pk")
    assert [task.subject for task in tasks] == [str(pair.pk) for pair in pairs]
    assert {(task.kind, task.domain, task.state) for task in tasks} == {
        ("match_review", "client", "open")
    }


def test_pairs_that_merge_or_are_kept_apart_by_a_veto_ask_nobody():
    record("A", legal_name="Acme Ltd", tax_id="GB123456789")
    record("B", legal_name="Acme Ltd", tax_id="GB123456789")
    record("C", legal_name="Acme Ltd", tax_id="GB999999973")

    match()

    assert {pair.state for pair in MatchPair.objects.all()} == {"automatic", "vetoed"}
    assert not StewardshipTask.objects.exists()


def test_opening_tasks_twice_opens_them_once():
    alike()
    match()

    again("open reviews")

    assert StewardshipTask.objects.count() == 1
    assert set(Work.objects.values_list("state", flat=True)) == {"done"}


def test_a_task_says_how_strong_the_evidence_is_and_holds_no_value():
    record("P", domain="contact", **PERSON, role="Buyer")
    record("7", source="ERP", domain="contact", **PERSON, role="Pilot")
    match("contact")

    task, pair = StewardshipTask.objects.get(), MatchPair.objects.get()
    assert task.summary == f"{pair.match_weight:.1f} bits"
    assert "Quackenbush" not in str(task)


def test_a_task_follows_the_evidence_of_its_pair():
    one, other = alike()
    match()
    before = StewardshipTask.objects.get()

    load(other.home_feed, "Id,Name\nE1,AAAAA Group\n")

    after = StewardshipTask.objects.get(state="open")
    assert after.pk == before.pk
    assert after.summary == f"{pair_of(one, other).match_weight:.1f} bits" != before.summary


def test_a_pair_that_a_person_decided_no_longer_waits_after_the_next_run():
    one, other = alike()
    match()
    decide(one.pk, other.pk, Decision.Verdict.NO_MATCH, cause=cause(at=LATER))

    record("Z", legal_name="Zebra GmbH")
    match()

    task = StewardshipTask.objects.get()
    assert task.state == "done"
    assert task.done_at is not None


def test_a_pair_that_waits_again_is_a_new_task():
    one, other = alike()
    match()
    load(other.home_feed, "Id,Name\nE1,Zebra GmbH\n")

    load(other.home_feed, "Id,Name\nE1,AAAAA Group Ltd\n")

    states = list(StewardshipTask.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["done", "open"]
    assert pair_of(one, other).state == "pending"


def test_tasks_of_one_domain_are_left_alone_by_runs_of_another():
    alike()
    match()
    before = StewardshipTask.objects.values().get()

    record("P", domain="contact", **PERSON)
    match("contact")

    assert StewardshipTask.objects.values().get() == before


def test_rates_that_overlap_are_one_task_each():
    first, second = rate("100"), rate("120")

    work.drain()

    tasks = StewardshipTask.objects.filter(kind="contested_rate")
    assert {task.subject for task in tasks} == {str(first.pk), str(second.pk)}
    assert {task.domain for task in tasks} == {"rate"}
    assert "100" not in str([task.summary for task in tasks])


def test_rates_that_overlap_for_longer_are_not_asked_about_twice():
    rate("100"), rate("120")
    work.drain()

    rate("130")
    work.drain()
    again("open contested rates")

    assert StewardshipTask.objects.filter(state="open").count() == 3


def test_rates_that_no_longer_overlap_ask_nobody():
    first, second = rate("100"), rate("120")
    work.drain()

    ids = frozenset([first.pk, second.pk])
    golden.merge("rate", [Merge(ids, "steward")], cause=cause(at=LATER))
    work.drain()

    assert not StewardshipTask.objects.filter(state="open").exists()


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_open_tasks_at_once_open_one_each():
    alike()
    match()
    event = Event.objects.get(type="match_run.finished")
    StewardshipTask.objects.all().delete()
    work_ids = []
    for _ in range(2):
        twin = events.record(
            "match_run.finished", domain="client", content=event.content, cause=cause()
        )
        work_ids.append(Work.objects.get(kind="open reviews", subject=str(twin.pk)).pk)

    at_once(*(lambda id_=id_: work.perform(id_) for id_ in work_ids))

    assert StewardshipTask.objects.count() == 1
    done = Work.objects.filter(pk__in=work_ids).values_list("state", flat=True)
    assert list(done) == ["done", "done"]


@pytest.mark.parametrize(("active", "assignee"), [(True, "sue"), (False, "")])
def test_rows_in_quarantine_go_to_the_steward_whom_the_register_names(active, assignee):
    ownership("client", "CRM")
    OwnershipRule.objects.update(steward="sue")
    User.objects.create_user("sue", is_active=active)

    load(feed(), "Id,Name\n1,\n2,Acme\n")

    (waits,) = StewardshipTask.objects.open().filter(kind="quarantine")
    assert waits.assignee == assignee
