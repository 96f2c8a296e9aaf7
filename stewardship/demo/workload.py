"""A hub as full as a large firm's, through the verbs that fill any hub: for measuring its pages."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import orjson

from matching.domains import MODELS
from matching.engine.document import to_dict
from matching.engine.weights import Weights
from matching.index.keeping import bring_up_to_date
from matching.models import MatchRun
from mdm import golden, sources
from mdm.bulk import execute, fetch
from mdm.cause import Cause
from mdm.golden import Link
from mdm.models import Feed, FeedBatch, FeedMapping, SourceRecord, SourceSystem
from mdm.sources import Arrival
from stewardship.models import StewardshipTask

SYSTEMS = ("CRM", "ERP")
DOMAIN = "client"
_CHUNK = 20_000
_FIRST = "Acme Northwind Contoso Fabrikam Globex Initech Umbrella Hooli Stark Wonka Zorin".split()
_SECOND = "Tools Foods Energy Logistics Partners Software Holdings Capital Media Rail".split()
_PAIRS = """
    INSERT INTO matching_matchpair (left_id, right_id, domain, run_id, match_weight, left_version,
        right_version, levels, weights, found_by, kept_apart_by, state)
    SELECT one, other, %s, %s, number %% 16 - 8 + 0.5, 1, 1,
           array_fill(0::smallint, ARRAY[%s]), array_fill(0::float8, ARRAY[%s]), %s, '', 'pending'
    FROM (SELECT id AS one, lead(id, 3 + %s) OVER (ORDER BY id) AS other,
                 row_number() OVER (ORDER BY id) AS number
          FROM mdm_sourcerecord) near
    WHERE other IS NOT NULL ORDER BY one LIMIT %s
"""
_TASKS = """
    INSERT INTO stewardship_stewardshiptask
        (kind, domain, subject, summary, systems, match_weight, correlation_id, state, opened_at)
    SELECT 'match_review', p.domain, p.id::text, round(p.match_weight::numeric, 1) || ' bits',
           ARRAY[%s, %s], p.match_weight, %s, 'open', %s - p.id %% 20000 * interval '1 minute'
    FROM matching_matchpair p WHERE p.run_id = %s
"""


class NotEmptyError(RuntimeError):
    """A hub that holds records already: a workload is for an empty one."""


def fill(records: int, tasks: int, *, cause: Cause) -> Iterator[str]:
    """Fill an empty hub with source records, two a golden record, and open match reviews.

    Says what it does, stage by stage. Raises NotEmptyError.
    """
    if SourceRecord.objects.exists():
        raise NotEmptyError("this hub holds records already; fill an empty one")
    batches = [_batch(code, cause.at) for code in SYSTEMS]
    for start in range(0, records, _CHUNK):
        numbers = range(start, min(records, start + _CHUNK))
        for place, (feed, batch) in enumerate(batches):
            arrivals = [_arrival(n, cause.at) for n in numbers if n % len(batches) == place]
            sources.upsert(feed, batch, arrivals, cause=cause)
        yield f"{numbers.stop:,} source records"
    for start in range(0, records, _CHUNK):
        rows = fetch("SELECT id FROM mdm_sourcerecord ORDER BY source_key OFFSET %s LIMIT %s",
                     [start, _CHUNK])  # fmt: skip
        ids = [row[0] for row in rows]
        clusters = [ids[place : place + 2] for place in range(0, len(ids), 2)]
        golden.create(
            DOMAIN, [[Link(id_, "new") for id_ in each] for each in clusters], cause=cause
        )
        yield f"golden records of {start + len(ids):,} source records"
    index = bring_up_to_date(MODELS[DOMAIN], at=cause.at)
    yield f"an index of {index.records:,} source records"
    _ask(tasks, cause)
    for table in ("mdm_sourcerecord", "mdm_goldenrecord", "mdm_crosswalklink",
                  "matching_matchpair", "stewardship_stewardshiptask"):  # fmt: skip
        execute(f"ANALYZE {table}")
    yield f"{StewardshipTask.objects.count():,} open stewardship tasks"


def _batch(code: str, at: datetime) -> tuple[Feed, FeedBatch]:
    system, _ = SourceSystem.objects.get_or_create(
        code=code, defaults={"name": code, "kind": "other", "owner": "nobody", "created_at": at}
    )
    feed = Feed.objects.create(
        code=f"workload-{code.lower()}", name=f"Workload of {code}", system=system,
        domain=DOMAIN, owner="nobody", synthetic=True,
    )  # fmt: skip
    mapping = FeedMapping.objects.create(
        feed=feed, version=1, specification={}, created_at=at, created_by="workload"
    )
    batch = FeedBatch.objects.create(
        feed=feed, mapping=mapping, file_name="workload", correlation_id="workload",
        received_by="workload", state="applied", received_at=at, applied_at=at, matched_at=at,
    )  # fmt: skip
    return feed, batch


def _arrival(number: int, at: datetime) -> Arrival:
    """Source records 2n and 2n + 1 are of one client, and spelt a little otherwise."""
    client, spelling = divmod(number, 2)
    name = f"{_FIRST[client % len(_FIRST)]} {_SECOND[client % len(_SECOND)]} {client}"
    values = {"legal_name": f"{name} {'Limited' if spelling else 'Ltd'}"}
    raw = orjson.dumps({"Name": values["legal_name"]}).decode()
    updated_at = at - timedelta(minutes=number % 100_000)
    key = f"W{number:09d}"
    return Arrival(key, raw, number.to_bytes(16), values, updated_at)


def _ask(tasks: int, cause: Cause) -> None:
    """Pairs that wait for a person, and the tasks that ask about them."""
    model = MODELS[DOMAIN]
    run = MatchRun.objects.create(
        domain=DOMAIN, correlation_id=cause.correlation_id,
        model_version=f"{DOMAIN}-{model.version}", weights=Weights.of(model).to_dict(),
        review_at=model.review_at, merge_at=model.merge_at,
        report={"model": to_dict(model)}, state=MatchRun.State.FINISHED, started_at=cause.at,
        finished_at=cause.at,
    )  # fmt: skip
    count, comparisons, step = tasks, len(model.comparisons), 0
    while count > 0:
        parameters = [DOMAIN, run.pk, comparisons, comparisons, model.passes[0].name, step, count]
        made = execute(_PAIRS, parameters)
        if not made:
            break
        count, step = count - made, step + 1
    execute(_TASKS, [*SYSTEMS, cause.correlation_id, cause.at, run.pk])
