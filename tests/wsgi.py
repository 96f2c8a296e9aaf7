"""Requests as a server makes them, through the whole WSGI application."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

from django.http import HttpResponse
from django.http.request import HttpHeaders
from django.test import Client
from django.test.client import ClientHandler

from mdm.api.quick import Application, Environ, QuickWay


def all_else(environ: Environ, start: Callable[..., Any]) -> Iterable[bytes]:
    """What is behind the quick way, without the end of the test's own connection."""
    answer = ClientHandler(enforce_csrf_checks=False)(environ)
    start(f"{answer.status_code} {answer.reason_phrase}", [*answer.items()])
    return [answer.content]


def asked(
    caller: Client,
    address: str,
    headers: Mapping[str, str] | None = None,
    whole: Application = all_else,
) -> HttpResponse:
    """The answer to `caller`; `whole` stands for all that is behind the quick way."""
    path, _, query = address.partition("?")
    environ = caller._base_environ(
        PATH_INFO=unquote_to_bytes(path).decode("latin-1"),
        QUERY_STRING=query,
        **HttpHeaders.to_wsgi_names({"host": "testserver", **(headers or {})}),
    )
    said: dict[str, Any] = {}

    def start(status: str, headers: list[tuple[str, str]]) -> None:
        said.update(status=int(status.split()[0]), headers=dict(headers))

    parts = QuickWay(whole)(environ, start)
    return HttpResponse(b"".join(parts), **said)
