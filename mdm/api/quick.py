"""The quick way to resolve one identifier: the same answer, without the rest of the hub around it.

Whatever is not a plain question of a machine that may ask it, or fails, goes the whole way, which
also makes every refusal: so errors, headers and permissions are the same on both.
"""

import re
from collections.abc import Callable

import orjson
import structlog
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.urls import ResolverMatch, resolve
from rest_framework.exceptions import AuthenticationFailed

from mdm import crosswalk
from mdm.api.answers import xref_answer
from mdm.api.authentication import Machine, address_of, machine_of
from mdm.api.limits import count
from mdm.api.operations import is_gone
from mdm.crosswalk import XrefStatus
from mdm.governance import access

log = structlog.get_logger(__name__)

_ADDRESS = re.compile(r"(?s)/api/v1/xref/([-a-zA-Z0-9_]+)/([-a-zA-Z0-9_]+)/(.+)")
_ANY = ("*/*", "application/json")

Answerer = Callable[[HttpRequest], HttpResponse]


class QuickMiddleware:
    """Answers plain questions about one identifier; all else goes on.

    Sessions, forms and pages have no part in such a question: looking for them, and for the view
    among all addresses, takes longer than the answer.
    """

    def __init__(self, get_response: Answerer) -> None:
        self.get_response = get_response
        self._match: ResolverMatch | None = None
        self._headers = {
            "Allow": "GET, PUT, HEAD, OPTIONS",
            "Content-Security-Policy": build_policy(),
            "Vary": "Cookie",
            "X-Frame-Options": str(settings.X_FRAME_OPTIONS),
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """What the identifier means, or what the whole hub answers."""
        if request.method == "GET" and request.path_info.startswith("/api/v1/xref/"):
            try:
                answer = self._answer(request)
            except Exception as error:
                log.warning("the quick way failed", exc_info=error)
                answer = None
            if answer is not None:
                return answer
        return self.get_response(request)

    def _answer(self, request: HttpRequest) -> HttpResponse | None:
        address = _ADDRESS.fullmatch(request.path_info)
        machine = _caller(request, address[2]) if address else None
        if address is None or machine is None or is_gone("v1", "resolve"):
            return None
        system, domain, source_key = address.groups()
        found = crosswalk.resolve(system, domain, source_key)
        if found.status == XrefStatus.UNKNOWN:
            return None
        left, headers = count(machine)
        if left < 0:
            return None
        self._match = self._match or resolve(request.path_info)
        request.resolver_match = self._match
        request.user = machine  # type: ignore[assignment]
        answer = orjson.dumps(xref_answer(found, machine))
        length = {"Content-Length": str(len(answer))}
        return HttpResponse(
            answer, content_type="application/json", headers=self._headers | headers | length
        )


def _caller(request: HttpRequest, domain: str) -> Machine | None:
    """The machine that asks a plain question of a domain that it may see; None for all else."""
    said = request.META
    scheme, _, key = said.get("HTTP_AUTHORIZATION", "").partition(" ")
    plain = not said.get("QUERY_STRING") and said.get("HTTP_ACCEPT", "*/*") in _ANY
    if not plain or scheme.lower() != "bearer":
        return None
    try:
        request.get_host()
        machine = machine_of(key.strip(), address_of(request))
    except (AuthenticationFailed, DisallowedHost):
        return None
    return machine if access.may_view(machine, domain) else None
