"""A file that a person brings: looked at, mapped, tried without storing a record, then applied.

A trial is a dry run that keeps its file. Until it is applied it writes nothing but its own batch.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext, gettext_noop

from mdm import events, work
from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.feeds import applying, batches
from mdm.feeds.batches import BatchStateError
from mdm.feeds.cells import MappingError, missing_columns
from mdm.feeds.mapping import Specification, compile_mapping
from mdm.feeds.readers import ABSENT, FileRefusedError, Sheet, excerpt, open_sheet
from mdm.models import LEDGER, Feed, FeedBatch, FeedFile, FeedMapping
from mdm.work import Job

SAMPLE = 5
"""So many last rows of a file are shown beside its columns."""
KEPT = timedelta(days=7)

State = FeedBatch.State
_OPEN = (State.UPLOADED, State.PREVIEWED)


@transaction.atomic
def bring(feed: Feed, file_name: str, parts: Iterable[bytes], *, cause: Cause) -> FeedBatch:
    """Keep a file to be tried; workers look at it, and try it where the feed's mapping fits."""
    FeedFile.objects.filter(
        batch__feed=feed, batch__keeps_file=True, batch__received_at__lt=cause.at - KEPT
    ).delete()
    mapping = feed.newest_mapping()
    batch = batches.begin(feed, file_name, mapping, dry_run=True, keeps_file=True, cause=cause)
    batches.store_file(batch, parts)
    work.enqueue("look at file", batch.pk, cause=cause)
    return batch


def look(job: Job) -> None:
    """Work: read a file once for its columns, its last rows, and how many there are."""
    batch = batches.get_batch(int(job.subject))
    if batch.state != State.RECEIVED:
        return
    try:
        with batches.file_of(batch) as path:
            sheet = open_sheet(path, batch.file_name, batch.feed.reader_options)
            rows, sample = _last_rows(sheet, job)
    except FileRefusedError as refused:
        with transaction.atomic():
            job.hold()
            batches.finish(batch, State.REFUSED, str(refused), cause=job.cause)
        return
    with transaction.atomic():
        job.hold()
        batch.columns = sheet.columns
        batch.prediction = {"rows": rows, "sample": sample}
        fits = batch.mapping is not None and not problems_of(batch)
        batch.state = State.RECEIVED if fits else State.UPLOADED
        batch.save(update_fields=["columns", "prediction", "state"])
        if fits:
            work.enqueue("read feed", batch.pk, cause=job.cause)


@transaction.atomic
def choose_mapping(batch_id: int, specification: Specification, *, cause: Cause) -> FeedBatch:
    """Try a file with this mapping; the feed's own stays as it is until the file is applied.

    Raises MappingError or FileRefusedError when it does not fit, BatchStateError when too late.
    """
    batch = _lock_open(batch_id)
    mapping = compile_mapping(specification, entity_type(batch.feed.domain))
    if batch.feed.creates:
        mapping.check_complete()
    mapping.check_columns(batch.columns)
    newest = batch.feed.newest_mapping()
    known = newest is not None and newest.specification == specification
    batch.mapping, batch.draft = (newest, None) if known else (None, specification)
    batches.forget_reading(batch)
    batch.received = batch.inactivated = 0
    for outcome in LEDGER:
        setattr(batch, outcome, 0)
    kept = {name: batch.prediction[name] for name in ("rows", "sample")}
    batch.state, batch.prediction = State.RECEIVED, kept
    batch.save()
    work.enqueue("read feed", batch.pk, cause=replace(cause, correlation_id=batch.correlation_id))
    return batch


@transaction.atomic
def apply(batch_id: int, *, cause: Cause) -> FeedBatch:
    """Receive the file of a trial for good, and keep the mapping with which it was tried.

    Raises BatchStateError unless it was tried, and the feed still has the mapping it had then.
    """
    trial = _lock_open(batch_id)
    newest = Feed.objects.select_for_update().get(pk=trial.feed_id).newest_mapping()
    if trial.state != State.PREVIEWED:
        raise BatchStateError(
            gettext("batch {batch_id} was not tried yet").format(batch_id=batch_id)
        )
    if trial.draft is None and newest != trial.mapping:
        raise BatchStateError(
            gettext("the feed has another mapping by now; try the file again with it")
        )
    mapping = newest if trial.draft is None else _kept_mapping(trial, newest, cause)
    batch = batches.begin(
        trial.feed, trial.file_name, mapping, file_hash=trial.file_hash, trial=trial, cause=cause
    )
    trial.file_parts.update(batch=batch)
    work.enqueue("read feed", batch.pk, cause=cause)
    return batch


@transaction.atomic
def put_away(batch_id: int, *, cause: Cause) -> FeedBatch:
    """Give a trial up, and its file."""
    batch = _lock_open(batch_id)
    batches.finish(batch, State.DISCARDED, "", cause=cause)
    return batch


def problems_of(batch: FeedBatch) -> list[str]:
    """Why the mapping of a batch does not fit the columns of its file; none when it does."""
    try:
        mapping = applying.mapping_of(batch)
    except MappingError as wrong:
        return [str(wrong)]
    missing = [] if mapping.arrange else missing_columns(mapping.cells, batch.columns)
    return [f"The file has no column {column!r}." for column in missing]


def _lock_open(batch_id: int) -> FeedBatch:
    batch = batches.lock(batch_id)
    if not batch.keeps_file or batch.state not in _OPEN:
        raise BatchStateError(
            gettext("batch {batch_id} is {state}").format(
                batch_id=batch_id, state=batches.state_in_words(batch)
            )
        )
    if FeedBatch.objects.filter(trial=batch).exists():
        raise BatchStateError(
            gettext("the file of batch {batch_id} was applied already").format(batch_id=batch_id)
        )
    if not batch.file_parts.exists():
        raise BatchStateError(gettext("the file was kept for a week and is gone; upload it again"))
    return batch


def _kept_mapping(trial: FeedBatch, newest: FeedMapping | None, cause: Cause) -> FeedMapping:
    mapping = FeedMapping.objects.create(
        feed=trial.feed,
        version=newest.version + 1 if newest else 1,
        specification=trial.specification,
        created_at=cause.at,
        created_by=cause.by,
    )
    content = {"feed": trial.feed.code, "version": mapping.version}
    events.record("feed_mapping.changed", domain=trial.feed.domain, content=content, cause=cause)
    return mapping


def _last_rows(sheet: Sheet, job: Job) -> tuple[int, list[list[Any]]]:
    """How many rows a file has, and the last ones of them that can be read.

    Raises FileRefusedError with what is wrong in its first row when none can.
    """
    count, last, first_problem = 0, list[list[Any]](), None
    for block in sheet.blocks:
        count += len(block)
        last = [*last, *block.rows[-SAMPLE:]][-SAMPLE:]
        first_problem = first_problem or next(iter(block.problems), None)
        job.progress(gettext_noop("looking at the file"), count)
    if first_problem and not last:
        raise FileRefusedError(
            f"No row of the file can be read. {first_problem.message}", first_problem.remedy
        )
    shown = [excerpt(dict(zip(sheet.columns, row, strict=True))) for row in last]
    return count, [
        ["" if cell in (None, ABSENT) else cell for cell in row.values()] for row in shown
    ]
