"""What must always hold in the hub, each as a query for the rows that break it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from mdm import events, work
from mdm.bulk import fetch
from mdm.derivation import differences
from mdm.domains import ENTITY_TYPES
from mdm.models import Evaluation, GoldenRecord, HubCheck
from mdm.relationships.stating import BETWEEN_GOLDENS
from mdm.work import Job

log = structlog.get_logger(__name__)

WORK = "check hub"
SHOWN = 10
_IN_EFFECT = "e.kind = 'parent_of' AND e.withdrawn_at IS NULL AND e.held_back = ''"
_HELD_BACK = "e.withdrawn_at IS NULL AND e.held_back = 'circle'"
# The ways up from the parents of some edges, on the days that all edges of a way have in common.
_CLIMB = f"""
    WITH RECURSIVE up(id, child, parent, days) AS (
        SELECT e.id, mine.golden_id, theirs.golden_id, e.valid_on FROM {BETWEEN_GOLDENS}
        WHERE {{starts}}
        UNION
        SELECT up.id, up.child, theirs.golden_id, up.days * e.valid_on
        FROM up, {BETWEEN_GOLDENS}
        WHERE mine.golden_id = up.parent AND up.parent <> up.child AND {_IN_EFFECT}
          AND up.days && e.valid_on
    )
"""  # noqa: S608
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One invariant with the number of rows that break it, and some of them."""

    name: str
    count: int
    rows: list[tuple[Any, ...]]


