from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from mdm import work
from mdm.models import Work
from tests.factories import NOW, cause

pytestmark = pytest.mark.django_db

done: list[str] = []


@pytest.fixture(autouse=True)
def kinds(settings):
    """Kinds of work that this module does."""
    settings.WORK = {
        name: f"tests.mdm.test_work.{name}" for name in ("note", "fail", "quote", "wait", "stolen")
    }
    done.clear()


def note(job):
    done.append(job.subject)


def fail(job):
    raise ValueError(f"cannot do {job.subject}")


def quote(job):
    with transaction.atomic():
        Work.objects.create(pk=job.work_id, subject="secret", not_before=NOW, created_at=NOW)


def wait(job):
    raise work.BusyError("not yet")


def stolen(job):
    Work.objects.filter(pk=job.work_id).update(lease=None, state="waiting")
    with transaction.atomic():
        job.hold()
        done.append("must not happen")


def now_cause():
    return cause(at=timezone.now())


def enqueue(kind, subject="1"):
    work.enqueue(kind, subject, cause=now_cause())
    return Work.objects.get(kind=kind, subject=subject, state="waiting")


def test_work_is_done_once_however_often_it_is_rung_for():
    waiting = enqueue("note", "a")

    assert work.perform(waiting.pk) is True
    assert work.perform(waiting.pk) is False
    assert done == ["a"]


def test_the_same_work_waits_only_once():
    enqueue("note", "a")
    enqueue("note", "a")

    assert Work.objects.count() == 1


def test_draining_does_all_that_is_due():
    enqueue("note", "a")
    enqueue("note", "b")

    assert work.drain() == 2
    assert done == ["a", "b"]


def test_work_that_fails_is_tried_again_later_and_says_why():
    waiting = enqueue("fail")

    work.perform(waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == ("waiting", 1)
    assert waiting.not_before > timezone.now()
    assert waiting.problem == "ValueError: cannot do 1"


def test_work_that_always_fails_is_parked(settings):
    settings.WORK_ATTEMPTS = 2
    waiting = enqueue("fail")

    for _ in range(3):
        Work.objects.update(not_before=timezone.now())
        work.perform(waiting.pk)

    waiting.refresh_from_db()
    assert waiting.state == "parked"
    assert "cannot do 1" in waiting.problem


def test_busy_work_waits_without_counting_an_attempt():
    waiting = enqueue("wait")

    work.perform(waiting.pk)

    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts, waiting.problem) == ("waiting", 0, "not yet")


def test_work_of_a_dead_worker_is_taken_over_when_its_lease_ends():
    waiting = enqueue("note", "a")
    abandon(waiting, leased_until=timezone.now() - timedelta(seconds=1))

    assert work.perform(waiting.pk) is True
    assert done == ["a"]


def test_work_in_progress_is_left_alone():
    waiting = enqueue("note", "a")
    abandon(waiting, leased_until=timezone.now() + timedelta(seconds=30))

    assert work.perform(waiting.pk) is False
    assert done == []


def test_a_worker_that_lost_its_lease_writes_nothing():
    waiting = enqueue("stolen")

    work.perform(waiting.pk)

    waiting.refresh_from_db()
    assert done == []
    assert waiting.state == "waiting"


def test_cancelled_work_is_not_done():
    waiting = enqueue("note", "a")

    assert work.cancel(waiting.pk, cause=now_cause()) is True
    assert work.perform(waiting.pk) is False
    assert done == []


def test_an_unknown_kind_of_work_fails_like_any_other():
    waiting = enqueue("no such kind")

    work.perform(waiting.pk)

    waiting.refresh_from_db()
    assert waiting.state == "waiting"
    assert "KeyError" in waiting.problem


def test_work_does_not_start_before_its_time():
    work.enqueue("note", "a", cause=now_cause(), pause=timedelta(hours=1))

    assert work.drain() == 0


def abandon(waiting, **lease):
    Work.objects.filter(pk=waiting.pk).update(
        state="running", lease="00000000-0000-0000-0000-000000000001", attempts=1, **lease
    )


def test_what_the_database_says_of_a_row_is_not_kept():
    """Its details quote values, which may be personal."""
    work.enqueue("quote", "x", cause=cause())

    work.drain()

    problem = Work.objects.get().problem
    assert problem == (
        'IntegrityError: duplicate key value violates unique constraint "mdm_work_pkey"'
    )
