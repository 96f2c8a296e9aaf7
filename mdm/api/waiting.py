"""Requests that wait: a few at a time in each process, so that threads are left for others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

_places = threading.BoundedSemaphore(settings.API_WAITERS)


@contextmanager
def a_place() -> Iterator[bool]:
    """Whether there is room for one more that waits; without, the answer is due at once."""
    free = _places.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            _places.release()
