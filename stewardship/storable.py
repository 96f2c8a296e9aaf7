"""What pages are sent that PostgreSQL cannot hold: refused before any view asks about it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

NUL = "\x00"


class StorableFormsMiddleware:
    """Answers a form or an address with the character NUL in it with a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_page = not request.path_info.startswith("/api/")  # which refuses in its own words
        if is_page and (_has_nul(request.GET) or _has_nul(request.POST)):
            return render(request, "400.html", status=400)
        return self._get_response(request)


def _has_nul(said: QueryDict) -> bool:
    return any(NUL in text for name, values in said.lists() for text in (name, *values))
