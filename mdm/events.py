"""Recording what happened, in the transaction in which it happens; reactions come as work."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.db import transaction

from mdm import doorbell, tracing, work
from mdm.bulk import copy_in
from mdm.cause import Cause
from mdm.models import Event

_COLUMNS = (
    "type", "domain", "golden_id", "sequence", "content", "at", "by", "correlation_id",
    "request_id", "reason", "rule_version", "trace",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one golden record; `content` holds ids, names and hashes, never values."""

    type: str
    domain: str
    golden_id: UUID
    sequence: int
    content: dict[str, Any]


def record(type_: str, *, domain: str = "", content: dict[str, Any], cause: Cause) -> Event:
    """Append an event that is not about one golden record, and enqueue the reactions to it."""
    event = _event(type_, domain, content, cause)
    event.save()
    for kind in settings.REACTIONS.get(type_, ()):
        work.enqueue(kind, event.pk, cause=cause)
    transaction.on_commit(doorbell.ring_for_news)
    return event


def record_each(said: Iterable[tuple[str, dict[str, Any]]], *, cause: Cause) -> list[Event]:
    """Append events of no domain, each a type and its content; nothing in the hub reacts."""
    made = Event.objects.bulk_create(_event(each, "", content, cause) for each, content in said)
    transaction.on_commit(doorbell.ring_for_news)
    return made


def record_changes(changes: Iterable[Change], *, cause: Cause) -> None:
    """Append one event for each change of a golden record."""
    who = (
        cause.at.isoformat(), cause.by, cause.correlation_id, cause.request_id, cause.reason,
        cause.rule_version, tracing.packed(cause.traceparent),
    )  # fmt: skip
    copy_in(
        Event,
        _COLUMNS,
        (
            (
                change.type,
                change.domain,
                change.golden_id,
                change.sequence,
                orjson.dumps(change.content).decode(),
                *who,
            )
            for change in changes
        ),
    )
    transaction.on_commit(doorbell.ring_for_news)


def _event(type_: str, domain: str, content: dict[str, Any], cause: Cause) -> Event:
    return Event(
        type=type_,
        domain=domain,
        content=content,
        at=cause.at,
        by=cause.by,
        correlation_id=cause.correlation_id,
        request_id=cause.request_id,
        reason=cause.reason,
        rule_version=cause.rule_version,
        trace=tracing.packed(cause.traceparent),
    )
