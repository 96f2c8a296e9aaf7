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


Windows = dict[str, list[float]]

_windows: Windows = {}
_windows_of_addresses: Windows = {}
_lock = Lock()


def count(caller: Any) -> tuple[int, dict[str, str]]:
    """Count a request of a caller: how many more may come, below 0 for none; and the headers."""
    client = getattr(caller, "client", None)
    rate = (client and client.rate) or settings.API_RATE
    return _count(_windows, str(caller.pk), rate)


def count_address(address: str) -> tuple[int, dict[str, str]]:
    """Count a request of somebody unknown. However many those are, callers' windows stay."""
    return _count(_windows_of_addresses, address, settings.TOKEN_RATE)


def _count(windows: Windows, name: str, rate: str) -> tuple[int, dict[str, str]]:
    most, seconds = parse_rate(rate)
    now = time.monotonic()
    with _lock:
        window = windows.get(name)
        if window is None or now - window[0] >= seconds:
            if len(windows) >= _MOST_KEPT:
                windows.clear()
            window = windows[name] = [now, 0]
        window[1] += 1
        left, until = most - int(window[1]), max(1.0, window[0] + seconds - now)
    return left, {
        "RateLimit-Policy": f'"default";q={most};w={seconds}',
        "RateLimit": f'"default";r={max(left, 0)};t={until:.0f}',
    }


class RateLimit(BaseThrottle):
    """Counts the requests of a caller: a machine by its own rate, where it has one."""

    def allow_request(self, request: Request, view: Any) -> bool:
        """Whether the caller may go on; the answer says how far."""
        left, headers = self.counted(request)
        view.headers.update(headers)
        self._until = float(headers["RateLimit"].rpartition("=")[2])
        return left >= 0

    def counted(self, request: Request) -> tuple[int, dict[str, str]]:
        """How many more may come of the caller, and the headers that say so."""
        return count(request.user)

    def wait(self) -> float:
        """Seconds until the window ends."""
        return self._until
