"""REST: which operations there are, how long they live, and who calls them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm.api import asking, counting, notices, openapi, scopes
from mdm.api.authentication import is_known
from mdm.api.documents import (
    COUNT,
    MAYBE_MOMENT,
    MOMENT,
    TEXT,
    Shape,
    listed,
    operation,
    query,
    record,
)
from mdm.api.notices import Told
from mdm.api.operations import VERSIONS, LifeCycle, Stage, life_of
from mdm.governance import access, usage
from mdm.governance.usage import Usage
from mdm.models import Notice

MOST_DAYS = 400
T = TypeVar("T", Usage, Told)
WELL_KNOWN = "/.well-known/api-catalog"

_STAGE: Shape = {"type": "string", "enum": [str(each) for each in Stage]}
_LIFE = {
    "version": TEXT, "state": _STAGE, "deprecated_at": MAYBE_MOMENT, "sunset_at": MAYBE_MOMENT,
    "successor": {"type": ["string", "null"]}, "calls": COUNT,
    "usage": listed(record({"consumer": TEXT, "calls": COUNT, "last_on": TEXT})),
}  # fmt: skip
_TOLD = record(
    {
        "consumer": TEXT, "stage": {"type": "string", "enum": Notice.Stage.values},
        "told_at": MOMENT, "delivered_at": MAYBE_MOMENT,
    }
)  # fmt: skip
_OPERATION = {
    "operation": TEXT, "method": TEXT, "address": TEXT, **_LIFE, "notices": listed(_TOLD),
}  # fmt: skip
CATALOGUE = record(
    {
        "since": TEXT,
        "versions": listed(record(_LIFE)),
        "operations": listed(record(_OPERATION)),
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation of the catalogue, with who called it, and who was told that it ends."""

    version: str
    operation: str
    method: str
    address: str
    said: str
    life: LifeCycle
    stage: Stage
    usage: list[Usage]
    told: list[Told]

    @property
    def calls(self) -> int:
        return sum(each.calls for each in self.usage)

    @property
    def callers(self) -> list[tuple[Usage, list[Told]]]:
        """Who calls it, each with what it was told."""
        return [
            (used, [each for each in self.told if each.consumer == used.consumer])
            for used in self.usage
        ]


class MaySeeCatalogue(BasePermission):
    """Lets through who may view some domain, or who calls the API."""

    message = "You need a scope to read records of a domain, or usage:read."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        """Whether there is something in the catalogue that concerns the caller."""
        user: Any = request.user
        if not is_known(request):
            return False
        if access.domains(user) or user.has_perm(access.USAGE):
            return True
        raise scopes.refusal(user, self.message, ["usage:read"])


class CatalogueView(APIView):
    """`/api/v1/catalogue`."""

    permission_classes = (MaySeeCatalogue,)

    @operation(
        "catalogue",
        CATALOGUE,
        parameters=[
            query("days", f"Of how many days the usage is: {usage.DAYS} without one", COUNT)
        ],
        problems=["invalid"],
        scopes=("{domain}:read", "usage:read"),
    )
    def get(self, request: Request) -> Response:
        """Every version and operation: its state, dates and successor, who calls it, who was told.

        A key is told of its own calls and notices; with the scope `usage:read` of everybody's.
        """
        example = f"Give a number from 1 to {MOST_DAYS}."
        days = asking.optional(request.query_params, "days", _days, example) or usage.DAYS
        now = timezone.now()
        day, consumer = usage.recently(now, days), _consumer(request.user)
        counting.flush()
        used, told = usage.since(day, consumer=consumer), notices.told(consumer=consumer)
        found = list(entries(used, told, now))
        versions = [_version(name, life, found, now) for name, life in VERSIONS.items()]
        operations = [_operation(each) for each in found]
        return Response({"since": str(day), "versions": versions, "operations": operations})


def entries(used: Iterable[Usage], told: Iterable[Told], at: datetime) -> Iterator[Entry]:
    """Every operation in the order of the OpenAPI document, with its usage and notices."""
    calls, heard = _by_operation(used), _by_operation(told)
    for each in openapi.operations():
        version, name = each["address"].split("/", 3)[2], each["name"]
        life = life_of(version, name)
        yield Entry(
            version, name, each["method"], each["address"], each["said"], life, life.stage(at),
            calls[version, name], heard[version, name],
        )  # fmt: skip


def summed_up(used: Iterable[Usage]) -> list[Usage]:
    """What each consumer called of all these operations together, most calls first."""
    calls: Counter[str] = Counter()
    last: dict[str, Usage] = {}
    for each in used:
        calls[each.consumer] += each.calls
        last[each.consumer] = max(last.get(each.consumer, each), each, key=attrgetter("last_on"))
    return [replace(last[name], calls=count) for name, count in calls.most_common()]


@login_not_required
@require_safe
def well_known(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """`/.well-known/api-catalog`: where the API and its description are (RFC 9727, RFC 9264)."""
    home = settings.PUBLIC_ADDRESS
    linkset = [
        {
            "anchor": f"{home}{WELL_KNOWN}",
            "item": [{"href": f"{home}/api/{version}/"} for version in VERSIONS],
        },
        *(
            {
                "anchor": f"{home}/api/{version}/",
                "service-desc": [
                    {"href": f"{home}/api/{version}/openapi.json", "type": "application/json"}
                ],
                "service-doc": [{"href": f"{home}/api/{version}/docs", "type": "text/html"}],
                "service-meta": [
                    {"href": f"{home}/api/{version}/catalogue", "type": "application/json"}
                ],
                "status": [{"href": f"{home}/healthz", "type": "application/json"}],
            }
            for version in VERSIONS
        ),
    ]
    answer = JsonResponse({"linkset": linkset}, content_type=_LINKSET)
    answer["Link"] = f'<{home}{WELL_KNOWN}>; rel="api-catalog"'
    return answer


_LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(text)
    return days


def _consumer(user: Any) -> str | None:
    """Whose usage the caller sees; None for everybody's."""
    if user.has_perm(access.USAGE):
        return None
    return str(user.get_username()) if getattr(user, "is_machine", False) else usage.PEOPLE


def _by_operation(rows: Iterable[T]) -> dict[tuple[str, str], list[T]]:
    grouped: dict[tuple[str, str], list[T]] = defaultdict(list)
    for each in rows:
        grouped[each.version, each.operation].append(each)
    return grouped


def _version(name: str, life: LifeCycle, found: list[Entry], at: datetime) -> dict[str, Any]:
    summed = summed_up(each for entry in found if entry.version == name for each in entry.usage)
    return {"version": name, **_life(life, life.stage(at), summed)}


def _operation(each: Entry) -> dict[str, Any]:
    said = {"operation": each.operation, "method": each.method, "address": each.address}
    told = [
        {
            "consumer": one.consumer,
            "stage": one.stage,
            "told_at": one.told_at.isoformat(),
            "delivered_at": one.delivered_at and one.delivered_at.isoformat(),
        }
        for one in each.told
    ]
    life = _life(each.life, each.stage, each.usage)
    return {**said, "version": each.version, **life, "notices": told}


def _life(life: LifeCycle, stage: Stage, used: list[Usage]) -> dict[str, Any]:
    return {
        "state": str(stage),
        "deprecated_at": life.deprecated_at and life.deprecated_at.isoformat(),
        "sunset_at": life.sunset_at and life.sunset_at.isoformat(),
        "successor": life.successor or None,
        "calls": sum(each.calls for each in used),
        "usage": [
            {"consumer": each.consumer, "calls": each.calls, "last_on": str(each.last_on)}
            for each in used
        ],
    }
