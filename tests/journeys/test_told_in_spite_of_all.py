"""A webhook's receiver is slow, wrong, dead and back, and workers are killed: nothing is lost."""

import os
import random
import signal
import time
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from mdm import golden, tasks, work
from mdm.models import Delivery, Event, Subscription, Work
from tests.factories import cause, golden_record, merge_goldens, record, send_again
from tests.mdm.webhooks.conftest import private_receivers, receiver, subscribe
from tests.mdm.webhooks.receiving import assert_in_order

pytestmark = pytest.mark.django_db(transaction=True)

__all__ = ["private_receivers", "receiver", "subscribe"]


def wait_is_over():
    """As if all pauses were over, and all leases of dead workers had lapsed."""
    past = timezone.now() - timedelta(seconds=1)
    Subscription.objects.exclude(rests_until=None).update(rests_until=past)
    Delivery.objects.waiting().update(not_before=past)
    Work.objects.filter(state="waiting").update(not_before=past)
    Work.objects.filter(state="running").update(leased_until=past)


def told(receiver):
    return {each["id"].partition("-")[0] for each in receiver.taken if "subject" in each}


def expected():
    return {str(pk) for pk in Event.objects.exclude(golden_id=None).values_list("pk", flat=True)}


def test_a_receiver_that_is_slow_wrong_dead_and_back_gets_everything_in_order(
    subscribe, receiver, settings
):
    settings.WEBHOOK_SECONDS = 0.5
    settings.WEBHOOK_REST_SECONDS = 600.0
    settings.WEBHOOK_RETRY_SECONDS = 600.0
    subscribe(every_change=True)
    chance = random.Random(6)  # noqa: S311
    sources = [record(f"K{number}") for number in range(6)]
    goldens = [golden_record(each, at=timezone.now()) for each in sources]

    def happen(number):
        for each, made in zip(sources, goldens, strict=True):
            send_again(each, at=timezone.now(), legal_name=f"Name {number} {each.pk}")
            golden.rebuild("client", [made.pk], cause=cause(at=timezone.now()))

    def turn():
        tasks.sweep()
        work.drain()
        wait_is_over()

    happen(1)
    receiver.seconds = 0.7  # slow: it takes what it is told, but too late
    turn()
    happen(2)
    receiver.seconds, receiver.answer = 0.0, lambda _event: chance.choice([500, 204, 429, 503])
    turn()
    happen(3)
    receiver.stop()
    turn()
    turn()
    happen(4)
    merge_goldens(goldens[0], goldens[1], at=timezone.now())
    receiver.start()
    receiver.answer = lambda _event: 204
    for _ in range(40):
        turn()
        if not Delivery.objects.waiting().exists():
            break

    assert told(receiver) == expected()
    assert_in_order(receiver.taken)
    assert not Delivery.objects.dead().exists()


def test_what_was_committed_is_told_though_nobody_was_rung_for(subscribe, receiver):
    subscribe()
    golden_record()

    tasks.sweep()  # what beat does
    work.drain()

    assert told(receiver) == expected()


def test_what_a_killed_worker_had_begun_to_tell_is_told(subscribe, receiver):
    subscribe()
    for _ in range(5):
        golden_record()
    receiver.seconds = 1.5

    worker = forked(lambda: (tasks.sweep(), work.drain()))
    while not Work.objects.filter(kind="deliver", state="running").exists():
        time.sleep(0.02)
    time.sleep(0.3)  # messages are on their way
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    assert Delivery.objects.waiting().count() == 5
    receiver.seconds = 0.0
    wait_is_over()
    tasks.sweep()
    work.drain()

    assert told(receiver) == expected()
    assert_in_order(receiver.taken)
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def forked(call):
    """The process id of a child that calls it, with connections of its own."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        call()
    finally:
        os._exit(0)
