"""The quick way to resolve one identifier: the same answer, before Django makes a request of it.

Whatever is not a plain question of a machine that may ask it, or fails, goes the whole way, which
also makes every refusal: so errors, headers and permissions are the same on both.
"""

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import structlog
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.middleware.security import SecurityMiddleware
from rest_framework.exceptions import AuthenticationFailed

from mdm import crosswalk
from mdm.api import counting, operations
from mdm.api.answers import xref_answer
from mdm.api.authentication import Machine, address_of, machine_of
from mdm.api.limits import count
from mdm.crosswalk import XrefStatus
from mdm.governance import access
from mdm.observability import Ids, report

log = structlog.get_logger(__name__)

_PREFIX = "/api/v1/xref/"
_ADDRESS = re.compile(rf"(?s){_PREFIX}([-a-zA-Z0-9_]+)/([-a-zA-Z0-9_]+)/(.+)")
_ANY = ("*/*", "application/json")
_VIEW = "api-xref"
_OPERATION = ("v1", "resolve")

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Answer = tuple[bytes, dict[str, str]]


class QuickWay:
    """A WSGI application that answers plain questions about one identifier; all else goes on.

    Requests, middleware, sessions and pages have no part in such a question: what they cost is
    more than the answer.
    """

    def __init__(self, whole: Application) -> None:
        self._whole = whole
        self._always = _always()

    def __call__(self, environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
        """What the identifier means, or what the whole hub answers."""
        if environ["REQUEST_METHOD"] != "GET" or not environ["PATH_INFO"].startswith(_PREFIX):
            return self._whole(environ, start)
        started = time.perf_counter()
        try:
            answer = _answer(environ)
        except Exception as error:
            log.warning("the quick way failed", exc_info=error)
            answer = None
        if answer is None:
            return self._whole(environ, start)
        body, headers = answer
        ids = Ids.of(environ)
        length = {"Content-Length": str(len(body))}
        start("200 OK", [*(self._always | headers | ids.headers | length).items()])
        report(_VIEW, "GET", 200, time.perf_counter() - started, ids)
        return [body]


def _always() -> dict[str, str]:
    """The headers that middleware gives to every answer of this kind."""
    request = HttpRequest()
    request.META.update(_of_tls())
    secure = SecurityMiddleware(lambda _: HttpResponse())
    return {
        **secure.process_response(request, HttpResponse()).headers,
        "Content-Type": "application/json",
        "Allow": "GET, PUT, HEAD, OPTIONS",
        "Content-Security-Policy": build_policy(),
        "Vary": "Cookie",
        "X-Frame-Options": str(settings.X_FRAME_OPTIONS),
    }


def _answer(environ: Environ) -> Answer | None:
    address = _ADDRESS.fullmatch(environ["PATH_INFO"].encode("latin-1").decode())
    machine = _caller(environ, address[2]) if address else None
    if address is None or machine is None or operations.is_gone(*_OPERATION):
        return None
    system, domain, source_key = address.groups()
    found = crosswalk.resolve(system, domain, source_key)
    if found.status == XrefStatus.UNKNOWN:
        return None
    left, headers = count(machine)
    if left < 0:
        return None
    counting.note(*_OPERATION, machine.get_username())
    return orjson.dumps(xref_answer(found, machine)), headers | operations.headers(*_OPERATION)


def _caller(environ: Environ, domain: str) -> Machine | None:
    """The machine that asks a plain question of a domain that it may see; None for all else."""
    scheme, _, key = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    plain = not environ.get("QUERY_STRING") and environ.get("HTTP_ACCEPT", "*/*") in _ANY
    if not plain or scheme.lower() != "bearer" or not _comes_as_it_should(environ):
        return None
    try:
        machine = machine_of(key.strip(), address_of(environ))
    except AuthenticationFailed:
        return None
    return machine if access.may_view(machine, domain) else None


def _comes_as_it_should(environ: Environ) -> bool:
    """Whether it is for a host of the hub, and over TLS where that is asked for."""
    host, _ = split_domain_port(environ.get("HTTP_HOST", ""))
    over_tls = all(environ.get(name) == value for name, value in _of_tls().items())
    return over_tls and validate_host(host, settings.ALLOWED_HOSTS)


def _of_tls() -> dict[str, str]:
    """What the proxy says of a request that came over TLS; nothing where that is not asked for."""
    said = settings.SECURE_PROXY_SSL_HEADER if settings.SECURE_SSL_REDIRECT else None
    return dict([said] if said else [])
