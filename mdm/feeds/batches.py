"""The life of a feed batch: received, read, predicted, applied in chunks, closed."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext

from mdm import events, work
from mdm.bulk import check_constraints
from mdm.cause import Cause
from mdm.feeds import applying, effects, landing, limits, outstanding
from mdm.feeds.readers import FileRefusedError, http, open_sheet
from mdm.models import (
    Feed,
    FeedBatch,
    FeedChunk,
    FeedFile,
    FeedMapping,
    FeedRow,
    SourceRecordVersion,
)
from mdm.words import inside
from mdm.work import BusyError, Job

_PART = 1 << 20
_LONGEST_PAUSE = timedelta(minutes=1)

State = FeedBatch.State


class BatchStateError(RuntimeError):
    """What was asked of a batch is not possible in its state."""


@transaction.atomic
def receive(
    feed: Feed,
    file_name: str,
    parts: Iterable[bytes],
    *,
    dry_run: bool = False,
    partial: bool = False,
    cause: Cause,
) -> FeedBatch:
    """Store a file as a new batch of `feed` and enqueue the reading of it.

    `parts` are pieces of the file, of any size. The file stays in the database until it is read,
    so that any worker on any host can read it.
    """
    mapping = feed.newest_mapping()
    if mapping is None:
        raise BatchStateError(f"feed {feed.code} has no mapping; give it one first")
    batch = begin(feed, file_name, mapping, dry_run=dry_run, partial=partial, cause=cause)
    store_file(batch, parts)
    work.enqueue("read feed", batch.pk, cause=cause)
    return batch


def begin(
    feed: Feed, file_name: str, mapping: FeedMapping | None, *, cause: Cause, **more: Any
) -> FeedBatch:
    """A new batch of a feed, of which the file is not stored yet."""
    batch = FeedBatch.objects.create(
        feed=feed,
        mapping=mapping,
        file_name=Path(file_name).name[:500],
        correlation_id=cause.correlation_id,
        received_by=cause.by,
        received_at=cause.at,
        **more,
    )
    _record("feed_batch.received", batch, cause)
    return batch


def pull(feed: Feed, *, dry_run: bool = False, cause: Cause) -> FeedBatch:
    """Fetch the records at the feed's address and receive them as a batch."""
    if not feed.location:
        raise BatchStateError(f"feed {feed.code} has no address to pull from; name a file")
    options = feed.reader_options.get("pull", {})
    pages = http.pull(feed.location, options, allow_private=settings.FEEDS_MAY_PULL_PRIVATE)
    try:
        return receive(feed, f"{feed.code}.jsonl", pages, dry_run=dry_run, cause=cause)
    except FileRefusedError as refused:
        raise BatchStateError(str(refused)) from refused


def read(job: Job) -> None:
    """Work: read the file of a batch, predict its effect, and apply it unless that is unusual."""
    batch = get_batch(int(job.subject))
    if batch.state != State.RECEIVED or _must_wait(batch, job):
        return
    try:
        _land(batch, job)
    except FileRefusedError as refused:
        with transaction.atomic():
            job.hold()
            forget_reading(batch)
            finish(batch, State.REFUSED, str(refused), cause=job.cause)


def apply_chunk(job: Job) -> None:
    """Work: apply one chunk of a batch in one transaction; the last one closes the batch."""
    with transaction.atomic():
        job.hold()
        chunk = FeedChunk.objects.filter(pk=int(job.subject), applied_at=None).first()
        if chunk is None:  # applied by a worker that died before it could say so
            return
        batch = get_batch(chunk.batch_id)
        counts = applying.apply(batch, orjson.loads(chunk.content), cause=job.cause)
        check_constraints()
        chunk.applied_at = job.cause.at
        chunk.content = chunk.content if batch.keeps_file else b""
        chunk.save(update_fields=["applied_at", "content"])
        added = {name: F(name) + count for name, count in counts.items()}
        FeedBatch.objects.filter(pk=batch.pk).update(**added)
        if not batch.chunks.filter(applied_at=None).exists():
            _close(batch.pk, job.cause)


