"""Who works on a stewardship task, and when: claimed, given, released, put off, on the screen."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from mdm import events
from mdm.cause import Cause
from mdm.words import person
from stewardship.models import StewardshipTask

HELD = timedelta(seconds=60)
"""How long a task counts as on a person's screen after the page last said so."""


class TaskTakenError(RuntimeError):
    """A stewardship task that is settled, or that somebody else has: who, in words."""


@transaction.atomic
def claim(task_id: int, person: str, *, cause: Cause) -> StewardshipTask:
    """Take a task that nobody has. Raises TaskTakenError when somebody was quicker."""
    free = StewardshipTask.objects.open().filter(pk=task_id, assignee__in=("", person))
    if not free.update(assignee=person):
        raise TaskTakenError(_said(task_id, cause))
    return _record("claimed", StewardshipTask.objects.get(pk=task_id), cause)


@transaction.atomic
def assign(task_id: int, person: str, *, cause: Cause) -> StewardshipTask:
    """Give a task to a person, or with "" back to everybody. Raises TaskTakenError."""
    if not StewardshipTask.objects.open().filter(pk=task_id).update(assignee=person):
        raise TaskTakenError(_said(task_id, cause))
    return _record("assigned", StewardshipTask.objects.get(pk=task_id), cause)


@transaction.atomic
def defer(task_id: int, until: date | None, *, cause: Cause) -> StewardshipTask:
    """Put a task off until a day, on which it is back; None takes it back now.

    Raises TaskTakenError, and ValueError for a day that has passed.
    """
    if until is not None and until <= timezone.localdate(cause.at):
        raise ValueError(gettext("choose a day after today"))
    if not StewardshipTask.objects.open().filter(pk=task_id).update(deferred_until=until):
        raise TaskTakenError(_said(task_id, cause))
    return _record("deferred", StewardshipTask.objects.get(pk=task_id), cause)


_HOLD = """
    WITH held AS (
        UPDATE stewardship_stewardshiptask SET
            held_by = CASE WHEN held_by IN ('', %(me)s) OR held_until IS NULL
                             OR held_until < %(at)s THEN %(me)s ELSE held_by END,
            held_until = CASE WHEN held_by IN ('', %(me)s) OR held_until IS NULL
                                OR held_until < %(at)s THEN %(until)s ELSE held_until END
        WHERE kind = %(kind)s AND subject = %(subject)s AND state = 'open' RETURNING *
    ), settled AS (
        SELECT * FROM stewardship_stewardshiptask
        WHERE kind = %(kind)s AND subject = %(subject)s AND NOT EXISTS (SELECT FROM held)
        ORDER BY id DESC LIMIT 1
    )
    SELECT * FROM held UNION ALL SELECT * FROM settled
"""


def hold_subject(kind: str, subject: str, person: str, at: datetime) -> StewardshipTask | None:
    """Say that a person has the task about a subject on the screen, unless somebody else does.

    Returns the task, which says who has it; the last settled one where none is open.
    """
    said = {"me": person, "at": at, "until": at + HELD, "kind": kind, "subject": subject}
    return next(iter(StewardshipTask.objects.raw(_HOLD, said)), None)


def settle(kind: str, subject: str, *, cause: Cause) -> StewardshipTask | None:
    """A person has settled the task about a subject; returns it, if it was open."""
    task = StewardshipTask.objects.open().filter(kind=kind, subject=subject).first()
    if task is not None:
        StewardshipTask.objects.open().filter(pk=task.pk).update(
            state=StewardshipTask.State.DONE, done_at=cause.at, done_by=cause.by
        )
    return task


def _record(verb: str, task: StewardshipTask, cause: Cause) -> StewardshipTask:
    content = {"task": task.pk, "assignee": task.assignee}
    events.record(f"stewardship_task.{verb}", domain=task.domain, content=content, cause=cause)
    return task


def _said(task_id: int, cause: Cause) -> str:
    task = StewardshipTask.objects.get(pk=task_id)
    if task.state == StewardshipTask.State.DONE:
        return gettext("{done_by} has settled it").format(done_by=person(task.done_by))
    return gettext("{assignee} has it").format(assignee=task.assignee or person(cause.by))
