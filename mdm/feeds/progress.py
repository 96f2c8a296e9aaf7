"""How far a batch is: a share and a stage in words, as people on any screen read it."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop

from mdm.feeds import outstanding
from mdm.models import FeedBatch, FeedChunk, Work
from mdm.words import inside, translated

State = FeedBatch.State
_OPEN_WORK = (Work.State.WAITING, Work.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Progress:
    """`share` counts to 100; `settled` when nothing goes on by itself any more."""

    share: float
    stage: str
    settled: bool


def of(batch: FeedBatch) -> Progress:
    """How far a batch is, from its arrival to the end of the match that follows it."""
    share, stage = _how_far(batch)
    return Progress(share, stage, _is_settled(batch))


def _is_settled(batch: FeedBatch) -> bool:
    """Whether nothing goes on by itself any more: done, or waiting for a person."""
    if batch.state == State.APPLIED:
        return batch.matched_at is not None or not _open_work(batch)
    going_on = batch.state in (State.RECEIVED, State.APPLYING) or _is_foreseen(batch)
    return not (going_on and _open_work(batch))


def _is_foreseen(batch: FeedBatch) -> bool:
    """Whether a trial is over, but not yet what a match would make of it."""
    tried = batch.keeps_file and batch.state == State.PREVIEWED
    return tried and "matches" not in batch.prediction


def _open_work(batch: FeedBatch) -> bool:
    return outstanding.work_on(batch).filter(state__in=_OPEN_WORK).exists()


def _how_far(batch: FeedBatch) -> tuple[float, str]:
    if outstanding.stopped_by(batch):
        return 0, gettext("stopped by an error")
    if batch.state == State.RECEIVED:
        reading = Work.objects.filter(
            kind__in=("look at file", "read feed"), subject=str(batch.pk), state__in=_OPEN_WORK
        ).first()
        rows = reading.progress_done if reading else 0
        if not rows:
            return 5, gettext("waiting to be read")
        count = number_format(rows, force_grouping=True)
        return 5, gettext("reading, {count} rows").format(count=count)
    if batch.state == State.APPLYING:
        chunks = FeedChunk.objects.filter(batch=batch)
        done = chunks.exclude(applied_at=None).count()
        trying, applying = gettext("trying {count} rows"), gettext("applying {count} rows")
        stage = trying if batch.dry_run else applying
        count = number_format(batch.received, force_grouping=True)
        return 10 + 60 * done / max(1, chunks.count()), stage.format(count=count)
    if _is_foreseen(batch):
        return 85, gettext("looking for golden records that the new ones would join")
    if batch.state == State.APPLIED and batch.matched_at is None:
        running = outstanding.work_on(batch).filter(state=Work.State.RUNNING)
        matching = running.filter(kind__contains="match").first()
        if matching is None:
            return 75, gettext("waiting to be matched")
        return 75, translated(matching.stage or gettext_noop("matching"))
    return 100, inside(batch.get_state_display())