INVARIANTS: dict[str, str] = {
    "every live source record has exactly one live link, or work that will link it": """
        SELECT r.domain, s.code, r.source_key, count(l.id) FROM mdm_sourcerecord r
        JOIN mdm_sourcesystem s ON s.id = r.system_id
        LEFT JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
        GROUP BY r.id, r.domain, s.code, r.source_key
        HAVING count(l.id) > 1 OR (count(l.id) = 0 AND NOT EXISTS (
            SELECT FROM mdm_work w
            LEFT JOIN mdm_event e ON w.kind = 'match'
                AND e.id = CASE WHEN w.kind = 'match' THEN w.subject::bigint END
            LEFT JOIN mdm_feedchunk c ON w.kind = 'apply chunk'
                AND c.id = CASE WHEN w.kind = 'apply chunk' THEN w.subject::bigint END
            LEFT JOIN mdm_feedbatch b ON b.id = c.batch_id
            LEFT JOIN mdm_feed f ON f.id = b.feed_id
            WHERE w.state IN ('waiting', 'running', 'parked')
            AND (w.kind = 'apply match' OR r.domain IN (e.domain, f.domain))))
    """,
    "a standing golden record has a member, a merged one has none": """
        SELECT g.id, g.status, count(l.id) FROM mdm_goldenrecord g
        LEFT JOIN mdm_crosswalklink l ON l.golden_id = g.id AND l.unlinked_at IS NULL
        GROUP BY g.id HAVING (count(l.id) = 0) <> (g.merged_into_id IS NOT NULL)
    """,
    "a live link joins records of one domain": """
        SELECT l.record_id, l.golden_id FROM mdm_crosswalklink l
        JOIN mdm_sourcerecord r ON r.id = l.record_id
        JOIN mdm_goldenrecord g ON g.id = l.golden_id
        WHERE l.unlinked_at IS NULL AND r.domain <> g.domain
    """,
    "every golden id resolves: redirects end at a golden record that stands": """
        WITH RECURSIVE chain AS (
            SELECT id, merged_into_id, ARRAY[id] AS path, false AS loops FROM mdm_goldenrecord
            WHERE merged_into_id IS NOT NULL
            UNION ALL
            SELECT c.id, g.merged_into_id, c.path || g.id, g.id = ANY(c.path)
            FROM chain c JOIN mdm_goldenrecord g ON g.id = c.merged_into_id WHERE NOT c.loops
        )
        SELECT id, path FROM chain WHERE loops
    """,
    "the changes of a golden record are counted without gaps": """
        SELECT g.id, g.version, count(e.id) FROM mdm_goldenrecord g
        LEFT JOIN mdm_event e ON e.golden_id = g.id
        GROUP BY g.id HAVING count(e.id) <> g.version OR max(e.sequence) <> g.version
            OR count(DISTINCT e.sequence) <> g.version
    """,
    "what a golden record said at each moment is known once": """
        SELECT golden_id, number FROM (
            SELECT golden_id, number, until_at, row_number() OVER life AS place,
                lead(since_at) OVER life AS next_at
            FROM (
                SELECT golden_id, number, since_at, until_at FROM mdm_goldenrecordversion
                UNION ALL SELECT id, version, changed_at, NULL FROM mdm_goldenrecord
            ) said
            WINDOW life AS (PARTITION BY golden_id ORDER BY number)
        ) v
        WHERE place <> number OR until_at IS DISTINCT FROM next_at
    """,
    "a golden record says something from the moment on at which it was created": """
        SELECT g.id, g.created_at FROM mdm_goldenrecord g
        LEFT JOIN mdm_goldenrecordversion v ON v.golden_id = g.id AND v.number = 1
        WHERE coalesce(v.since_at, g.changed_at) <> g.created_at
    """,
    "a source record was in one golden record at a time": """
        SELECT record_id, golden_id FROM (
            SELECT record_id, golden_id, linked_at, max(coalesce(unlinked_at, 'infinity')) OVER (
                PARTITION BY record_id ORDER BY linked_at, coalesce(unlinked_at, 'infinity'), id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS taken_until
            FROM mdm_crosswalklink
        ) l WHERE linked_at < taken_until
    """,
    "every merge and split is told: links begin and end with an event of their golden record": """
        SELECT l.record_id, l.golden_id, changed.at FROM mdm_crosswalklink l
        CROSS JOIN LATERAL (VALUES (l.linked_at), (l.unlinked_at)) AS changed(at)
        WHERE changed.at IS NOT NULL AND NOT EXISTS (SELECT FROM mdm_event e
            WHERE e.golden_id = l.golden_id AND e.at = changed.at)
    """,
    "each value of a golden record has one winner, each list one or more": """
        SELECT g.id, won.names, won.several FROM (SELECT * FROM mdm_goldenrecord
            WHERE merged_into_id IS NULL AND provenance::text !~ '^{"[0-9]+": "[*]"}$') g
        CROSS JOIN LATERAL (
            SELECT coalesce(array_agg(name), '{}') AS names,
                   array_agg(name) FILTER (WHERE times > 1) AS several,
                   bool_or(name = '*') AS whole, sum(records) AS records
            FROM (
                SELECT name, count(*) AS times, count(*) FILTER (WHERE key !~ '^pin:') AS records
                FROM jsonb_each(g.provenance) AS source(key, reasons), LATERAL jsonb_object_keys(
                    CASE WHEN reasons = '"*"' THEN '{"*": ""}' ELSE reasons END) AS name
                GROUP BY 1
            ) named
        ) won
        WHERE (won.whole IS NOT TRUE AND g.attributes - won.names <> '{}')
            OR (won.whole AND won.records > 1)
            OR EXISTS (SELECT FROM unnest(won.several) AS name
                WHERE jsonb_typeof(g.attributes -> name) <> 'array')
    """,
    "no golden value comes from a record that is not linked": """
        SELECT g.id, source.record FROM mdm_goldenrecord g,
            LATERAL jsonb_object_keys(g.provenance) AS source(record)
        WHERE source.record NOT LIKE 'pin:%'
        AND NOT EXISTS (SELECT FROM mdm_crosswalklink l WHERE l.golden_id = g.id
            AND l.unlinked_at IS NULL AND l.record_id = CASE
                WHEN source.record NOT LIKE 'pin:%' THEN source.record::bigint END)
    """,
    "a pinned value comes from a live override on the golden record or an id merged into it": """
        SELECT g.id, source.pin FROM mdm_goldenrecord g
        JOIN mdm_evaluation e ON e.domain = g.domain,
            LATERAL jsonb_object_keys(g.provenance) AS source(pin)
        WHERE source.pin LIKE 'pin:%' AND NOT EXISTS (SELECT FROM mdm_override o
            WHERE o.id = CASE WHEN source.pin LIKE 'pin:%' THEN substr(source.pin, 5)::bigint END
            AND o.ended_at IS NULL AND (o.expires_at IS NULL OR o.expires_at > e.evaluated_at)
            AND (o.golden_id = g.id OR EXISTS (SELECT FROM mdm_crosswalklink l
                WHERE l.golden_id = g.id AND l.unlinked_at IS NULL
                AND o.golden_id = ANY(l.via))))
    """,
    "the ledger of every finished batch sums": """
        SELECT b.id, b.received FROM mdm_feedbatch b WHERE b.state IN ('applied', 'previewed')
        AND b.received <> b.created + b.updated + b.unchanged + b.stale + b.quarantined
            + b.rejected + b.out_of_scope
    """,
    "the rows of a batch are all in its ledger": """
        SELECT b.id, said.outcome, said.rows, count(r.id) FROM mdm_feedbatch b
        CROSS JOIN LATERAL (VALUES ('quarantined', b.quarantined), ('stale', b.stale),
            ('rejected', b.rejected), ('out_of_scope', b.out_of_scope)) AS said(outcome, rows)
        LEFT JOIN mdm_feedrow r ON r.batch_id = b.id AND r.outcome = said.outcome
        WHERE b.state IN ('applied', 'previewed')
        GROUP BY b.id, said.outcome, said.rows HAVING count(r.id) <> said.rows
    """,
    "the versions of a source record are counted without gaps": """
        SELECT r.id, r.version, count(v.number) FROM mdm_sourcerecord r
        LEFT JOIN mdm_sourcerecordversion v ON v.record_id = r.id
        GROUP BY r.id HAVING count(v.number) <> r.version OR max(v.number) <> r.version
    """,
    "every event waits for a position or has one, and positions have no gaps": """
        SELECT e.id, p.position FROM mdm_event e
        LEFT JOIN mdm_eventposition p ON p.event_id = e.id
        LEFT JOIN mdm_unplacedevent u ON u.event_id = e.id
        WHERE (p.event_id IS NULL) = (u.event_id IS NULL)
        UNION ALL SELECT max(position), count(*) FROM mdm_eventposition
        HAVING max(position) <> count(*) OR min(position) <> 1
    """,
    "the changes of a golden record are followed in their own order": """
        SELECT golden_id, sequence FROM (
            SELECT e.golden_id, e.sequence, lag(e.sequence) OVER (
                PARTITION BY e.golden_id ORDER BY p.position) AS before
            FROM mdm_event e JOIN mdm_eventposition p ON p.event_id = e.id
            WHERE e.golden_id IS NOT NULL
        ) placed WHERE before >= sequence
    """,
    "effective rates do not overlap, and contested ones do": """
        SELECT a.golden_id, a.state FROM mdm_effectiverate a
        WHERE (a.state = 'contested') <> EXISTS (SELECT FROM mdm_effectiverate b
            WHERE b.golden_id <> a.golden_id AND b.scope = a.scope AND b.scope_key = a.scope_key
            AND b.role = a.role AND b.unit = a.unit AND b.currency = a.currency
            AND b.period && a.period)
    """,
    "no circle of parents is in effect": f"""
        {_CLIMB.format(starts=_IN_EFFECT)} SELECT id, child FROM up WHERE child = parent
    """,  # noqa: S608
    "a parent is held back only where it would close a circle": f"""
        {_CLIMB.format(starts=_HELD_BACK)}
        SELECT e.id, e.kind FROM mdm_relationship e WHERE {_HELD_BACK}
        AND NOT EXISTS (SELECT FROM up WHERE up.id = e.id AND up.child = up.parent)
    """,  # noqa: S608
    "relationships are what the attributes of source records say": """
        SELECT e.id, e.kind, e.attribute FROM mdm_relationship e
        JOIN mdm_sourcerecord r ON r.id = e.record_id
        WHERE e.withdrawn_at IS NULL AND e.attribute <> '' AND upper_inf(e.valid_on)
        AND (r.inactive_at IS NOT NULL
            OR (r.attributes -> e.attribute ->> 'system', r.attributes -> e.attribute ->> 'key')
            IS DISTINCT FROM (e.other_system::text, e.other_key::text))
    """,
}

