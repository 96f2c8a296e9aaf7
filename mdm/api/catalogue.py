"""REST: which operations there are, how long they live, and who calls them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm.api import asking, counting, openapi, scopes
from mdm.api.authentication import is_known
from mdm.api.documents import COUNT, MAYBE_MOMENT, TEXT, Shape, listed, operation, query, record
from mdm.api.operations import VERSIONS, LifeCycle, Stage, life_of
from mdm.governance import access, usage
from mdm.governance.usage import Usage

DAYS = 30
MOST_DAYS = 400
WELL_KNOWN = "/.well-known/api-catalog"

_STAGE: Shape = {"type": "string", "enum": [str(each) for each in Stage]}
_LIFE = {
    "version": TEXT, "state": _STAGE, "deprecated_at": MAYBE_MOMENT, "sunset_at": MAYBE_MOMENT,
    "successor": {"type": ["string", "null"]}, "calls": COUNT,
    "usage": listed(record({"consumer": TEXT, "calls": COUNT, "last_on": TEXT})),
}  # fmt: skip
CATALOGUE = record(
    {
        "since": TEXT,
        "versions": listed(record(_LIFE)),
        "operations": listed(record({"operation": TEXT, "method": TEXT, "address": TEXT, **_LIFE})),
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An operation of the catalogue, with who called it."""

    version: str
    operation: str
    method: str
    address: str
    said: str
    life: LifeCycle
    stage: Stage
    usage: list[Usage]

    @property
    def calls(self) -> int:
        return sum(each.calls for each in self.usage)


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
        parameters=[query("days", f"Of how many days the usage is: {DAYS} without one", COUNT)],
        problems=["invalid"],
        scopes=("{domain}:read", "usage:read"),
    )
    def get(self, request: Request) -> Response:
        """Every version and operation: its state, its dates, its successor, and who calls it.

        A key is told of its own calls; with the scope `usage:read` of everybody's.
        """
        example = f"Give a number from 1 to {MOST_DAYS}."
        days = asking.optional(request.query_params, "days", _days, example) or DAYS
        now = timezone.now()
        day = (now - timedelta(days=days - 1)).date()
        counting.flush()
        found = list(entries(usage.since(day, consumer=_consumer(request.user)), now))
        versions = [_version(name, life, found, now) for name, life in VERSIONS.items()]
        operations = [_operation(each) for each in found]
        return Response({"since": str(day), "versions": versions, "operations": operations})


def entries(used: Iterable[Usage], at: datetime) -> Iterator[Entry]:
    """Every operation in the order of the OpenAPI document, with its usage."""
    by_operation: dict[tuple[str, str], list[Usage]] = defaultdict(list)
    for called in used:
        by_operation[called.version, called.operation].append(called)
    for each in openapi.operations():
        version, name = each["address"].split("/", 3)[2], each["name"]
        life = life_of(version, name)
        yield Entry(
            version, name, each["method"], each["address"], each["said"], life, life.stage(at),
            by_operation[version, name],
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


def _version(name: str, life: LifeCycle, found: list[Entry], at: datetime) -> dict[str, Any]:
    summed = summed_up(each for entry in found if entry.version == name for each in entry.usage)
    return {"version": name, **_life(life, life.stage(at), summed)}


def _operation(each: Entry) -> dict[str, Any]:
    said = {"operation": each.operation, "method": each.method, "address": each.address}
    return {**said, "version": each.version, **_life(each.life, each.stage, each.usage)}


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
