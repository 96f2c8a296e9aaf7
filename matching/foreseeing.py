"""What a match would make of the new records of a tried file: counted, and nothing of it stored."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from django.db import transaction
from django.utils.translation import gettext_noop

from matching import judging
from matching.domains import MODELS
from matching.engine.blocking import Blocking
from matching.engine.constraining import constraints_of
from matching.engine.match import Outcome, settled
from matching.engine.model import MatchModel
from matching.frames import load
from matching.index.attributes import AttributeTexts
from matching.learned import weights_for_run
from matching.shards.matrix import Matrix
from mdm.feeds import applying, batches
from mdm.models import Event, FeedBatch, SourceRecord
from mdm.schema import Attributes
from mdm.work import Job

Foreseen = dict[str, int]
"""Of `new` records: how many would `join` a record that is there, how many people would be asked
about (`ask`), how many would be `alone` or one with other new ones."""


def foresee(job: Job) -> None:
    """Work: after a trial, say with which records its new ones would be one thing."""
    event = Event.objects.get(pk=int(job.subject))
    batch = batches.get_batch(event.content["batch"])
    if not batch.keeps_file or batch.state != FeedBatch.State.PREVIEWED:
        return
    foreseen = of_new(MODELS[batch.feed.domain], _new_records(batch, job))
    with transaction.atomic():
        job.hold()
        kept = batches.lock(batch.pk)
        if kept.state == FeedBatch.State.PREVIEWED:
            kept.prediction["matches"] = foreseen
            kept.save(update_fields=["prediction"])
            kept.chunks.all().delete()


def of_new(model: MatchModel, new: Sequence[Attributes]) -> Foreseen:
    """What a run would make of records that are not stored, beside all those that are."""
    if not new:
        return {"new": 0, "join": 0, "ask": 0, "alone": 0}
    records = load(model, new=AttributeTexts(model).of(new))
    frame = records.frame
    known = len(frame) - len(new)
    is_new = np.arange(len(frame)) >= known
    blocking = Blocking.of(frame, model)
    weights = weights_for_run(frame, model, blocking)
    scored = Matrix(model, weights, records, blocking, is_new).comparing().all_scored()
    judged = judging.in_force(model.domain)
    constraints = constraints_of(frame.record_ids, records.golden.astype(np.int32), judged)
    result = settled(frame, model, scored, constraints)
    cluster = result.clusters.of_row
    joins = np.isin(cluster[known:], cluster[:known])
    open_ = np.isin(result.outcomes, (Outcome.REVIEW, Outcome.REFUSED))
    asked = np.zeros(len(frame), np.bool_)
    asked[result.pairs.left[open_]] = asked[result.pairs.right[open_]] = True
    asks = asked[known:] & ~joins
    return {
        "new": len(new),
        "join": int(joins.sum()),
        "ask": int(asks.sum()),
        "alone": int((~joins & ~asks).sum()),
    }


def _new_records(batch: FeedBatch, job: Job) -> list[Attributes]:
    """What the rows of a trial say under keys that the hub does not know."""
    found: list[Attributes] = []
    for chunk in batch.chunks.order_by("number"):
        job.progress(gettext_noop("looking for matches"), len(found))
        arrivals = applying.arrivals(batch, orjson.loads(bytes(chunk.content)))
        known = set(
            SourceRecord.objects.filter(
                system=batch.feed.system_id,
                domain=batch.feed.domain,
                source_key__in=[each.source_key for each in arrivals],
            ).values_list("source_key", flat=True)
        )
        found += [_stated(each.attributes) for each in arrivals if each.source_key not in known]
    return found


def _stated(attributes: Attributes) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