LATE = "what arrived is matched before golden records lag behind it for too long"
_LATE = """
    SELECT 'source record', r.domain, s.code, r.source_key, r.created_at FROM mdm_sourcerecord r
    JOIN mdm_sourcesystem s ON s.id = r.system_id
    WHERE r.created_at < %s AND NOT EXISTS (SELECT FROM mdm_crosswalklink l
        WHERE l.record_id = r.id AND l.unlinked_at IS NULL)
    UNION ALL
    SELECT 'feed batch', f.domain, f.code, b.id::text, b.applied_at FROM mdm_feedbatch b
    JOIN mdm_feed f ON f.id = b.feed_id
    WHERE b.state = 'applied' AND b.matched_at IS NULL AND b.applied_at < %s
"""
REBUILD = "rebuilding every golden record changes nothing"
# Domains that follow what changed, or the time that passed, and are not late with it
_BEING_REBUILT = """
    SELECT e.domain FROM mdm_work w JOIN mdm_event e
    ON e.id = CASE WHEN w.kind = 'rebuild concerned' THEN split_part(w.subject, ':', 1)::bigint END
    WHERE w.state IN ('waiting', 'running') AND w.created_at >= %s
    UNION SELECT w.subject FROM mdm_work w
    WHERE w.kind = 'evaluate' AND w.state IN ('waiting', 'running') AND w.created_at >= %s
"""


