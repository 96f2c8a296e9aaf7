"""Telling a worker that there is work, or news, without failing or delaying whoever tells.

Messages leave from a thread of their own. When the broker is down they are dropped: the work row
stays, and the sweep rings again.
"""

import os
import queue
import threading
import time
from multiprocessing.util import Finalize

import structlog

from mdm import tracing
from mdm.celery import app

log = structlog.get_logger(__name__)

_PERFORM, _FOLLOW = "mdm.tasks.perform", "mdm.tasks.follow"
_LAST_WORDS_SECONDS = 1.0
_SILENCE_SECONDS = 5.0

# A broker that was restarted is there, but the connection that was kept for it leads nowhere.
_ONCE_MORE = {"max_retries": 1, "interval_start": 0}


class _Bell:
    """One queue and one publishing thread in each process that rings."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.rings: queue.SimpleQueue[tuple[int, str] | str | None] = queue.SimpleQueue()
        self.news = threading.Event()
        self.thread = threading.Thread(target=self._publish, daemon=True, name="doorbell")
        self.thread.start()
        # servers' workers end without atexit, and heed this; a forked child leaves it alone
        Finalize(None, self._say_last_words, exitpriority=1)

    def _publish(self) -> None:
        """Send what is rung; after a failure drop all for a while, instead of failing each."""
        silent_until = 0.0
        while (ring := self.rings.get()) is not None:
            if ring == _FOLLOW:
                self.news.clear()  # before it is sent: news from now on rings again
            if time.monotonic() < silent_until:
                continue
            try:
                _send(ring)
            except Exception as error:
                silent_until = time.monotonic() + _SILENCE_SECONDS
                log.warning("broker not reached; the sweep will ring", error=str(error))

    def _say_last_words(self) -> None:
        self.rings.put(None)
        self.thread.join(_LAST_WORDS_SECONDS)

    def tell_news(self) -> None:
        """Once, however often before it is sent."""
        if not self.news.is_set():
            self.news.set()
            self.rings.put(_FOLLOW)


def _send(ring: tuple[int, str] | str) -> None:
    """The message; about work it says in its headers which span asks for it."""
    if isinstance(ring, str):
        app.send_task(ring, retry_policy=_ONCE_MORE)
        return
    work_id, traceparent = ring
    headers = {tracing.HEADER: traceparent} if traceparent else {}
    app.send_task(_PERFORM, args=[work_id], headers=headers, retry_policy=_ONCE_MORE)


_bell: _Bell | None = None
_lock = threading.Lock()


def ring(work_id: int, traceparent: str = "") -> None:
    """Ask for a worker to do this work, which is part of a trace; returns at once."""
    _this_bell().rings.put((work_id, traceparent))


def ring_for_news() -> None:
    """Ask for a worker to place events, and to tell those who follow them; returns at once."""
    _this_bell().tell_news()


def _this_bell() -> _Bell:
    global _bell
    with _lock:
        if _bell is None or _bell.process != os.getpid():  # a forked process has no thread yet
            _bell = _Bell()
        return _bell
