"""Telling a worker that there is work, without ever failing or delaying whoever tells.

Messages leave from a thread of their own. When the broker is down they are dropped: the work row
stays, and the sweep rings again.
"""

import atexit
import os
import queue
import threading
import time

import structlog

from mdm.celery import app

log = structlog.get_logger(__name__)

_LAST_WORDS_SECONDS = 1.0
_SILENCE_SECONDS = 5.0

# A broker that was restarted is there, but the connection that was kept for it leads nowhere.
_ONCE_MORE = {"max_retries": 1, "interval_start": 0}


class _Bell:
    """One queue and one publishing thread in each process that rings."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self.rings: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self.thread = threading.Thread(target=self._publish, daemon=True, name="doorbell")
        self.thread.start()
        atexit.register(self._say_last_words)

    def _publish(self) -> None:
        """Send what is rung; after a failure drop all for a while, instead of failing each."""
        silent_until = 0.0
        while (work_id := self.rings.get()) is not None:
            if time.monotonic() < silent_until:
                continue
            try:
                app.send_task("mdm.tasks.perform", args=[work_id], retry_policy=_ONCE_MORE)
            except Exception as error:
                silent_until = time.monotonic() + _SILENCE_SECONDS
                log.warning("broker not reached; the sweep will ring", error=str(error))

    def _say_last_words(self) -> None:
        if self.process == os.getpid():
            self.rings.put(None)
            self.thread.join(_LAST_WORDS_SECONDS)


_bell: _Bell | None = None
_lock = threading.Lock()


def ring(work_id: int) -> None:
    """Ask for a worker to do this work; returns at once."""
    global _bell
    with _lock:
        if _bell is None or _bell.process != os.getpid():  # a forked process has no thread yet
            _bell = _Bell()
    _bell.rings.put(work_id)
