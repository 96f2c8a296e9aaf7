"""The quick way to resolve one identifier: the same answer, without the REST framework around it.

Whatever is not a plain question of a machine that may ask it goes the whole way, which also makes
every refusal: so errors, headers and permissions are the same on both.
"""

from typing import Any, cast

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed

from mdm import crosswalk
from mdm.api.answers import xref_answer
from mdm.api.authentication import Machine, address_of, machine_of
from mdm.api.limits import count
from mdm.api.xref import XrefView
from mdm.crosswalk import XrefStatus
from mdm.governance import access

_ANY = ("*/*", "application/json")
_whole = XrefView.as_view()


@csrf_exempt
@login_not_required
def resolve(request: HttpRequest, system: str, domain: str, source_key: str) -> HttpResponse:
    """What an identifier means now, or what the whole view says of it."""
    machine = _caller(request, domain)
    if machine is not None:
        found = crosswalk.resolve(system, domain, source_key)
        if found.status != XrefStatus.UNKNOWN:
            left, headers = count(machine)
            if left >= 0:
                answer = orjson.dumps(xref_answer(found, machine), default=str)
                return HttpResponse(
                    answer, content_type="application/json", headers=_SAME | headers
                )
    return cast(HttpResponse, _whole(request, system=system, domain=domain, source_key=source_key))


_SAME = {"Allow": "GET, PUT, HEAD, OPTIONS"}

# What the OpenAPI document is generated from
cast(Any, resolve).cls, cast(Any, resolve).initkwargs = XrefView, {}


def _caller(request: HttpRequest, domain: str) -> Machine | None:
    """The machine that asks a plain question of a domain that it may see; None for all else."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    plain = request.method == "GET" and not request.META.get("QUERY_STRING")
    if not plain or scheme.lower() != "bearer" or request.headers.get("Accept", "*/*") not in _ANY:
        return None
    try:
        machine = machine_of(key.strip(), address_of(request))
    except AuthenticationFailed:
        return None
    return machine if access.may_view(machine, domain) else None
