"""History at size: inserting events, reading timelines, asking about the past and the present.

    python -m benchmarks.history 1000000 10000000 50000000
    python -m benchmarks.history 50000000 --shapes

A hub of its own (embedded PostgreSQL) is filled by SQL with golden records, two source records
each, what they said before and links of which some were moved by a merge; then with events, until
there are as many as each argument says. At each size events are inserted and timelines are read, at
random places; at the last one identifiers are resolved now and as of a moment before the merges.

With --shapes, ways to index the events of a golden record are compared instead, on a table of
nothing else.
"""

import json
import random
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.hub import measured_in_a_hub_of_its_own, set_up, tell

SEED = 5
BATCH = 20_000
BATCHES = 7
READS = 1_000
LINKS = 1_000_000
_STEP = 7_919  # a prime: events come to golden records in an order that has nothing to do with ids
_AT_ONCE = 1_000_000
BEGUN = datetime(2025, 1, 1, tzinfo=UTC)
CHANGED, MERGED = BEGUN + timedelta(days=60), BEGUN + timedelta(days=120)
THEN = BEGUN + timedelta(days=90)
_BY_GOLDEN = "events_of_a_golden_record"

Figures = dict[str, float]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int, nargs="*", default=[1_000_000, 10_000_000, 50_000_000])
    parser.add_argument("--golden", type=int, default=1_000_000)
    parser.add_argument("--shapes", action="store_true")
    parser.add_argument("--inside", type=Path, help="(the benchmark calls itself)")
    options = parser.parse_args()
    sizes = sorted(options.events)
    if options.inside:
        measure = _shapes if options.shapes else _measure
        print(json.dumps(measure(sizes, options.golden)))
        return
    shapes = ["--shapes"] if options.shapes else []
    figures = measured_in_a_hub_of_its_own(
        "benchmarks.history", *map(str, sizes), f"--golden={options.golden}", *shapes
    )
    tell(figures)


def _measure(sizes: list[int], golden: int) -> Figures:
    set_up()
    random.seed(SEED)
    figures: Figures = {"golden records": golden}
    figures["seconds to fill all but events"] = _seconds(lambda: _fill(golden))
    done = 0
    for size in sizes:
        figures[f"seconds to fill to {size} events"] = _seconds(
            lambda done=done, size=size: _fill_events(done, size, golden)
        )
        done = size
        figures |= {f"{name}, at {size}": value for name, value in _at_size(golden).items()}
    figures |= _growth(figures, sizes)
    figures |= _questions() | _resolving(golden) | _past_golden(golden) | _exclusion()
    return {name: round(value, 3) for name, value in figures.items()}


_NUMBERED = """
    CREATE FUNCTION golden_number(i bigint) RETURNS uuid IMMUTABLE PARALLEL SAFE LANGUAGE sql
    RETURN (lpad(to_hex(1735689600000 + i), 12, '0') || '70008000'
            || substr(md5(i::text), 1, 12))::uuid
"""


def _fill(golden: int) -> None:
    from mdm.bulk import execute

    execute(_NUMBERED)
    _make_feed()
    for statement in _FILLING:
        execute(statement.format(golden=golden, begun=BEGUN, changed=CHANGED, merged=MERGED))
    execute("VACUUM ANALYZE")


def _make_feed() -> None:
    """Two systems, and the feed and batch that everything is said to come from, under the id 1."""
    from mdm.models import Feed, FeedBatch, FeedMapping, SourceSystem

    for id_, code in enumerate(("CRM", "ERP"), 1):
        SourceSystem.objects.create(
            pk=id_, code=code, name=code, kind="other", owner="benchmark", created_at=BEGUN
        )
    feed = Feed.objects.create(
        pk=1, code="clients", name="clients", system_id=1, domain="client", owner="benchmark"
    )
    mapping = FeedMapping.objects.create(
        feed=feed, version=1, specification={}, created_at=BEGUN, created_by="benchmark"
    )
    FeedBatch.objects.create(
        pk=1, feed=feed, mapping=mapping, file_name="clients.csv", state="applied",
        correlation_id="ts-benchmark", received_by="user:benchmark", received_at=BEGUN,
    )  # fmt: skip


_MERGED = "i % 5 = 4"
_SAYS = """jsonb_build_object('legal_name', 'Client ' || i, 'industry', 'Industry ' || i % 40,
    'phone', '+1202' || lpad(({step} * 1000003 + i)::text, 9, '0'), 'website',
    'client' || i || '.example')"""
_PROVENANCE = """jsonb_build_object((2 * i + 1)::text, '{{"legal_name": "owner", "phone": "owner"}}'
    ::jsonb, (2 * i + 2)::text, '{{"industry": "only", "website": "only"}}'::jsonb)"""
