"""The first page: what waits, how feeds and matching do, and what changed since one was here."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from mdm.bulk import fetch, fetch_named
from mdm.domains import entity_type
from mdm.governance import access
from mdm.models import FeedBatch, HubCheck
from mdm.words import inside, translated
from stewardship import inbox, opening, wording
from stewardship.inbox import Filters
from stewardship.models import StewardshipTask

EXACT = 100_000
"""Tables with more rows are estimated: to count a million takes longer than a page may."""
WEEKS = 8
A_VISIT = timedelta(minutes=10)
"""Whoever looks again within this time is told the same news, and what came since."""

_ESTIMATES = """
    SELECT c.relname, c.reltuples::float8, s.most_common_vals::text::text[], s.most_common_freqs
    FROM pg_class c LEFT JOIN pg_stats s ON s.tablename = c.relname AND s.attname = 'domain'
    WHERE c.oid IN ('mdm_goldenrecord'::regclass, 'mdm_sourcerecord'::regclass)
"""
_FEW = """(SELECT max(reltuples) FROM pg_class
    WHERE oid IN ('mdm_goldenrecord'::regclass, 'mdm_sourcerecord'::regclass)) <= %s"""
_COUNTS = f"""
    SELECT 'mdm_goldenrecord', domain, count(*) FROM mdm_goldenrecord
    WHERE merged_into_id IS NULL AND status <> 'tombstone' AND {_FEW} GROUP BY domain
    UNION ALL
    SELECT 'mdm_sourcerecord', domain, count(*) FROM mdm_sourcerecord WHERE {_FEW} GROUP BY domain
"""  # noqa: S608
_FEEDS = """
    SELECT f.code, f.name, b.id, b.state, b.received_at, b.late, coalesce(b.quarantined, 0)
    FROM mdm_feed f JOIN mdm_sourcesystem s ON s.id = f.system_id
    LEFT JOIN LATERAL (
        SELECT *, received_at < %s - s.freshness_hours * interval '1 hour' AS late
        FROM mdm_feedbatch WHERE feed_id = f.id AND NOT dry_run ORDER BY id DESC LIMIT 1
    ) b ON true
    WHERE f.domain = ANY(%s)
    ORDER BY CASE WHEN b.state = 'waiting' THEN 1 WHEN b.late THEN 2 WHEN b.quarantined > 0 THEN 3
             WHEN b.id IS NULL THEN 4 ELSE 5 END, b.quarantined DESC, f.name LIMIT 12
"""
_DECIDED = """
    SELECT date_trunc('week', decided_at) AS week, verdict, count(*) FROM (
        SELECT decided_at, verdict, domain FROM matching_decision
        UNION ALL SELECT decided_at, verdict, domain FROM matching_clusterdecision
    ) decided WHERE decided_at >= %s AND domain = ANY(%s) GROUP BY 1, 2 ORDER BY 1
"""
_RUNS = """
    SELECT DISTINCT ON (domain) domain, records, candidate_pairs, finished_at
    FROM matching_matchrun WHERE state = 'finished' AND domain = ANY(%s)
    ORDER BY domain, id DESC
"""
_CHANGES = """
    SELECT type, count(*) FROM (
        SELECT type FROM mdm_event WHERE at >= %s AND domain = ANY(%s) LIMIT 10001
    ) few GROUP BY type
"""
_VISIT = """
    INSERT INTO stewardship_homevisit AS last (person_id, seen_home_at, told_since)
    VALUES (%(person)s, %(now)s, %(a_day_ago)s)
    ON CONFLICT (person_id) DO UPDATE SET
        seen_home_at = CASE WHEN last.seen_home_at < %(over)s THEN %(now)s
                            ELSE last.seen_home_at END,
        told_since = CASE WHEN last.seen_home_at < %(over)s THEN last.seen_home_at
                          ELSE last.told_since END
    RETURNING told_since
