"""Claiming and doing work: leased rows that survive any crash, with Celery as their doorbell."""

import gc
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg
import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from mdm import doorbell, tracing
from mdm.cause import Cause, mint_correlation_id
from mdm.models import Work

log = structlog.get_logger(__name__)

_LONGEST_PAUSE = timedelta(minutes=10)


class LeaseLostError(RuntimeError):
    """Somebody else took the work over, or cancelled it: stop, and write nothing more."""


class BusyError(RuntimeError):
    """The work must wait for other work; it is tried again soon and no attempt is counted."""

    def __init__(self, said: str, pause: timedelta | None = None) -> None:
        super().__init__(said)
        self.pause = pause or timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed piece of work, as the function that does it sees it."""

    work_id: int
    lease: uuid.UUID
    kind: str
    subject: str
    cause: Cause

    def progress(self, stage: str, done: int = 0, total: int = 0) -> None:
        """Say how far the work is; raises LeaseLostError when it is no longer ours."""
        self._while_ours(stage=stage, progress_done=done, progress_total=total)

    def hold(self) -> None:
        """Call first in a transaction: it commits only if the work is still ours."""
        if not self._mine().select_for_update().exists():
            raise LeaseLostError(f"work {self.work_id} was taken over")

    def extend(self) -> None:
        """Keep the lease for another term."""
        self._while_ours(leased_until=timezone.now() + settings.WORK_LEASE)

    def _while_ours(self, **changes: object) -> None:
        if not self._mine().update(**changes):
            raise LeaseLostError(f"work {self.work_id} was taken over")

    def _mine(self) -> "QuerySet[Work]":
        return Work.objects.filter(pk=self.work_id, lease=self.lease, state=Work.State.RUNNING)


def enqueue(kind: str, subject: object, *, cause: Cause, pause: timedelta = timedelta()) -> None:
    """Add work unless the same work already waits; the doorbell rings once this commits."""
    Work.objects.bulk_create(
        [
            Work(
                kind=kind,
                subject=str(subject),
                correlation_id=cause.correlation_id,
                traceparent=cause.traceparent,
                not_before=cause.at + pause,
                created_at=cause.at,
            )
        ],
        ignore_conflicts=True,
    )
    _ring_on_commit(_waiting(kind, subject))


def ask_nightly(kind: str, subjects: Sequence[str], now: datetime) -> None:
    """Add work on each subject, unless that was asked for since it last was NIGHT_HOUR (UTC)."""
    night = now.astimezone(UTC).replace(hour=settings.NIGHT_HOUR, minute=0, second=0, microsecond=0)
    since = night if night <= now else night - timedelta(days=1)
    asked = Work.objects.filter(kind=kind, subject__in=subjects, created_at__gte=since)
    done = set(asked.values_list("subject", flat=True))
    cause = Cause(now, f"job:{kind}", mint_correlation_id())
    for subject in subjects:
        if subject not in done:
            enqueue(kind, subject, cause=cause)


def hasten(kind: str, subject: object, *, cause: Cause) -> None:
    """Let work that was put off be done now: what it waited for is over."""
    waiting = _waiting(kind, subject)
    if waiting.filter(not_before__gt=cause.at).update(not_before=cause.at):
        _ring_on_commit(waiting)


def claimable(now: datetime) -> "QuerySet[Work]":
    """Work that waits and is due, or whose worker died; what has been due longest comes first.

    Work that is put off again and again, as it must wait, keeps nobody else from being done.
    """
    due = Q(state=Work.State.WAITING, not_before__lte=now)
    abandoned = Q(state=Work.State.RUNNING, leased_until__lt=now)
    return Work.objects.filter(due | abandoned).order_by("not_before", "id")


def perform(work_id: int) -> bool:
    """Claim the work and do it; False when somebody else has it or it is done."""
    job = _claim(work_id)
    if job is None:
        return False
    ids = {
        "correlation_id": job.cause.correlation_id,
        "trace_id": tracing.trace_id(job.cause.traceparent),
    }
    with structlog.contextvars.bound_contextvars(**ids):
        _run(job)
    return True


def drain() -> int:
    """Do all work that is due, in this process; returns how many pieces were done."""
    done = 0
    while ids := list(claimable(timezone.now()).values_list("id", flat=True)[:20]):
        performed = sum(perform(work_id) for work_id in ids)
        if not performed:  # another process has all of it, in transactions longer than its leases
            break
        done += performed
    return done


def sweep() -> int:
    """Ring for all work that is due: what a broken broker or a dead worker left behind."""
    due = list(claimable(timezone.now()).values_list("id", "traceparent")[:500])
    for work_id, traceparent in due:
        doorbell.ring(work_id, traceparent)
    return len(due)


def cancel(work_id: int, *, cause: Cause) -> bool:
    """Cancel open work; whoever runs it stops at its next step."""
    return bool(
        Work.objects.filter(pk=work_id, state__in=[Work.State.WAITING, Work.State.RUNNING]).update(
            state=Work.State.CANCELLED, lease=None, leased_until=None, finished_at=cause.at
        )
    )


def parked(rows: "QuerySet[Work]") -> str:
    """Why one of them was given up after too many attempts; "" when none was."""
    problems = rows.filter(state=Work.State.PARKED).values_list("problem", flat=True)
    return problems.first() or ""


def unpark(rows: "QuerySet[Work]", *, cause: Cause) -> int:
    """Try again those that were given up; returns how many that is."""
    given_up = Work.objects.filter(pk__in=list(rows.values_list("pk", flat=True)))
    again = list(given_up.filter(state=Work.State.PARKED))
    given_up.filter(state=Work.State.PARKED).update(state=Work.State.CANCELLED)
    for each in again:
        enqueue(each.kind, each.subject, cause=replace(cause, correlation_id=each.correlation_id))
    return len(again)


@contextmanager
def exclusively(name: str) -> Iterator[None]:
    """Hold a lock that only one process has at a time; raises BusyError when it is taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            raise BusyError(f"{name} is busy")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _waiting(kind: str, subject: object) -> "QuerySet[Work]":
    return Work.objects.filter(kind=kind, subject=str(subject), state=Work.State.WAITING)