@transaction.atomic
def release(batch_id: int, *, cause: Cause) -> FeedBatch:
    """Go on with a batch that waits for its owner, or that an error stopped."""
    batch = lock(batch_id)
    cause = replace(cause, correlation_id=batch.correlation_id)
    if batch.state == State.WAITING:
        batch.state = State.APPLYING if batch.received else State.RECEIVED
        batch.problem = ""
        batch.save(update_fields=["state", "problem"])
        if batch.received:
            _start(batch, cause)
        else:
            work.enqueue("read feed", batch.pk, cause=cause)
    elif not outstanding.try_again(batch, cause=cause):
        raise BatchStateError(
            gettext("batch {batch_id} is {state}, not waiting").format(
                batch_id=batch_id, state=state_in_words(batch)
            )
        )
    _record("feed_batch.released", batch, cause)
    return batch


@transaction.atomic
def discard(batch_id: int, *, cause: Cause) -> FeedBatch:
    """Give up a batch of which nothing was applied, because it waits or an error stopped it."""
    batch = lock(batch_id)
    cause = replace(cause, correlation_id=batch.correlation_id)
    stopped = batch.state == State.RECEIVED and outstanding.stopped_by(batch)
    if batch.state != State.WAITING and not stopped:
        raise BatchStateError(
            gettext("batch {batch_id} is {state}, not waiting").format(
                batch_id=batch_id, state=state_in_words(batch)
            )
        )
    finish(batch, State.DISCARDED, batch.problem, cause=cause)
    return batch


def get_batch(batch_id: int) -> FeedBatch:
    """The batch with all that is needed to work on it."""
    return FeedBatch.objects.select_related("feed__system", "mapping").get(pk=batch_id)


def store_file(batch: FeedBatch, parts: Iterable[bytes]) -> None:
    """Keep a file of any size with its batch, and the hash of it."""
    digest = hashlib.sha256()
    for number, part in enumerate(_pieces(parts)):
        digest.update(part)
        FeedFile.objects.create(batch=batch, number=number, content=part)
    batch.file_hash = digest.hexdigest()
    batch.save(update_fields=["file_hash"])


def _pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    for part in parts:
        for start in range(0, len(part), _PART):
            yield part[start : start + _PART]


@contextmanager
def file_of(batch: FeedBatch) -> Iterator[Path]:
    """The received file, as a temporary one on this host."""
    with tempfile.NamedTemporaryFile(prefix="touchstone-feed-") as file:
        parts = batch.file_parts.order_by("number").values_list("content", flat=True)
        for part in parts.iterator(chunk_size=8):
            file.write(part)
        file.flush()
        yield Path(file.name)


def _must_wait(batch: FeedBatch, job: Job) -> bool:
    """Whether an earlier batch of the feed is not finished; batches of a feed go in order."""
    if batch.dry_run:
        return False
    open_states = (State.RECEIVED, State.APPLYING, State.WAITING)
    before = batch.feed.batches.filter(pk__lt=batch.pk, state__in=open_states, dry_run=False)
    earlier = before.order_by("pk").first()
    if earlier is None:
        return False
    if earlier.state == State.WAITING:
        problem = f"batch {earlier.pk} of this feed waits; release or discard that one first"
    elif error := outstanding.stopped_by(earlier):
        problem = f"an error stopped batch {earlier.pk} of this feed ({error}); release that first"
    else:
        # The end of the one before hastens it; until then a long queue must not keep workers busy
        pause = min(_LONGEST_PAUSE, timedelta(seconds=before.count()))
        raise BusyError(f"batch {earlier.pk} of {batch.feed.code} is not finished", pause)
    with transaction.atomic():
        job.hold()
        _park(batch, problem, job.cause)
    return True


def _land(batch: FeedBatch, job: Job) -> None:
    """Read the file, outside of a transaction so that progress shows, then conclude in one."""
    forget_reading(batch)
    with file_of(batch) as path:
        options = {} if batch.partial else batch.feed.reader_options
        sheet = open_sheet(path, batch.file_name, options)
        mapping = applying.mapping_of(batch)
        landed = landing.land(batch, sheet, mapping, lambda rows: job.progress("reading", rows))
    if landed.received == 0:
        raise FileRefusedError(
            "The file has a header and no rows; nothing was changed.",
            "Ask the source for a full export; an empty file never deletes records.",
        )
    with transaction.atomic():
        job.hold()
        _conclude_reading(batch, sheet.columns, landed, job.cause)


def forget_reading(batch: FeedBatch) -> None:
    """Remove what a reader left behind that was killed, or refused the file, or is to read anew."""
    batch.chunks.all().delete()
    batch.rows.all().delete()


