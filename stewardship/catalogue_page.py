"""The page on which people see the API's operations, how long they live, and who calls them."""

from dataclasses import dataclass

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from mdm.api import catalogue as api
from mdm.api import counting, notices
from mdm.api.catalogue import Entry
from mdm.governance import access, usage
from mdm.governance.usage import Usage


@dataclass(frozen=True, slots=True)
class Row:
    """Calls of one operation, or one consumer, as a number and as a bar out of 100."""

    what: Entry | Usage
    calls: int
    width: int


@require_safe
@permission_required(access.USAGE, raise_exception=True)
def catalogue(request: HttpRequest) -> HttpResponse:
    """Operations with their state and recent calls, and who calls what is on its way out."""
    now = timezone.now()
    counting.flush()
    used = usage.since(usage.recently(now))
    found = list(api.entries(used, notices.told(), now))
    context = {
        "days": usage.DAYS,
        "operations": _rows([(each, each.calls) for each in found]),
        "consumers": _rows([(each, each.calls) for each in api.summed_up(used)]),
        "ending": [each for each in found if each.life.deprecated_at],
    }
    return render(request, "api/catalogue.html", context)


def _rows(counted: list[tuple[Entry, int]] | list[tuple[Usage, int]]) -> list[Row]:
    most = max((calls for _, calls in counted), default=0) or 1
    return [Row(what, calls, -(-100 * calls // most)) for what, calls in counted]