def _ring_on_commit(rows: "QuerySet[Work]") -> None:
    for work_id, traceparent in rows.values_list("id", "traceparent"):
        transaction.on_commit(partial(doorbell.ring, work_id, traceparent))


def _claim(work_id: int) -> Job | None:
    now = timezone.now()
    lease = uuid.uuid4()
    with transaction.atomic():
        work = claimable(now).select_for_update(skip_locked=True).filter(pk=work_id).first()
        if work is None:
            return None
        if work.attempts >= settings.WORK_ATTEMPTS:
            _park(work, now, work.problem or "its worker died each time")
            return None
        work.state, work.lease = Work.State.RUNNING, lease
        work.leased_until = now + settings.WORK_LEASE
        work.attempts += 1
        work.save(update_fields=["state", "lease", "leased_until", "attempts"])
    cause = Cause(
        at=now,
        by=f"job:{work.kind}",
        correlation_id=work.correlation_id,
        traceparent=tracing.next_span(work.traceparent),
    )
    return Job(work.pk, lease, work.kind, work.subject, cause)


def _run(job: Job) -> None:
    try:
        function: Callable[[Job], None] = import_string(settings.WORK[job.kind])
        with _heartbeat(job), _no_garbage_collection():
            function(job)
        _finish(job)
    except LeaseLostError as lost:
        log.warning("lease lost", work=job.work_id, reason=str(lost))
    except BusyError as busy:
        _put_back(job, str(busy), pause=busy.pause, counted=False)
    except Exception as error:
        problem = _without_values(error)
        trace = "".join(traceback.format_tb(error.__traceback__))
        log.error("work failed", work=job.work_id, kind=job.kind, problem=problem, trace=trace)
        pause = min(_LONGEST_PAUSE, timedelta(seconds=2 ** _attempts(job)))
        _put_back(job, problem, pause=pause, counted=True)


def _without_values(error: Exception) -> str:
    """The error in words; of the database's the first line, as the details quote the row."""
    cause = error.__cause__ if isinstance(error, DatabaseError) else None
    said = cause.diag.message_primary if isinstance(cause, psycopg.Error) else str(error)
    return f"{type(error).__name__}: {said}"


@contextmanager
def _heartbeat(job: Job) -> Iterator[None]:
    """Extend the lease from a thread while the work goes on, also through long computations."""
    stop = threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(settings.WORK_LEASE.total_seconds() / 3):
                _extend_if_possible(job)
        except LeaseLostError:
            pass  # the work itself finds out at its next step
        finally:
            connections.close_all()

    thread = threading.Thread(target=beat, daemon=True, name=f"heartbeat-{job.work_id}")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _extend_if_possible(job: Job) -> None:
    """Extend the lease; a database without a free connection may have one at the next beat."""
    try:
        job.extend()
    except DatabaseError as error:
        log.warning("heartbeat missed", work=job.work_id, problem=_without_values(error))
        connections.close_all()


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Work makes many objects and hardly any cycles: looking for cycles takes a third of it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _finish(job: Job) -> None:
    job._while_ours(
        state=Work.State.DONE, lease=None, leased_until=None, finished_at=timezone.now(), problem=""
    )


def _put_back(job: Job, problem: str, *, pause: timedelta, counted: bool) -> None:
    try:
        with transaction.atomic():
            job._mine().update(
                state=Work.State.WAITING,
                lease=None,
                leased_until=None,
                problem=problem,
                not_before=timezone.now() + pause,
                attempts=F("attempts") - (0 if counted else 1),
            )
    except IntegrityError:  # the same work was enqueued meanwhile and waits already
        job._mine().update(
            state=Work.State.CANCELLED, lease=None, leased_until=None, problem=problem
        )


def _attempts(job: Job) -> int:
    return Work.objects.values_list("attempts", flat=True).get(pk=job.work_id)


def _park(work: Work, now: datetime, problem: str) -> None:
    work.state, work.lease, work.leased_until = Work.State.PARKED, None, None
    work.finished_at, work.problem = now, problem
    work.save()
