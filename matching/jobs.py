"""Running a match: what changed is compared, pairs are kept, clusters become golden records."""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta
from typing import Any, TypeVar

import numpy as np
import orjson
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_noop

from matching import chunks, decisions, judging, policy
from matching.domains import MODELS
from matching.engine.arrays import Mask
from matching.engine.blocking import Blocking, Range
from matching.engine.constraining import constraints_of
from matching.engine.constraints import ALONE, Constraints
from matching.engine.document import to_dict
from matching.engine.identifiers import held_identifiers
from matching.engine.match import MatchResult, Outcome, settled
from matching.engine.model import MatchModel
from matching.engine.score import ScoredPairs
from matching.engine.suspects import thin, torn
from matching.engine.weights import Weights
from matching.frames import Records, load
from matching.index.incremental import Part, changed_part
from matching.index.keeping import index_for
from matching.learned import fitting_weights, weights_for_run
from matching.models import MatchChunk, MatchRun
from matching.pairs import keep
from matching.shards import comparing as shards
from matching.shards.matrix import Matrix
from mdm import events, work
from mdm.bulk import check_constraints, fetch
from mdm.cause import Cause
from mdm.models import Event, FeedBatch
from mdm.work import BusyError, Job, exclusively

RECORDS_IN_A_CHUNK = 20_000
_FEW = 50_000  # records of which the decisions are read one by one
_PATIENCE = timedelta(minutes=2)

State = MatchRun.State
Done = TypeVar("Done")


def match(job: Job) -> None:
    """Work: match what the batches that wait in an event's domain changed.

    Feeds that arrive together are matched together: the last of them to be applied starts the run.
    """
    event = Event.objects.get(pk=int(job.subject))
    domain = event.domain
    with exclusively(f"match {domain}"):
        if job.cause.at < event.at + _PATIENCE and _others_are_coming(event):
            raise BusyError(f"other feeds of {domain} are being applied")
        waiting = FeedBatch.objects.filter(
            feed__domain=domain, state=FeedBatch.State.APPLIED, matched_at=None
        )
        batch_ids = sorted(waiting.values_list("pk", flat=True))
        asked = event.content.get("records", [])
        rematch = event.content.get("rematch", False)
        if not (batch_ids or asked or rematch) or _is_done(event):
            return
        if MatchRun.objects.filter(domain=domain, state__in=State.under_way()).exists():
            raise BusyError(f"an earlier match of {domain} is not over yet")
        run = _Run.started(domain, batch_ids, job)
        run.run.rematch = rematch
        run.run.report |= {"event": event.pk, "asked": asked}
        run.carry_out()


def finish_match(job: Job) -> None:
    """Work: what follows when all shards of a run are compared."""
    run = MatchRun.objects.filter(pk=int(job.subject), state=State.COMPARING).first()
    if run is not None:
        with exclusively(f"match {run.domain}"):
            _Run(run, job).gather()


def apply_chunk(job: Job) -> None:
    """Work: turn one chunk of clusters into golden records; the last one finishes the run."""
    with transaction.atomic():
        job.hold()
        chunk = MatchChunk.objects.filter(pk=int(job.subject), applied_at=None).first()
        if chunk is None:  # applied by a worker that died before it could say so
            return
        run = MatchRun.objects.get(pk=chunk.run_id)
        by_rule = job.cause.under(run.model_version)
        policy.apply(run, orjson.loads(chunk.content), cause=by_rule)
        check_constraints()
        MatchRun.objects.select_for_update().get(pk=run.pk)
        chunk.applied_at, chunk.content = job.cause.at, b""
        chunk.save(update_fields=["applied_at", "content"])
        if not run.chunks.filter(applied_at=None).exists():
            _finish(run, job.cause)


def _is_done(event: Event) -> bool:
    """Whether a run for the event is stored: its worker died, or somebody cancelled it."""
    return MatchRun.objects.filter(domain=event.domain, report__event=event.pk).exists()


def _others_are_coming(event: Event) -> bool:
    """Whether batches that arrived before the event are still on their way."""
    return FeedBatch.objects.filter(
        feed__domain=event.domain,
        state__in=(FeedBatch.State.RECEIVED, FeedBatch.State.APPLYING),
        dry_run=False,
        received_at__lt=event.at,
    ).exists()


