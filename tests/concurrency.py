"""Doing several things at once, each on a database connection of its own."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

from django.db import connection, connections

from mdm.bulk import fetch


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call returns, or the exception that it raises; all begin at the same moment."""
    barrier = Barrier(len(calls))

    def begin(call: Callable[[], object]) -> object:
        barrier.wait()
        return call()

    with in_background(len(calls)) as start:
        started = [start(begin, call) for call in calls]
        return [each.exception() or each.result() for each in started]


@contextmanager
def in_background(most=32):
    """Starts functions in up to `most` threads, and waits for them at the end."""

    def run(function, *arguments):
        try:
            return function(*arguments)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=most) as pool:
        yield lambda function, *arguments: pool.submit(run, function, *arguments)


def wait_until_blocked(started: "Future[object]") -> None:
    """Returns when the background call waits for a lock that somebody else holds, or is done."""
    blocked = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND cardinality(pg_blocking_pids(pid)) > 0"
    )
    while fetch(blocked) == [(0,)] and not started.done():
        time.sleep(0.01)


@contextmanager
def held_lock(name: str):
    """The advisory lock that `mdm.work.exclusively` asks for, held by another connection."""
    other = connection.copy()
    key = "hashtextextended(%s, 0)"
    try:
        with other.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_lock({key})", [name])
            yield
    finally:
        other.close()
