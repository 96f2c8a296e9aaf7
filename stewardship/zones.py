"""Times are shown in the zone of whoever looks, which their browser names in a cookie."""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "zone"
_LONGEST = 64


class ZoneMiddleware:
    """Pages are rendered in the zone of the cookie; in that of the hub where there is none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):  # machines get what they get anywhere
            return self._get_response(request)
        with timezone.override(_zone(request.COOKIES.get(COOKIE, ""))):
            return self._get_response(request)


@cache
def _known(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _zone(name: str) -> ZoneInfo | None:
    """The zone of that name; None for one that does not exist."""
    try:
        return _known(name) if name and len(name) <= _LONGEST else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