class _Run:
    """One run over a domain, from the records to pairs and chunks of clusters."""

    def __init__(self, run: MatchRun, job: Job) -> None:
        self.run, self.job = run, job
        self.seconds: dict[str, float] = run.report["seconds"]

    @classmethod
    def started(cls, domain: str, batch_ids: list[int], job: Job) -> "_Run":
        """A run that is not stored yet: it is when its pairs are, or when shards begin with it."""
        model = MODELS[domain]
        run = MatchRun(
            domain=domain,
            correlation_id=job.cause.correlation_id,
            model_version=f"{model.domain}-{model.version}",
            review_at=model.review_at,
            merge_at=model.merge_at,
            report={"batches": batch_ids, "asked": [], "seconds": {}, "passes": []},
            started_at=job.cause.at,
        )
        return cls(run, job)

    def carry_out(self) -> None:
        model = MODELS[self.run.domain]
        changed_ids = _changed_ids(self.run)
        if self.run.rematch or not self._carry_out_on_index(model, changed_ids):
            self._carry_out_on_all(model, changed_ids)

    def gather(self) -> None:
        """Go on where the shards ended."""
        matrix, pairs = shards.result(self.run)
        spent = (self.job.cause.at - self.run.started_at).total_seconds()
        self.seconds["comparing"] = round(spent - sum(self.seconds.values()), 2)
        changed_ids = matrix.records.frame.record_ids[matrix.changed].tolist()
        self._settle(matrix, pairs, changed_ids)

    def _carry_out_on_index(self, model: MatchModel, changed_ids: list[int]) -> bool:
        """Match few changed records without reading the others; False where that is no help."""
        at, decided = self.job.cause.at, len(decisions.together(model.domain))
        index = self._timed("indexing", lambda: index_for(model, len(changed_ids), at=at))
        weights = fitting_weights(model, index.records, decided) if index else None
        if index is None or weights is None:
            return False
        self.run.weights, self.run.records = weights.to_dict(), index.records
        self.run.changed_records = len(changed_ids)
        part = self._timed("comparing", lambda: changed_part(model, weights, index, changed_ids))
        self._settle(part, part.pairs, changed_ids)
        return True

    def _carry_out_on_all(self, model: MatchModel, changed_ids: list[int]) -> None:
        records = self._timed(gettext_noop("reading records"), lambda: load(model))
        frame = records.frame
        changed = np.isin(frame.record_ids, np.array(changed_ids, np.int64)) | self.run.rematch
        blocking = self._timed("blocking", lambda: Blocking.of(frame, model))
        weights = self._timed(
            gettext_noop("learning weights"), lambda: weights_for_run(frame, model, blocking)
        )
        self.run.weights, self.run.records = weights.to_dict(), len(frame)
        self.run.changed_records = int(changed.sum())
        matrix = Matrix(model, weights, records, blocking, changed)
        ranges = list(blocking.ranges(settings.MATCH_PAIRS_IN_A_RANGE, changed))
        self.run.candidate_pairs = sum(each.pairs for each in ranges)
        self.run.report["passes"] = [asdict(each) for each in blocking.reports]
        if shards.is_large(ranges):
            self._share(matrix, ranges)
        else:
            pairs = self._timed("comparing", lambda: matrix.comparing().all_scored())
            self._settle(matrix, pairs, changed_ids)

    def _share(self, matrix: Matrix, ranges: list[Range]) -> None:
        self.job.progress(gettext_noop("publishing the matrix"))
        with transaction.atomic():
            self.job.hold()
            self.run.save()
            shards.start(self.run, matrix, ranges, cause=self.job.cause)

    def _settle(self, seen: Matrix | Part, pairs: ScoredPairs, changed_ids: list[int]) -> None:
        """From scored pairs to kept ones, and to chunks of clusters that wait to be applied."""
        run, model, records = self.run, MODELS[self.run.domain], seen.records
        constraints = _constraints(run, records)
        result = self._timed(
            "clustering", lambda: settled(records.frame, model, pairs, constraints)
        )
        self.job.progress(gettext_noop("keeping pairs"))
        with transaction.atomic():
            self.job.hold()
            run.report |= _report(model, result)
            run.report["odd"] = _odd(model, records, result, changed_ids)
            run.state = State.APPLYING
            run.save()
            keep(run, records, model, Weights.from_dict(run.weights), result, changed_ids)
            shards.clean_up(run)
            size = RECORDS_IN_A_CHUNK
            waiting = [
                *chunks.of_clusters(records, result, size, anew=run.rematch),
                *chunks.of_isolated(run.domain, size),
            ]
            for number, clusters in enumerate(waiting, 1):
                content = orjson.dumps(clusters)
                chunk = MatchChunk.objects.create(run=run, number=number, content=content)
                work.enqueue("apply match", chunk.pk, cause=self.job.cause)
            if not waiting:
                _finish(run, self.job.cause)

    def _timed(self, stage: str, step: Callable[[], Done]) -> Done:
        self.job.progress(stage)
        started = time.perf_counter()
        done = step()
        self.seconds[stage] = round(time.perf_counter() - started, 2)
        return done


