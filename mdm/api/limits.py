"""How many requests a caller may send, told in each answer (draft-ietf-httpapi-ratelimit-headers).

Each process counts for itself, in windows that begin with the caller's first request.
"""

import time
from threading import Lock
from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from mdm.governance.rates import parse_rate

_MOST_KEPT = 10_000


class RateLimit(BaseThrottle):
    """Counts the requests of a caller: a machine by its own rate, where it has one."""

    _windows: dict[str, list[float]] = {}
    _lock = Lock()

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the caller may go on; the answer says how far."""
        user: Any = request.user
        client = getattr(user, "client", None)
        most, seconds = parse_rate((client and client.rate) or settings.API_RATE)
        left, self._reset = self._count(str(user.pk), most, seconds)
        view.headers["RateLimit-Policy"] = f'"default";q={most};w={seconds}'
        view.headers["RateLimit"] = f'"default";r={max(left, 0)};t={self._reset:.0f}'
        return left >= 0

    def wait(self) -> float:
        """Seconds until the window ends."""
        return self._reset

    def _count(self, caller: str, most: int, seconds: int) -> tuple[int, float]:
        """How many more requests this window allows, and the seconds until it ends."""
        now = time.monotonic()
        with self._lock:
            window = self._windows.get(caller)
            if window is None or now - window[0] >= seconds:
                if len(self._windows) >= _MOST_KEPT:
                    self._windows.clear()
                window = self._windows[caller] = [now, 0]
            window[1] += 1
            return most - int(window[1]), max(1.0, window[0] + seconds - now)