def check(at: datetime | None = None) -> list[Finding]:
    """Every invariant, of every package that settings name, with what breaks it.

    What is late is late at a moment, which is now unless it is given.
    """
    queries: dict[str, str] = {}
    for source in settings.INVARIANTS:
        queries |= import_string(source)
    late = (at or timezone.now()) - settings.GOLDEN_REFRESH
    return [
        *(_broken(*each) for each in queries.items()),
        _broken(LATE, _LATE, (late, late)),
        _rebuild_changes_nothing(late),
    ]


def ask_at_night(now: datetime) -> None:
    """Ask for the nightly check, once it is time for it."""
    work.ask_nightly(WORK, ["hub"], now)


def watch(job: Job) -> None:
    """Work: check every invariant, keep what broke, and raise an alarm for it.

    What breaks one is looked at twice: others write meanwhile, and what they were about to finish
    is no harm.
    """
    started = time.perf_counter()
    findings = check(job.cause.at)
    if any(each.count for each in findings):
        again = {each.name: each for each in check(job.cause.at)}
        findings = [again[each.name] if each.count else each for each in findings]
    broken = [each for each in findings if each.count]
    with transaction.atomic():
        job.hold()
        before = HubCheck.objects.order_by("-checked_at", "-pk").first()
        HubCheck.objects.create(
            checked_at=job.cause.at,
            seconds=time.perf_counter() - started,
            invariants=len(findings),
            broken=[
                {"name": each.name, "count": each.count, "rows": [_line(row) for row in each.rows]}
                for each in broken
            ],
        )
        if broken:
            content = {"invariants": {each.name: each.count for each in broken}}
            events.record("hub.broken", content=content, cause=job.cause)
        elif before and before.broken:
            events.record("hub.mended", content={}, cause=job.cause)
    for each in broken:
        log.error("invariant broken", invariant=each.name, rows=each.count)


def _line(row: tuple[Any, ...]) -> str:
    return " ".join(map(str, row))


def _broken(name: str, query: str, parameters: Sequence[Any] = ()) -> Finding:
    rows = fetch(
        f"SELECT count(*) OVER (), broken.* FROM ({query}) broken LIMIT {SHOWN}",  # noqa: S608
        parameters,
    )
    return Finding(name, rows[0][0] if rows else 0, [row[1:] for row in rows])


def _rebuild_changes_nothing(late: datetime) -> Finding:
    """Derive every golden record again, without writing, and compare.

    As of its last evaluation, or of the moment `late` where that was before. But for domains whose
    golden records are being rebuilt since then.
    """
    wrong: list[tuple[Any, ...]] = []
    moments = dict(Evaluation.objects.values_list("domain", "evaluated_at"))
    for domain in ENTITY_TYPES.keys() - {row[0] for row in fetch(_BEING_REBUILT, [late, late])}:
        at = max(moments.get(domain, late), late)
        ids = GoldenRecord.objects.of(domain).standing().order_by("pk").values_list("pk", flat=True)
        batch = list(ids[:_BATCH])
        while batch:
            wrong += [(domain, id_) for id_ in differences(domain, batch, at)]
            batch = list(ids.filter(pk__gt=batch[-1])[:_BATCH])
    return Finding(REBUILD, len(wrong), wrong[:SHOWN])