def _conclude_reading(
    batch: FeedBatch, columns: list[str], landed: landing.Landed, cause: Cause
) -> None:
    prediction, missing = limits.predict(batch, landed.hashes)
    landing.add_missing(batch, landed, missing)
    batch.columns, batch.received = columns, landed.received
    batch.quarantined, batch.out_of_scope = landed.quarantined, landed.out_of_scope
    batch.unchanged = landed.repeated
    objection = limits.objection(batch.feed, prediction)
    batch.prediction = {**batch.prediction, **prediction.as_json(), "objection": objection}
    if objection or batch.keeps_file:
        batch.prediction["changes"] = effects.changes(batch, prediction.updated_keys)
    batch.state = State.APPLYING
    batch.save()
    if batch.dry_run:
        _start(batch, cause)
        return
    batch.file_parts.all().delete()
    if objection:
        _park(batch, objection, cause)
    else:
        _start(batch, cause)


def _park(batch: FeedBatch, problem: str, cause: Cause) -> None:
    batch.state, batch.problem = State.WAITING, problem
    batch.save(update_fields=["state", "problem"])
    _record("feed_batch.waiting", batch, cause)


def _start(batch: FeedBatch, cause: Cause) -> None:
    """Enqueue the chunks; a batch without any is closed at once."""
    chunks = list(batch.chunks.order_by("number").values_list("pk", flat=True))
    for pk in chunks:
        work.enqueue("apply chunk", pk, cause=cause)
    if not chunks:
        _close(batch.pk, cause)


def _close(batch_id: int, cause: Cause) -> None:
    """Finish a batch whose chunks are all applied, and tell whom it concerns."""
    batch = get_batch(batch_id)
    changed = batch.created + batch.updated + batch.inactivated
    if batch.dry_run:
        batch.rows.filter(state=FeedRow.State.OPEN).update(state=FeedRow.State.CLOSED)
        finish(batch, State.PREVIEWED, "", cause=cause)
        return
    if not batch.partial:
        _supersede(batch)
    batch.applied_at = cause.at
    batch.matched_at = None if changed else cause.at
    finish(batch, State.APPLIED, "", cause=cause)
    if changed:
        _record("source_records.changed", batch, cause)


def _supersede(batch: FeedBatch) -> None:
    """Close rows of earlier batches that wait for a repair, but have come again in this one.

    A snapshot says everything anew; a delta only what it says of the same keys.
    """
    waiting = FeedRow.objects.filter(
        batch__feed=batch.feed, batch__lt=batch.pk, state=FeedRow.State.OPEN
    )
    if batch.feed.mode != Feed.Mode.SNAPSHOT:
        refused_again = batch.rows.exclude(source_key="").values("source_key")
        versions = SourceRecordVersion.objects.filter(batch=batch)
        waiting = waiting.filter(
            Q(source_key__in=refused_again)
            | Q(source_key__in=versions.values("record__source_key"))
        )
    waiting.update(state=FeedRow.State.CLOSED)


def finish(batch: FeedBatch, state: str, problem: str, *, cause: Cause) -> None:
    """End a batch: its file goes, and values of its prediction with it, unless it is a trial."""
    batch.state, batch.problem = state, problem
    if not (batch.keeps_file and state == State.PREVIEWED):
        batch.prediction = effects.without_values(batch.prediction)
        batch.chunks.all().delete()
        batch.file_parts.all().delete()
    batch.save(update_fields=["state", "problem", "prediction", "applied_at", "matched_at"])
    _record(f"feed_batch.{state}", batch, cause)
    after = batch.feed.batches.filter(pk__gt=batch.pk, state=State.RECEIVED).order_by("pk").first()
    if after and not batch.dry_run:
        work.hasten("read feed", after.pk, cause=cause)


def lock(batch_id: int) -> FeedBatch:
    """The batch, which nobody else changes meanwhile."""
    locked = FeedBatch.objects.select_for_update(of=["self"]).select_related("feed__system")
    return locked.get(pk=batch_id)


def state_in_words(batch: FeedBatch) -> str:
    """The state of a batch, within a sentence."""
    return inside(batch.get_state_display())


def _record(type_: str, batch: FeedBatch, cause: Cause) -> None:
    content = {"batch": batch.pk, "feed": batch.feed.code, "dry_run": batch.dry_run}
    events.record(type_, domain=batch.feed.domain, content=content, cause=cause)
