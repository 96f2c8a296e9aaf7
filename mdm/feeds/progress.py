"""How far a batch is: a share and a stage in words, as people on any screen read it."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop

from mdm.feeds import outstanding
from mdm.models import FeedBatch, FeedChunk, Work
from mdm.words import inside, translated

State = FeedBatch.State


@dataclass(frozen=True, slots=True)
class Progress:
    """`share` counts to 100; `settled` when nothing goes on by itself any more.

    `stopped` says why work was given up after too many attempts; "" when none was.
    """

    share: float
    stage: str
    settled: bool
    stopped: str


def of(batch: FeedBatch) -> Progress:
    """How far a batch is, from its arrival to the end of the match that follows it."""
    unfinished = outstanding.unfinished(batch)
    going_on = [each for each in unfinished if each.state != Work.State.PARKED]
    given_up = [each.problem for each in unfinished if each.state == Work.State.PARKED]
    if stopped := next(iter(given_up), ""):
        share, stage = 0.0, gettext("stopped by an error")
    else:
        share, stage = _how_far(batch, going_on)
    return Progress(share, stage, _is_settled(batch, going_on), stopped)


def _is_settled(batch: FeedBatch, going_on: list[Work]) -> bool:
    """Whether nothing goes on by itself any more: done, or waiting for a person."""
    if batch.state == State.APPLIED:
        return batch.matched_at is not None or not going_on
    moves = batch.state in (State.RECEIVED, State.APPLYING) or _is_foreseen(batch)
    return not (moves and going_on)


def _is_foreseen(batch: FeedBatch) -> bool:
    """Whether a trial is over, but not yet what a match would make of it."""
    tried = batch.keeps_file and batch.state == State.PREVIEWED
    return tried and "matches" not in batch.prediction


def _how_far(batch: FeedBatch, going_on: list[Work]) -> tuple[float, str]:
    if batch.state == State.RECEIVED:
        rows = going_on[0].progress_done if going_on else 0
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
        running = [each for each in going_on if each.state == Work.State.RUNNING]
        matching = [each.stage for each in running if "match" in each.kind]
        if not matching:
            return 75, gettext("waiting to be matched")
        return 75, translated(matching[0] or gettext_noop("matching"))
    return 100, inside(batch.get_state_display())
