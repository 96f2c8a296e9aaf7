"""Who calls what, counted in the process and written down every few seconds.

A call costs no statement. A process that is killed loses what it counted since it last wrote; one
that is stopped writes before it ends.
"""

import time
from collections import Counter
from multiprocessing.util import Finalize
from threading import Lock, Thread

import structlog
from django.conf import settings
from django.db import connection
from django.utils import timezone

from mdm.governance import usage
from mdm.governance.usage import Place

log = structlog.get_logger(__name__)

_counted: Counter[Place] = Counter()
_lock = Lock()
_writer: Thread | None = None


def note(version: str, operation: str, consumer: str) -> None:
    """Count one call."""
    if settings.API_USAGE_SECONDS <= 0:
        return
    place = (timezone.now().date(), version, operation, consumer)
    with _lock:
        _counted[place] += 1
        if _writer is None:
            _start()


def flush() -> int:
    """Write down what was counted; what cannot be written is kept. Returns the rows touched."""
    with _lock:
        taken = dict(_counted)
        _counted.clear()
    try:
        return usage.add(taken.items())
    except Exception as error:
        log.warning("usage was not written", exc_info=error)
        with _lock:
            _counted.update(taken)
        return 0


def _start() -> None:
    """Begin to write: with the first call, and so in each process after it was forked."""
    global _writer
    _writer = Thread(target=_keep_writing, name="api-usage", daemon=True)
    _writer.start()
    Finalize(None, flush, exitpriority=1)  # servers' workers end without atexit, and heed this


def _keep_writing() -> None:
    while True:
        time.sleep(settings.API_USAGE_SECONDS)
        flush()
        connection.close()