"""
_WORDS = {
    "golden.created": gettext_lazy("new golden records"),
    "golden.changed": gettext_lazy("golden records changed"),
    "golden.redirected": gettext_lazy("merged into others"),
    "golden.split": gettext_lazy("came apart"),
    "override.set": gettext_lazy("values pinned"),
    "override.contested": gettext_lazy("pins that sources object to"),
    "decision.made": gettext_lazy("decisions"),
    "feed_batch.applied": gettext_lazy("feed batches applied"),
    "match_run.finished": gettext_lazy("match runs"),
}


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """What there is, what waits, and what changed."""
    now = timezone.now()
    domains = access.domains(request.user)
    steward = request.user.has_perm(access.STEWARD)
    since = _since(request, now)
    context: dict[str, Any] = {
        "counts": _records(domains),
        "since": since,
        "changes": _changes(since, domains) if domains else [],
    }
    if steward:
        context |= {"waiting": _waiting(request), "quality": _quality(now, domains)}
    if request.user.has_perm(access.FEEDS):
        context["feeds"] = [_feed(*row) for row in fetch(_FEEDS, [now, list(domains)])]
    if request.user.has_perm(access.RUN_QUALITY):
        last = HubCheck.objects.order_by("-checked_at", "-pk").first()
        context["broken"] = len(last.broken) if last else 0
    return render(request, "home.html", context)


def _feed(
    code: str, name: str, batch: int | None, state: str, at: datetime, late: bool, quarantined: int
) -> dict[str, Any]:
    """A feed with its last batch, if one ever came."""
    words = FeedBatch.State(state).label if batch else "Nothing delivered yet"
    return {
        "name": name,
        "state": state,
        "words": inside(words),
        "at": at,
        "late": late,
        "quarantined": quarantined,
        "url": reverse("batch", args=[batch]) if batch else reverse("feed", args=[code]),
    }


def _records(domains: Sequence[str]) -> list[dict[str, Any]]:
    """Golden and source records of each domain, estimated where there are very many."""
    found = {(table, domain): count for table, domain, count in fetch(_COUNTS, [EXACT, EXACT])}
    if about := not found:
        found = {
            (table, domain): round(max(0, rows) * share)
            for table, rows, names, shares in fetch(_ESTIMATES)
            for domain, share in zip(names or (), shares or (), strict=True)
        }
    about = about and bool(found)
    return [
        {
            "label": translated(entity_type(name).plural),
            "url": reverse("golden-list", args=[name]),
            "golden": found.get(("mdm_goldenrecord", name), 0),
            "sources": found.get(("mdm_sourcerecord", name), 0),
            "about": about,
        }
        for name in domains
    ]


def _waiting(request: HttpRequest) -> dict[str, Any]:
    """What waits by reason and since when, with how much of it is overdue and how much is mine."""
    reader = opening.reader_of(request)
    asked = (Filters(), Filters(when="overdue"), Filters(assignee="me"))
    queues, late, mine = inbox.queues(reader, *asked)
    most = max((each.count for each in queues.values()), default=1)
    rows = [
        {
            "label": StewardshipTask.Kind(kind).label,
            "urgent": kind in StewardshipTask.GRAVE,
            "count": inbox.in_words(queues[kind].count),
            "oldest": wording.age(queues[kind].oldest_at, reader.at),
            "late": inbox.in_words(late[kind].count) if kind in late else "",
            "width": max(1, round(100 * queues[kind].count / most)),
            "late_width": round(100 * late[kind].count / most) if kind in late else 0,
            "url": f"{reverse('inbox')}?{Filters(kind=kind).query}",
        }
        for kind in reader.kinds
        if kind in queues
    ]
    urgent_first = sorted(rows, key=lambda row: not row["urgent"])
    return {
        "rows": urgent_first,
        "mine": inbox.in_words(sum(each.count for each in mine.values())),
    }


def _quality(now: datetime, domains: Sequence[str]) -> dict[str, Any]:
    """The last run of each domain, and what people decided week by week."""
    begin = now - timedelta(weeks=WEEKS)
    weeks: dict[datetime, dict[str, int]] = {}
    for week, verdict, count in fetch(_DECIDED, [begin, list(domains)]):
        weeks.setdefault(week, {})[verdict] = count
    most = max((sum(each.values()) for each in weeks.values()), default=1)
    return {
        "runs": [
            {
                "label": translated(entity_type(domain).plural),
                "records": records,
                "pairs": pairs,
                "at": finished_at,
            }
            for domain, records, pairs, finished_at in fetch(_RUNS, [list(domains)])
        ],
        "weeks": [_week(week, said, most) for week, said in weeks.items()],
    }


def _week(week: datetime, said: dict[str, int], most: int) -> dict[str, Any]:
    same, different = said.get("match", 0), said.get("no_match", 0)
    left_open = sum(said.values()) - same - different
    return {
        "week": week,
        "same": same,
        "different": different,
        "open": left_open,
        "same_width": round(100 * same / most),
        "different_at": round(100 * same / most),
        "different_width": round(100 * different / most),
    }


def _since(request: HttpRequest, now: datetime) -> datetime:
    """When the person was here before this visit; a day ago for whoever comes first."""
    asked = {"a_day_ago": now - timedelta(days=1), "over": now - A_VISIT}
    found = fetch_named(_VISIT, {"person": request.user.pk, "now": now, **asked})
    since: datetime = found[0][0]
    return since


def _changes(since: datetime, domains: Sequence[str]) -> list[tuple[str, str]]:
    counted = dict(fetch(_CHANGES, [since, list(domains)]))
    many = sum(counted.values()) > inbox.COUNTED
    return [
        (number_format(counted[name], force_grouping=True) + ("+" if many else ""), str(words))
        for name, words in _WORDS.items()
        if name in counted
    ]
