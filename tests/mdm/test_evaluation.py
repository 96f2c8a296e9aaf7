"""Golden records follow the time that passes, and nothing else makes them change by themselves."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from mdm import evaluation, golden, invariants, policy, tasks, work
from mdm.evaluation import advance, rebuild_concerned
from mdm.golden import Link
from mdm.governance.ownership import changes_between
from mdm.models import Evaluation, Event, OwnershipRule, Work
from tests.concurrency import at_once
from tests.factories import (
    LATER,
    NOW,
    cause,
    golden_record,
    ownership,
    record,
    work_in_hand,
)

pytestmark = pytest.mark.django_db

DECAY = {"strategy": "most_trusted", "decay": {"after_days": 90, "period_days": 365}}


@pytest.fixture
def phones():
    """A phone of the CRM, which owns it, two years old; and one of the ERP, a month old."""
    ownership("client", "CRM", "ERP")
    old, new = NOW - timedelta(days=730), NOW - timedelta(days=30)
    return golden_record(
        record("A", updated_at=old, phone="+441"),
        record("1", source="ERP", updated_at=new, phone="+442"),
        at=NOW,
    )


def test_the_phone_of_two_years_ago_loses_to_the_one_of_last_month_where_trust_decays(phones):
    decide(phone={"strategy": "most_trusted"})
    assert value_of(phones, "phone") == ("+441", "owner")

    decide(phone=DECAY)

    assert value_of(phones, "phone") == ("+442", "trusted")


def test_trust_may_decay_in_the_values_of_one_source_system_alone(phones):
    quick = {"after_days": 0, "period_days": 1}
    slow = {"after_days": 10_000, "period_days": 1}

    decide(phone={"strategy": "most_trusted", "decay": {**slow, "systems": {"ERP": quick}}})
    assert value_of(phones, "phone") == ("+441", "trusted")

    decide(phone={"strategy": "most_trusted", "decay": {**slow, "systems": {"CRM": quick}}})
    assert value_of(phones, "phone") == ("+442", "trusted")


def test_values_age_only_when_the_moment_of_evaluation_is_advanced():
    ownership("client", "CRM", "ERP")
    made = golden_record(
        record("A", updated_at=NOW - timedelta(days=60), phone="+441"),
        record("1", source="ERP", updated_at=NOW - timedelta(days=30), phone="+442"),
        at=NOW,
    )
    decide(phone={"strategy": "most_trusted", "decay": {"after_days": 90, "period_days": 100}})

    golden.rebuild("client", [made.pk], cause=cause(at=NOW + timedelta(days=60)))
    assert value_of(made, "phone")[0] == "+441"

    go_on(to=NOW + timedelta(days=60))
    assert value_of(made, "phone") == ("+442", "trusted")


def test_the_first_golden_records_of_a_domain_set_its_moment():
    golden_record(record("A"), at=NOW)
    golden_record(record("B"), at=LATER)

    assert dict(Evaluation.objects.values_list("domain", "evaluated_at")) == {"client": NOW}


def test_rebuilding_everything_at_the_same_moment_changes_nothing_and_says_nothing(phones):
    decide(phone=DECAY)
    before = Event.objects.count()

    assert golden.rebuild("client", [phones.pk], cause=cause(at=timezone.now())) == []

    assert Event.objects.count() == before
    assert sound()


def test_an_evaluation_leaves_alone_what_does_not_depend_on_time():
    single, several = golden_record(record("A")), golden_record(record("B"), record("C"))
    events = Event.objects.count()

    go_on(to=LATER)

    assert Evaluation.objects.get().evaluated_at == LATER
    assert Event.objects.count() == events
    for each in (single, several):
        each.refresh_from_db()
        assert each.version == 1


def test_only_golden_records_with_several_members_are_evaluated_again(phones, monkeypatch):
    decide(phone=DECAY)
    golden_record(record("B", updated_at=NOW, phone="+443"))
    rebuilt = []
    real = golden.rebuild
    monkeypatch.setattr(
        golden, "rebuild", lambda domain, ids, **k: rebuilt.extend(ids) or real(domain, ids, **k)
    )

    go_on(to=LATER)

    assert rebuilt == [phones.pk]


def test_ownership_that_begins_meanwhile_decides_from_then_on():
    ownership("client", "CRM", "ERP", attribute="industry")
    made = golden_record(
        record("A", industry="Tools"), record("1", source="ERP", industry="Hammers"), at=NOW
    )
    turns = date(2026, 6, 15)
    for rule in OwnershipRule.objects.all():
        rule.valid_on = (rule.valid_on.lower, turns)
        rule.save()
    ownership("client", "ERP", "CRM", attribute="industry", since=turns)
    assert sound(at=NOW)

    go_on(to=NOW + timedelta(days=13))
    assert value_of(made, "industry")[0] == "Tools"

    go_on(to=NOW + timedelta(days=14))
    assert value_of(made, "industry")[0] == "Hammers"
    assert sound(at=NOW + timedelta(days=14))


@pytest.mark.parametrize(
    ("since", "until", "turns"),
    [
        (date(2026, 6, 14), date(2026, 6, 15), True),
        (date(2026, 6, 15), date(2026, 6, 16), False),
        (date(2026, 6, 15), date(2026, 6, 15), False),
        (date(2026, 6, 1), date(2026, 7, 1), True),
        (date(2026, 6, 1), date(2026, 6, 14), False),
    ],
)
def test_a_rule_turns_on_its_first_day(since, until, turns):
    ownership("client", "CRM", since=date(2026, 6, 15))

    assert changes_between("client", since, until) == turns
    assert not changes_between("contact", since, until)


def test_a_hub_is_sound_while_golden_records_wait_to_be_rebuilt(phones):
    policy.set_policy("client", {"phone": DECAY}, "why", cause=cause(at=timezone.now()))
    assert sound()

    Work.objects.filter(kind="rebuild concerned").update(state="parked")
    assert not sound()


def test_each_chunk_asks_for_the_next_and_none_is_done_twice(monkeypatch):
    monkeypatch.setattr(evaluation, "RECORDS_IN_A_CHUNK", 2)
    ownership("client", "CRM", "ERP")
    made = [
        golden_record(record(f"A{n}", phone="+441"), record(f"1{n}", source="ERP", phone="+442"))
        for n in range(5)
    ]
    decide(phone={"strategy": "largest"})

    assert {value_of(each, "phone")[0] for each in made} == {"+442"}
    assert Work.objects.filter(kind="rebuild concerned", state="done").count() == 3
    assert Event.objects.filter(type="golden.changed").count() == 5


def test_a_worker_that_dies_after_a_chunk_leaves_the_next_one_to_others(phones):
    policy.set_policy(
        "client", {"phone": {"strategy": "most_trusted"}}, "why", cause=cause(at=timezone.now())
    )
    job = work_in_hand("rebuild concerned")

    rebuild_concerned(job)
    rebuild_concerned(job)  # the worker died before it could say that it was done

    assert Event.objects.filter(type="golden.changed").count() == 1


def test_a_worker_whose_lease_was_taken_over_advances_nothing(phones):
    evaluation.ask(["client"], cause=cause(at=timezone.now()))
    job = work_in_hand("evaluate")
    Work.objects.filter(pk=job.work_id).update(lease=uuid4())

    with pytest.raises(work.LeaseLostError):
        advance(job)

    assert Evaluation.objects.get().evaluated_at == NOW


@pytest.mark.django_db(transaction=True)
def test_whoever_changes_what_decides_waits_for_whoever_derives():
    golden_record(record("A"))

    def change():
        with connection.cursor() as cursor, pytest.raises(OperationalError, match="lock"):
            cursor.execute("SELECT FROM mdm_evaluation WHERE domain = 'client' FOR UPDATE NOWAIT")

    with transaction.atomic():
        golden.create("client", [[Link(record("B").pk, "new")]], cause=cause())
        assert at_once(change) == [None]


def test_time_never_goes_back(phones):
    Evaluation.objects.update(evaluated_at=timezone.now() + timedelta(days=1))
    before = Evaluation.objects.get().evaluated_at

    evaluation.ask(["client"], cause=cause(at=timezone.now()))
    work.drain()

    assert Evaluation.objects.get().evaluated_at == before


def test_the_sweep_asks_once_an_hour(phones):
    for _ in range(3):
        tasks.sweep()
    assert Work.objects.filter(kind="evaluate").count() == 1

    work.drain()
    tasks.sweep()
    assert Work.objects.filter(kind="evaluate").count() == 1

    evaluation.ask_when_due(timezone.now() + timedelta(hours=2))
    assert Work.objects.filter(kind="evaluate").count() == 2


def test_a_domain_without_golden_records_has_nothing_to_evaluate():
    tasks.sweep()
    call_command("evaluate", "contact")

    assert not Evaluation.objects.exists()


def test_the_command_evaluates_as_of_now(phones):
    before = timezone.now()

    call_command("evaluate")

    assert Evaluation.objects.get().evaluated_at >= before


def decide(**specification):
    policy.set_policy("client", specification, "why", cause=cause())
    work.drain()


def go_on(to):
    """The evaluation of clients, as a worker does it at a moment."""
    Work.objects.filter(kind="evaluate", state="running").update(
        state="done", lease=None, leased_until=None
    )
    evaluation.ask(["client"], cause=cause(at=timezone.now()))
    job = work_in_hand("evaluate")
    advance(replace(job, cause=job.cause.later(to)))
    work.drain()


def value_of(made, name):
    """A value, and why it survived."""
    made.refresh_from_db()
    reasons = [why[name] for why in made.provenance.values() if name in why]
    return made.attributes[name], reasons[0]


def sound(at=None):
    return not any(finding.count for finding in invariants.check(at) if finding.name == REBUILD)


REBUILD = invariants.REBUILD
