"""Comparing a run in shards: workers take ranges of its candidate pairs until none is left."""

import io
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q

from matching.engine.blocking import Range
from matching.engine.ranges import Comparing, in_order
from matching.engine.score import ScoredPairs
from matching.models import MatchRange, MatchRun
from matching.shards import publishing
from matching.shards.matrix import Matrix, mapped
from mdm import work
from mdm.cause import Cause
from mdm.models import Work
from mdm.work import Job

State = MatchRun.State


def is_large(ranges: Sequence[Range]) -> bool:
    """Whether it pays to publish the matrix: below that one process is as quick."""
    limit: int = settings.MATCH_PAIRS_OF_ONE_WORKER
    return sum(each.pairs for each in ranges) > limit


def start(run: MatchRun, matrix: Matrix, ranges: Sequence[Range], *, cause: Cause) -> None:
    """Publish the matrix and hand out the ranges, all in one transaction of the caller's."""
    publishing.publish(run, matrix)
    rows = [
        MatchRange(
            run=run,
            number=number,
            blocking=each.blocking,
            begin=each.begin,
            end=each.end,
            pairs=each.pairs,
        )
        for number, each in enumerate(ranges, 1)
    ]
    for row in MatchRange.objects.bulk_create(rows):
        work.enqueue("compare range", row.pk, cause=cause)


def compare_range(job: Job) -> None:
    """Work: compare one range; the last one asks for the end of the run."""
    range_ = MatchRange.objects.select_related("run").filter(pk=int(job.subject)).first()
    if range_ is None or range_.compared_at or range_.run.state != State.COMPARING:
        return
    run = range_.run
    job.progress("comparing", 0, range_.pairs)
    found = _opened(publishing.on_this_host(run)).scored(
        Range(range_.blocking, range_.begin, range_.end, range_.pairs)
    )
    range_.content, range_.compared_at = _packed(found), job.cause.at
    with transaction.atomic():
        job.hold()
        range_.save(update_fields=["content", "compared_at"])
        held = MatchRun.objects.select_for_update().get(pk=run.pk)
        if held.state == State.COMPARING and not run.ranges.filter(compared_at=None).exists():
            work.enqueue("finish match", run.pk, cause=job.cause)


def result(run: MatchRun) -> tuple[Matrix, ScoredPairs]:
    """The matrix of a run, and the pairs that all its ranges left, in the order of their rows."""
    matrix = mapped(publishing.on_this_host(run))
    contents = run.ranges.order_by("number").values_list("content", flat=True)
    parts = [_unpacked(bytes(content)) for content in contents]
    return matrix, in_order(ScoredPairs.joined(parts, len(matrix.model.comparisons)))


def progress(run: MatchRun) -> tuple[int, int]:
    """How many ranges of a run are compared, and how many there are."""
    counted = run.ranges.aggregate(done=Count("pk", filter=~Q(compared_at=None)), all=Count("pk"))
    return counted["done"], counted["all"]


def clean_up(run: MatchRun) -> None:
    """Remove what a run that is compared, or cancelled, needs no more."""
    run.ranges.all().delete()
    publishing.withdraw(run)


def cancel(run_id: int, *, cause: Cause) -> bool:
    """Stop a run that is being compared: nothing of it is kept, and its batches wait again.

    False when it is too late, as its clusters are being applied or it is over.
    """
    with transaction.atomic():
        ranges = MatchRange.objects.filter(run=run_id).values_list("pk", flat=True)
        asked = Q(kind="compare range", subject__in=[str(pk) for pk in ranges])
        asked |= Q(kind="finish match", subject=str(run_id))
        for work_id in Work.objects.filter(asked).values_list("pk", flat=True):
            work.cancel(work_id, cause=cause)
        run = MatchRun.objects.select_for_update().get(pk=run_id)
        if run.state != State.COMPARING:
            transaction.set_rollback(True)
            return False
        run.state, run.finished_at = State.CANCELLED, cause.at
        run.save(update_fields=["state", "finished_at"])
        clean_up(run)
    return True


@lru_cache(maxsize=1)
def _opened(path: Path) -> Comparing:
    """What a worker needs for all ranges of a run, made for the first of them."""
    return mapped(path).comparing()


_NAMES = [field.name for field in fields(ScoredPairs)]


def _packed(pairs: ScoredPairs) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **{name: getattr(pairs, name) for name in _NAMES})
    return buffer.getvalue()


def _unpacked(content: bytes) -> ScoredPairs:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return ScoredPairs(**{name: arrays[name] for name in _NAMES})
