"""Watching batches until they are applied and matched, with a bar for each."""

import time
from collections.abc import Sequence

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mdm import work
from mdm.management.console import console
from mdm.models import FeedBatch, FeedChunk, Work

_GLANCE_SECONDS = 0.2
State = FeedBatch.State


def follow(batch_ids: Sequence[int], *, help_out: bool) -> None:
    """Show how far the batches are until nothing is left to do for them.

    With `help_out` this process does due work itself, so that it ends without workers too.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as bars:
        shown = {pk: bars.add_task("", total=100, stage="") for pk in batch_ids}
        while True:
            batches = FeedBatch.objects.select_related("feed").filter(pk__in=batch_ids)
            for batch in batches:
                share, stage = _how_far(batch)
                bars.update(
                    shown[batch.pk], description=batch.feed.name, completed=share, stage=stage
                )
            if all(map(_is_settled, batches)):
                return
            if not (help_out and work.drain()):
                time.sleep(_GLANCE_SECONDS)


def _is_settled(batch: FeedBatch) -> bool:
    """Whether nothing goes on by itself any more: done, or waiting for a person."""
    if batch.state == State.APPLIED:
        return batch.matched_at is not None or not _open_work(batch)
    return batch.state not in (State.RECEIVED, State.APPLYING) or not _open_work(batch)


def _open_work(batch: FeedBatch) -> bool:
    open_states = (Work.State.WAITING, Work.State.RUNNING)
    return Work.objects.filter(correlation_id=batch.correlation_id, state__in=open_states).exists()


def _how_far(batch: FeedBatch) -> tuple[float, str]:
    """A share of 100, and the stage in words."""
    if work.parked(batch.correlation_id):
        return 0, "stopped by an error"
    if batch.state == State.RECEIVED:
        reading = Work.objects.filter(kind="read feed", subject=str(batch.pk)).first()
        rows = reading.progress_done if reading else 0
        return 5, f"reading, {rows:,} rows" if rows else "received"
    if batch.state == State.APPLYING:
        chunks = FeedChunk.objects.filter(batch=batch)
        done = chunks.exclude(applied_at=None).count()
        return 10 + 60 * done / max(1, chunks.count()), f"applying {batch.received:,} rows"
    if batch.state == State.APPLIED and batch.matched_at is None:
        matching = Work.objects.filter(
            correlation_id=batch.correlation_id, kind__contains="match", state=Work.State.RUNNING
        ).first()
        return 75, matching.stage or "matching" if matching else "waiting to be matched"
    return 100, str(batch.get_state_display()).lower()