_FILLING = (
    """
    INSERT INTO mdm_sourcerecord
        (id, system_id, domain, source_key, attributes, version, home_feed_id, created_at,
         changed_at)
    SELECT i, 1 + i % 2, 'client', 'K' || i, '{{"legal_name": "Client"}}', 1, 1, '{begun}',
        '{begun}' FROM generate_series(1, 2 * {golden}) i
    """,
    """
    INSERT INTO mdm_sourcerecordversion
        (record_id, number, raw, content_hash, changed_values, batch_id, feed_id, received_at)
    SELECT i, 1, '{{"Name": "Client"}}', decode(md5(i::text), 'hex'), true, 1, 1, '{begun}'
    FROM generate_series(1, 2 * {golden}) i
    """,
    f"""
    INSERT INTO mdm_goldenrecord (id, domain, title, search_text, attributes, provenance, status,
        version, merged_into_id, created_at, changed_at)
    SELECT golden_number(i), 'client', 'Client ' || i, '', {_SAYS.format(step=3)}, {_PROVENANCE},
        CASE WHEN {_MERGED} THEN 'merged' ELSE 'active' END, 3,
        CASE WHEN {_MERGED} THEN golden_number(i - 1) END, '{{begun}}', '{{merged}}'
    FROM generate_series(0, {{golden}} - 1) i
    """,
    *(
        f"""
        INSERT INTO mdm_goldenrecordversion (golden_id, number, title, attributes, provenance,
            status, merged_into_id, since_at, until_at)
        SELECT golden_number(i), {number}, 'Client ' || i, {_SAYS.format(step=number)},
            {_PROVENANCE}, 'active', NULL, '{since}', '{until}'
        FROM generate_series(0, {{golden}} - 1) i
        """
        for number, since, until in ((1, "{begun}", "{changed}"), (2, "{changed}", "{merged}"))
    ),
    f"""
    INSERT INTO mdm_crosswalklink
        (record_id, golden_id, method, match_weight, rule_version, linked_at, unlinked_at)
    SELECT 2 * i + half, golden_number(i), 'match', 20 + i % 9, 'client-3', '{{begun}}',
        CASE WHEN {_MERGED} THEN '{{merged}}'::timestamptz END
    FROM generate_series(0, {{golden}} - 1) i, generate_series(1, 2) half
    """,
    f"""
    INSERT INTO mdm_crosswalklink
        (record_id, golden_id, method, match_weight, rule_version, via, linked_at)
    SELECT 2 * i + half, golden_number(i - 1), 'match', 25, 'client-3', ARRAY[golden_number(i)],
        '{{merged}}'
    FROM generate_series(0, {{golden}} - 1) i, generate_series(1, 2) half WHERE {_MERGED}
    """,
)  # fmt: skip

# One event in a hundred is a person's; the others are those of feeds and match runs.
_EVENTS = """
    INSERT INTO mdm_event (type, domain, golden_id, sequence, content, at, by, correlation_id,
        request_id, reason, rule_version)
    SELECT CASE WHEN k < {golden} THEN 'golden.created' ELSE 'golden.changed' END, 'client',
        golden_number(k * {step} % {golden}), k / {golden} + 1,
        '{{"attributes": ["phone"], "linked": [], "unlinked": []}}',
        '{begun}'::timestamptz + k * interval '0.6 seconds',
        CASE WHEN k % 100 = 0 THEN 'user:person' || k / 100 % 50 ELSE 'job:apply match' END,
        'ts-' || substr(md5((k / 20000)::text), 1, 16),
        CASE WHEN k % 100 = 0 THEN 'req-' || k / 300 ELSE '' END,
        CASE WHEN k % 100 = 0 THEN 'asked by the client' ELSE '' END, 'client-3'
    FROM generate_series({done}::bigint, {size}::bigint - 1) k
"""


def _fill_events(done: int, size: int, golden: int) -> None:
    """Without the index by golden id, which is then built anew: its random places fill slowly."""
    from mdm.bulk import execute, fetch

    [(definition,)] = fetch("SELECT pg_get_indexdef(to_regclass(%s))", [_BY_GOLDEN])
    execute(f"DROP INDEX {_BY_GOLDEN}")
    for start in range(done, size, _AT_ONCE):
        execute(
            _EVENTS.format(
                golden=golden, step=_STEP, begun=BEGUN, done=start,
                size=min(start + _AT_ONCE, size),
            )
        )  # fmt: skip
    execute(definition)
    execute("VACUUM ANALYZE mdm_event")


