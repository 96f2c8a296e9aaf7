"""Telling API clients that what they call is on its way out, and who was told when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import starmap
from typing import Any

from django.conf import settings
from django.db import transaction

from mdm import events
from mdm.api.operations import LifeCycle, Stage, life_of
from mdm.bulk import fetch
from mdm.governance import usage
from mdm.models import ApiClient, Notice
from mdm.work import Job

_Key = tuple[str, str, str, str, datetime | None]
"""Client, version, operation, stage and sunset: of each of these a client is told once."""

_TOLD = """
    SELECT n.version, n.operation, c.name, n.stage, n.told_at,
        min(d.finished_at) FILTER (WHERE d.state = 'delivered'), coalesce(max(d.state), '')
    FROM mdm_notice n JOIN mdm_apiclient c ON c.id = n.client_id
    LEFT JOIN mdm_eventposition p ON p.event_id = n.event_id
    LEFT JOIN mdm_subscription s ON s.client_id = c.id
    LEFT JOIN mdm_delivery d ON d.subscription_id = s.id AND d.position = p.position
    WHERE %s::text IS NULL OR c.name = %s
    GROUP BY n.id, c.name ORDER BY n.told_at, n.id
"""


@dataclass(frozen=True, slots=True)
class Told:
    """A notice, and what became of it: `delivered_at` by a webhook of the consumer.

    `delivery` is the state of its delivery, "" where the consumer has no webhook for it.
    """

    version: str
    operation: str
    consumer: str
    stage: str
    told_at: datetime
    delivered_at: datetime | None
    delivery: str


def told(*, consumer: str | None = None) -> list[Told]:
    """Who was told what, one consumer or all, the first notice first; one statement."""
    return list(starmap(Told, fetch(_TOLD, [consumer, consumer])))


@transaction.atomic
def tell_consumers(job: Job) -> None:
    """Work: tell each client that called, in the last days, what is deprecated or ends soon.

    Each hears of a stage once, and anew when the sunset is moved: the database holds to that.
    """
    job.hold()
    clients = dict(ApiClient.objects.working(job.cause.at).values_list("name", "pk"))
    known = set(
        Notice.objects.values_list("client__name", "version", "operation", "stage", "sunset_at")
    )
    new = [each for each in _due(job.cause.at) if each[0] in clients and each not in known]
    recorded = events.record_each(map(_event, new), cause=job.cause)
    Notice.objects.bulk_create(
        Notice(
            client_id=clients[consumer], version=version, operation=operation, stage=stage,
            sunset_at=sunset_at, event=event, told_at=job.cause.at,
        )
        for (consumer, version, operation, stage, sunset_at), event in zip(
            new, recorded, strict=True
        )
    )  # fmt: skip


def _due(at: datetime) -> Iterator[_Key]:
    """What those who call it are to know by now."""
    for called in usage.since(usage.recently(at)):
        life = life_of(called.version, called.operation)
        if life.stage(at) is Stage.DEPRECATED:
            stage = _stage(life, at)
            yield called.consumer, called.version, called.operation, stage, life.sunset_at


def _stage(life: LifeCycle, at: datetime) -> str:
    ahead = timedelta(days=settings.API_REMINDER_DAYS)
    soon = life.sunset_at is not None and life.sunset_at - ahead <= at
    return Notice.Stage.ENDING if soon else Notice.Stage.DEPRECATED


def _event(key: _Key) -> tuple[str, dict[str, Any]]:
    consumer, version, operation, stage, sunset_at = key
    life = life_of(version, operation)
    return f"api.{stage}", {
        "consumer": consumer,
        "version": version,
        "operation": operation,
        "deprecated_at": life.deprecated_at and life.deprecated_at.isoformat(),
        "sunset_at": sunset_at and sunset_at.isoformat(),
        "successor": life.successor,
    }
