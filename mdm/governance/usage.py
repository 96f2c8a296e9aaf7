"""Who calls what of the API, day by day: what processes counted, added up."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Max, Sum

from mdm.bulk import execute
from mdm.models import ApiUsage

DAYS = 30
"""For how many days whoever called counts as a consumer, unless other days are asked for."""

PEOPLE = ""
"""The consumer of calls by people who are signed in."""

Place = tuple[date, str, str, str]
"""Day, version, operation and consumer."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a consumer called of one operation in some days."""

    version: str
    operation: str
    consumer: str
    calls: int
    last_on: date


def add(counted: Iterable[tuple[Place, int]]) -> int:
    """Add calls to what is written down, in one statement; returns how many rows that touched.

    Rows go in order, so that two processes that add at once wait for each other and no more.
    """
    rows = [(*place, calls) for place, calls in sorted(counted)]
    if not rows:
        return 0
    columns = [list(column) for column in zip(*rows, strict=True)]
    return execute(
        "INSERT INTO mdm_apiusage AS u (day, version, operation, consumer, calls)"
        " SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::text[], %s::bigint[])"
        " ON CONFLICT (day, version, operation, consumer)"
        " DO UPDATE SET calls = u.calls + excluded.calls",
        columns,
    )


def recently(at: datetime, days: int = DAYS) -> date:
    """The first of the last days, today among them."""
    return (at - timedelta(days=days - 1)).date()


def since(day: date, *, consumer: str | None = None) -> list[Usage]:
    """What was called on that day or later, by one consumer or by all; most calls first."""
    rows = ApiUsage.objects.filter(day__gte=day)
    if consumer is not None:
        rows = rows.filter(consumer=consumer)
    summed = rows.values_list("version", "operation", "consumer").annotate(
        sum=Sum("calls"), last=Max("day")
    )
    return [Usage(*each) for each in summed.order_by("-sum", "version", "operation", "consumer")]


def forget_old(today: date) -> int:
    """Drop what is older than API_USAGE_DAYS; returns how many rows that were."""
    before = today - timedelta(days=settings.API_USAGE_DAYS)
    return execute("DELETE FROM mdm_apiusage WHERE day < %s", [before])