def _finish(run: MatchRun, cause: Cause) -> None:
    run.state, run.finished_at = State.FINISHED, cause.at
    run.save(update_fields=["state", "finished_at"])
    run.chunks.all().delete()
    FeedBatch.objects.filter(pk__in=run.report["batches"]).update(matched_at=cause.at)
    events.record("match_run.finished", domain=run.domain, content={"run": run.pk}, cause=cause)


def _changed_ids(run: MatchRun) -> list[int]:
    """The source records whose values the run's batches changed, or that are not linked yet."""
    rows = fetch(
        "SELECT record_id FROM mdm_sourcerecordversion v"
        " JOIN mdm_sourcerecord r ON r.id = v.record_id AND r.domain = %s"
        " WHERE v.batch_id = ANY(%s) AND v.changed_values"
        " UNION SELECT id FROM mdm_sourcerecord r WHERE domain = %s AND NOT EXISTS ("
        "SELECT FROM mdm_crosswalklink WHERE record_id = r.id AND unlinked_at IS NULL)"
        " UNION SELECT unnest(%s::bigint[]) ORDER BY 1",
        [run.domain, run.report["batches"], run.domain, run.report["asked"]],
    )
    return [row[0] for row in rows]


def _constraints(run: MatchRun, records: Records) -> Constraints:
    """What golden records and people have settled; in a rematch only what people confirmed."""
    groups = records.golden
    if run.rematch:
        groups = np.where(_confirmed(run.domain, records), groups, ALONE)
    ids = records.frame.record_ids
    few = len(ids) <= _FEW
    judged = judging.touching(ids.tolist()) if few else judging.in_force(run.domain)
    return constraints_of(ids, groups.astype(np.int32), judged)


def _confirmed(domain: str, records: Records) -> Mask:
    """Which rows belong to golden records that people confirmed."""
    ids = judging.confirmed_in(domain)
    return np.isin(records.frame.record_ids, np.array(ids, np.int64))


def _odd(
    model: MatchModel, records: Records, result: MatchResult, changed_ids: list[int]
) -> list[int]:
    """A record of each cluster with changed records that may hold two things.

    One may hold different values of an identifier only where it was linked before.
    """
    cluster, pairs, ids = result.clusters.of_row, result.pairs, records.frame.record_ids
    every = len(changed_ids) >= len(ids)
    changed = np.ones(len(ids), np.bool_) if every else np.isin(ids, changed_ids)
    found = thin(cluster, pairs.left, pairs.right, changed)
    if (records.golden != ALONE).any():
        found = np.union1d(found, torn(cluster, held_identifiers(records.frame, model)))
    odd: list[int] = ids[found].tolist()
    return odd


def _report(model: MatchModel, result: MatchResult) -> dict[str, Any]:
    return {
        "model": to_dict(model),
        "refusals": len(result.clusters.refusals),
        "outcomes": {
            outcome.name.lower(): int((result.outcomes == outcome).sum()) for outcome in Outcome
        },
    }
