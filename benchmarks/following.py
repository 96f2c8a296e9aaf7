"""What following costs: events a second to one consumer and to ten, and what writers lose by it.

    python -m benchmarks.following 50000

A hub of its own (embedded PostgreSQL) gets about so many events. Writing is measured with and
without the trigger that notes events for the sequencer, in turns: events alone, and golden records
with all that belongs to them. Consumers are processes that read the whole feed, page by page, each
through a request to the hub's own application, without a network in between. The last line is one
JSON object.
"""

import json
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from uuid import uuid4

from benchmarks.hub import measured_in_a_hub_of_its_own, set_up, tell

ROUNDS = 3
PAGE = 1_000
CONSUMERS = 10
NOW = datetime(2026, 6, 1, tzinfo=UTC)

Figures = dict[str, float]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="?", default=50_000)
    parser.add_argument("--inside", type=Path, help="(the benchmark calls itself)")
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_measure(options.events)))
        return
    figures = measured_in_a_hub_of_its_own("benchmarks.following", str(options.events))
    tell(figures)


def _measure(events: int) -> Figures:
    set_up()
    from mdm.following.positions import place_events

    count = events // (3 * ROUNDS)  # written twice a round, and half as many golden records
    figures: Figures = {}
    figures |= _compared("events", count, _events_alone(count))
    figures |= _compared("golden records", count // 2, _golden_records(count // 2))
    figures["events"] = waiting = _number("SELECT count(*) FROM mdm_unplacedevent")
    figures["events placed a second"] = waiting / _seconds(place_events)
    figures |= _consumed(1) | _consumed(CONSUMERS)
    return {name: round(value, 3) for name, value in figures.items()}


def _compared(what: str, count: int, write: Callable[[], object]) -> Figures:
    """How fast something is written with the trigger and without, and the ratio of the two."""
    from mdm.bulk import execute

    taken: dict[str, list[float]] = {"DISABLE": [], "ENABLE": []}
    for _ in range(ROUNDS):
        for switch, seconds in taken.items():
            execute(f"ALTER TABLE mdm_event {switch} TRIGGER events_await_a_position")
            seconds.append(_seconds(write))
    without, with_it = (statistics.median(seconds) for seconds in taken.values())
    return {
        f"{what} written a second, nobody following": count / without,
        f"{what} written a second": count / with_it,
        f"time to write {what}, ratio": with_it / without,
    }


def _events_alone(count: int) -> Callable[[], object]:
    """Appends so many events that tell of no golden record."""
    from mdm.bulk import execute

    return lambda: execute(
        "INSERT INTO mdm_event (type, domain, content, at, by, correlation_id)"
        " SELECT 'ownership.changed', 'client', '{}', now(), 'benchmark', 'benchmark'"
        " FROM generate_series(1, %s)",
        [count],
    )


def _golden_records(count: int) -> Callable[[], object]:
    """Makes golden records of source records, which are there before the time is taken."""
    from mdm import golden, sources
    from mdm.cause import Cause
    from mdm.golden import Link
    from mdm.models import Feed, FeedBatch, FeedMapping, SourceRecord, SourceSystem
    from mdm.sources import Arrival

    cause = Cause(NOW, "benchmark", "benchmark")
    system = SourceSystem.objects.create(
        code="CRM", name="CRM", kind="other", owner="Ann", created_at=NOW
    )
    feed = Feed.objects.create(code="crm", name="CRM", system=system, domain="client", owner="Ann")
    mapping = FeedMapping.objects.create(
        feed=feed, version=1, specification={}, created_at=NOW, created_by="benchmark"
    )
    batch = FeedBatch.objects.create(
        feed=feed, mapping=mapping, file_name="a.csv", correlation_id="benchmark",
        received_by="benchmark", received_at=NOW,
    )  # fmt: skip
    arrivals = [
        Arrival(f"K{number}", "{}", uuid4().bytes, {"legal_name": f"Client {number} Ltd"}, None)
        for number in range(2 * ROUNDS * count)
    ]
    for start in range(0, len(arrivals), 20_000):
        sources.upsert(feed, batch, arrivals[start : start + 20_000], cause=cause)
    ids = iter(list(SourceRecord.objects.order_by("pk").values_list("pk", flat=True)))

    def clusters() -> Iterator[list[Link]]:
        return ([Link(next(ids), "new")] for _ in range(count))

    return lambda: golden.create("client", list(clusters()), cause=cause)


def _consumed(consumers: int) -> Figures:
    """Events a second that each consumer gets, and all of them together."""
    from django.db import connections
    from django.utils import timezone

    from mdm.governance.keys import mint_key
    from mdm.models import ApiClient

    key, key_hash = mint_key()
    ApiClient.objects.create(
        name=f"{consumers} consumers", key_hash=key_hash, scopes=["*:read", "see:internal"],
        created_at=timezone.now(),
    )  # fmt: skip
    connections.close_all()
    with get_context("spawn").Pool(consumers) as pool:
        pool.map(_ready, range(consumers))
        started = time.perf_counter()
        read = pool.map(_follow, [key] * consumers, chunksize=1)
        seconds = time.perf_counter() - started
    return {
        f"events a second to each of {consumers}": read[0] / seconds,
        f"events a second to {consumers} together": sum(read) / seconds,
    }


def _ready(_number: int) -> None:
    set_up()
    time.sleep(0.2)  # so that each process takes one


def _follow(key: str) -> int:
    """How many events a consumer has read, from the first to the last."""
    set_up()
    from django.test import Client

    caller = Client(SERVER_NAME="localhost", headers={"authorization": f"Bearer {key}"})
    cursor, read, more = "0", 0, True
    while more:
        page = caller.get("/api/v1/changes", {"after": cursor, "limit": PAGE}).json()
        read, cursor, more = read + len(page["changes"]), page["next"], page["more"]
    return read


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _number(query: str) -> int:
    from mdm.bulk import fetch

    return int(fetch(query)[0][0])


if __name__ == "__main__":
    main()