def _at_size(golden: int) -> Figures:
    from mdm import timeline
    from mdm.bulk import fetch

    ids = _golden_ids(golden, READS)
    ids += [each for each in _golden_ids(golden, READS) if each not in ids]
    figures = {
        "events inserted a second by COPY": BATCH / _typical(_insert(golden, "copied")),
        "events inserted a second by SQL": BATCH / _typical(_insert(golden, "selected")),
    }
    figures |= _percentiles(
        "timeline", [_ms(lambda each=each: timeline.read(each)) for each in ids]
    )
    for name in (
        "mdm_event",
        _BY_GOLDEN,
        "events_by_time",
        "events_by_people",
        "events_of_one_request",
    ):
        [(size,)] = fetch("SELECT pg_total_relation_size(to_regclass(%s))", [name])
        figures[f"MiB of {name}"] = size / (1 << 20)
    return figures


_SEQUENCES = iter(range(1_000_000, 2_000_000))


def _insert(golden: int, how: str) -> Iterator[float]:
    """Seconds of each batch, with its commit; every event is of another golden record."""
    from mdm.bulk import execute
    from mdm.cause import Cause
    from mdm.events import Change, record_changes

    cause = Cause(datetime.now(UTC), "job:benchmark", "ts-benchmark", rule_version="client-3")
    content = {"attributes": ["phone"], "linked": [], "unlinked": []}
    for _ in range(BATCHES):
        sequence = next(_SEQUENCES)
        if how == "copied":
            changes = [
                Change("golden.changed", "client", id_, sequence, content)
                for id_ in _golden_ids(golden, BATCH)
            ]
            yield _seconds(lambda changes=changes: record_changes(changes, cause=cause))
        else:
            start = random.randrange(golden)  # noqa: S311
            statement = f"""
                INSERT INTO mdm_event (type, domain, golden_id, sequence, content, at, by,
                    correlation_id) SELECT 'golden.changed', 'client',
                    golden_number(({start} + k * {_STEP}) % {golden}), {sequence},
                    '{json.dumps(content)}', now(), 'job:benchmark', 'ts-benchmark'
                FROM generate_series(1::bigint, {min(BATCH, golden)}) k"""
            yield _seconds(lambda statement=statement: execute(statement))


def _growth(figures: Figures, sizes: list[int]) -> Figures:
    """What the largest size costs beside the smallest."""
    first, last = sizes[0], sizes[-1]
    names = (
        "events inserted a second by COPY",
        "events inserted a second by SQL",
        "timeline, ms, p50",
    )
    return {
        f"{name}, {last} beside {first}": figures[f"{name}, at {last}"]
        / figures[f"{name}, at {first}"]
        for name in names
    }


def _questions() -> Figures:
    """Who changed what: in a request, by a person, since a moment."""
    from mdm.models import Event

    [(newest,)] = Event.objects.filter(by="job:apply match").order_by("-pk").values_list("at")[:1]
    events = Event.objects.all()
    asked = {
        "of a request": events.of_request("req-1000"),
        "newest 50 of a person": events.of_person("person7").order_by("-pk")[:50],
        "since a moment 1,000 events ago": events.since(newest - timedelta(seconds=600)).filter(
            at__lte=newest
        ),
    }
    return {
        f"events {name}, ms, p50": statistics.median(
            _ms(lambda q=q: list(q.all())) for _ in range(9)
        )
        for name, q in asked.items()
    }


def _resolving(golden: int) -> Figures:
    """Alternately now and then, so that both meet the same weather."""
    from mdm import crosswalk
    from mdm.crosswalk import Asked

    numbers = random.sample(range(1, 2 * golden + 1), min(READS, 2 * golden))
    now, then = [], []
    for number in numbers:
        asked = ("ERP" if number % 2 else "CRM", "client", f"K{number}")
        crosswalk.resolve(*asked)  # both then find their pages in memory
        crosswalk.resolve(*asked, THEN)
        now.append(_ms(lambda asked=asked: crosswalk.resolve(*asked)))
        then.append(_ms(lambda asked=asked: crosswalk.resolve(*asked, THEN)))
    many = random.sample(range(1, 2 * golden + 1), min(crosswalk.MOST, 2 * golden))
    bulk = {
        moment: [Asked("ERP" if n % 2 else "CRM", "client", f"K{n}", moment) for n in many]
        for moment in (None, THEN)
    }
    bulk_now, bulk_then = (
        statistics.median(_ms(lambda asked=asked: crosswalk.resolve_many(asked)) for _ in range(5))
        for asked in bulk.values()
    )
    return {
        **_percentiles("resolve now", now),
        **_percentiles("resolve as of", then),
        "resolve as of, beside now, medians": statistics.median(then) / statistics.median(now),
        "resolve of 10,000 now, ms": bulk_now,
        "resolve of 10,000 as of, ms": bulk_then,
        "resolve of 10,000 as of, beside now": bulk_then / bulk_now,
    }


