"""The work on a feed batch, found by what it is about: batches of one business case do not mix."""

from collections.abc import Callable

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from mdm import work
from mdm.cause import Cause
from mdm.models import Event, FeedBatch, Work

State = FeedBatch.State
_READING = ("look at file", "read feed")


def work_on(batch: FeedBatch) -> QuerySet[Work]:
    """What is done for a batch in its state: reading it, applying its chunks, matching them."""
    found = Q(kind__in=_READING, subject=str(batch.pk))
    if batch.state == State.APPLYING:
        chunks = batch.chunks.values_list("pk", flat=True)
        found |= Q(kind="apply chunk", subject__in=[*map(str, chunks)])
    elif batch.state == State.PREVIEWED:
        found |= _reaction(batch, "foresee matches", "feed_batch.previewed")
    elif batch.state == State.APPLIED and batch.matched_at is None:
        matching: Callable[[int], Q] = import_string(settings.WORK_ON_A_MATCH)
        found |= _reaction(batch, "match", "source_records.changed") | matching(batch.pk)
    return Work.objects.filter(found)


def unfinished(batch: FeedBatch) -> list[Work]:
    """The first of each kind of work on a batch that waits, that goes on, and that was given up."""
    states = (Work.State.WAITING, Work.State.RUNNING, Work.State.PARKED)
    each_kind = work_on(batch).filter(state__in=states).order_by("kind", "state", "pk")
    return sorted(each_kind.distinct("kind", "state"), key=lambda each: each.pk)


def stopped_by(batch: FeedBatch) -> str:
    """Why work on a batch was given up after too many attempts; "" when none was."""
    return work.parked(work_on(batch))


def try_again(batch: FeedBatch, *, cause: Cause) -> int:
    """Do again what was given up of a batch; returns how many pieces of work that is."""
    return work.unpark(work_on(batch), cause=cause)


def _reaction(batch: FeedBatch, kind: str, event_type: str) -> Q:
    """The work of a kind that reacts to an event about the batch."""
    events = Event.objects.filter(
        golden_id=None,
        correlation_id=batch.correlation_id,
        type=event_type,
        content__batch=batch.pk,
    )
    return Q(kind=kind, subject__in=[*map(str, events.values_list("pk", flat=True))])
