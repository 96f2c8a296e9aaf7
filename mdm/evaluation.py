"""Golden records follow the passing of time, and changes of what decides between their sources.

Time enters a golden record only as the moment at which its domain is evaluated. Advancing that
moment, a new policy and new ownership each are an event; the golden records that it may concern are
rebuilt a chunk at a time, each chunk in one transaction that also asks for the next one.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from mdm import events, golden, moment, policy, work
from mdm.bulk import check_constraints, execute, fetch
from mdm.cause import Cause, mint_correlation_id
from mdm.domains import ENTITY_TYPES
from mdm.governance import ownership
from mdm.models import Event, Override
from mdm.work import Job

EVALUATED_EVERY = timedelta(hours=1)
RECORDS_IN_A_CHUNK = 20_000
_FIRST = UUID(int=0)

_CONCERNED = """
    WITH RECURSIVE expiring AS (
        SELECT golden_id AS id FROM mdm_override
        WHERE ended_at IS NULL AND expires_at > %s::timestamptz AND expires_at <= %s::timestamptz
        UNION
        SELECT g.merged_into_id FROM mdm_goldenrecord g JOIN expiring ON g.id = expiring.id
        WHERE g.merged_into_id IS NOT NULL
    )
    SELECT g.id FROM mdm_goldenrecord g
    WHERE g.domain = %s AND g.id > %s AND g.merged_into_id IS NULL
      AND (g.id IN (SELECT id FROM expiring) OR (%s AND EXISTS (
          SELECT FROM mdm_crosswalklink WHERE golden_id = g.id AND unlinked_at IS NULL OFFSET 1)))
    ORDER BY g.id LIMIT %s
"""


def ask_when_due(now: datetime) -> None:
    """Ask for an evaluation of the domains whose last one is a while ago."""
    rows = fetch(
        "SELECT domain FROM mdm_evaluation e WHERE evaluated_at < %s AND NOT EXISTS ("
        "SELECT FROM mdm_work WHERE kind = 'evaluate' AND subject = e.domain AND created_at > %s)",
        [now - EVALUATED_EVERY, now - EVALUATED_EVERY],
    )
    if rows:
        cause = Cause(now, "job:evaluate", mint_correlation_id())
        ask([domain for (domain,) in rows if domain in ENTITY_TYPES], cause=cause)


def ask(domains: Iterable[str], *, cause: Cause) -> None:
    """Ask for an evaluation of the golden records of `domains` as of when the work is done."""
    for domain in domains:
        work.enqueue("evaluate", domain, cause=cause)


def advance(job: Job) -> None:
    """Work: evaluate a domain as of now, and rebuild what the time that passed may concern."""
    domain, until = job.subject, job.cause.at
    with transaction.atomic():
        job.hold()
        moment.hold(domain)
        rows = fetch("SELECT evaluated_at FROM mdm_evaluation WHERE domain = %s", [domain])
        if not rows or rows[0][0] >= until:
            return
        since = rows[0][0]
        execute("UPDATE mdm_evaluation SET evaluated_at = %s WHERE domain = %s", [until, domain])
        _tell_expired(domain, since, job.cause)
        rules = policy.in_force(domain)
        competing = rules.decays or ownership.changes_between(domain, since.date(), until.date())
        passed = {"since": since.isoformat(), "until": until.isoformat(), "competing": competing}
        if _concerned(domain, passed, after=_FIRST, size=1):
            cause = replace(job.cause, rule_version=rules.name)
            events.record("evaluation.advanced", domain=domain, content=passed, cause=cause)


def _tell_expired(domain: str, since: datetime, cause: Cause) -> None:
    """Tell of the pins that expired since a moment."""
    expired = Override.objects.filter(
        golden__domain=domain, ended_at=None, expires_at__gt=since, expires_at__lte=cause.at
    )
    if ids := sorted(expired.values_list("pk", flat=True)):
        events.record("override.expired", domain=domain, content={"overrides": ids}, cause=cause)


def rebuild_concerned(job: Job) -> None:
    """Work: rebuild a chunk of the golden records that an event may concern, and ask for the next.

    The subject is the event's id, and the last golden id of the chunk before.
    """
    event_id, _, after = job.subject.partition(":")
    event = Event.objects.get(pk=int(event_id))
    cause = replace(job.cause, reason=event.reason, rule_version=event.rule_version)
    with transaction.atomic():
        job.hold()
        start = UUID(after) if after else _FIRST
        ids = _concerned(event.domain, event.content, after=start, size=RECORDS_IN_A_CHUNK)
        golden.rebuild(event.domain, ids, cause=cause)
        check_constraints()
        if len(ids) == RECORDS_IN_A_CHUNK:
            work.enqueue(job.kind, f"{event.pk}:{ids[-1]}", cause=job.cause)


def _concerned(domain: str, what: dict[str, Any], *, after: UUID, size: int) -> list[UUID]:
    """Standing golden records after an id that an event may concern, in the order of ids.

    Those under a pin that expired in the time that passed, and those whose members compete, which
    they do anew unless the event says otherwise.
    """
    passed = [what.get("since"), what.get("until")]
    competing = what.get("competing", True)
    return [row[0] for row in fetch(_CONCERNED, [*passed, domain, after, competing, size])]