def _past_golden(golden: int) -> Figures:
    from mdm import history

    now, then = [], []
    for id_ in _golden_ids(golden, READS):
        history.as_of(id_, THEN)
        now.append(_ms(lambda id_=id_: history.as_of(id_, datetime.now(UTC))))
        then.append(_ms(lambda id_=id_: history.as_of(id_, THEN)))
    return {
        **_percentiles("golden record as of now", now),
        **_percentiles("golden record as of then", then),
        "golden record then, beside now, medians": statistics.median(then) / statistics.median(now),
    }


def _exclusion() -> Figures:
    """What it would cost to let the database refuse links of one record that overlap."""
    from mdm.bulk import execute

    columns = (
        "record_id, golden_id, method, match_weight, rule_version, via, linked_at, unlinked_at"
    )
    seconds = []
    for constraint in (
        "",
        "ALTER TABLE links ADD EXCLUDE USING gist"
        " (record_id WITH =, tstzrange(linked_at, unlinked_at) WITH &&)",
    ):
        execute("CREATE TABLE links (LIKE mdm_crosswalklink INCLUDING ALL)")
        if constraint:
            execute(constraint)
        insert = (
            f"INSERT INTO links ({columns}) SELECT {columns} FROM mdm_crosswalklink LIMIT {LINKS}"
        )
        seconds.append(_seconds(lambda insert=insert: execute(insert)))
        execute("DROP TABLE links")
    return {
        "seconds to insert a million links": seconds[0],
        "times that, with an exclusion constraint": seconds[1] / seconds[0],
    }


_SHAPES = {
    "unique (golden_id, sequence)": "CREATE UNIQUE INDEX shape ON narrow (golden_id, sequence)",
    "(golden_id)": "CREATE INDEX shape ON narrow (golden_id)",
    "unique, of the newest fifth alone": "CREATE UNIQUE INDEX shape ON narrow"
    " (golden_id, sequence) WHERE sequence > {fifth}",
}


def _shapes(sizes: list[int], golden: int) -> Figures:
    """Batches inserted at random golden records, right after the index was built."""
    from mdm.bulk import execute, fetch

    set_up()
    figures: Figures = {}
    rounds = max(sizes[-1] // golden, 5)
    execute(_NUMBERED)
    execute(
        "CREATE TABLE ids AS SELECT golden_number(i) AS id"
        f" FROM generate_series(0::bigint, {golden} - 1) i"
    )
    execute("CREATE TABLE narrow (golden_id uuid, sequence int)")
    execute(f"INSERT INTO narrow SELECT id, n FROM generate_series(1, {rounds}) n, ids")
    sequences = iter(range(1_000_000, 2_000_000))
    for name, definition in _SHAPES.items():
        execute(definition.format(fifth=rounds * 4 // 5))
        seconds, written = [], []
        for _ in range(BATCHES):
            execute(f"CREATE TABLE batch AS SELECT id FROM ids ORDER BY random() LIMIT {BATCH}")
            insert = f"INSERT INTO narrow SELECT id, {next(sequences)} FROM batch"
            [(before,)] = fetch("SELECT pg_current_wal_insert_lsn()")
            seconds.append(_seconds(lambda insert=insert: execute(insert)))
            [(wal,)] = fetch("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)", [before])
            written.append(float(wal) / (1 << 20))
            execute("DROP TABLE batch")
        [(size,)] = fetch("SELECT pg_relation_size('shape')")
        figures |= {
            f"events inserted a second, {name}": BATCH / statistics.median(seconds),
            f"MiB of log a batch, {name}": statistics.median(written),
            f"MiB of index, {name}": size / (1 << 20),
        }
        execute("DROP INDEX shape")
    return {name: round(value, 3) for name, value in figures.items()}


def _golden_ids(golden: int, count: int) -> list[UUID]:
    from mdm.bulk import fetch

    numbers = random.sample(range(golden), min(count, golden))
    return [row[0] for row in fetch("SELECT golden_number(unnest(%s::bigint[]))", [numbers])]


def _seconds(step: Callable[[], Any]) -> float:
    started = time.perf_counter()
    step()
    return time.perf_counter() - started


def _ms(step: Callable[[], Any]) -> float:
    return _seconds(step) * 1000


def _typical(seconds: Iterable[float]) -> float:
    return statistics.median(seconds)


def _percentiles(name: str, times: list[float]) -> Figures:
    by_hundredths = statistics.quantiles(times, n=100)
    return {f"{name}, ms, p50": by_hundredths[49], f"{name}, ms, p95": by_hundredths[94]}


if __name__ == "__main__":
    main()
