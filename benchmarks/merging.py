"""Merging and taking out among many golden records, and rebuilding all of them.

    python -m benchmarks.merging 1000000

A hub of its own holds so many golden records of clients, every third of two source records. Pairs
are merged and taken out again by the verbs that stewards use: the preview, and the commit with its
decision, each with its number of SQL statements. Then every source record changes, and all golden
records are rebuilt in chunks, beside a plain UPDATE of the same rows in chunks of the same size:
both write one new version of each row, with the same indexes. Last, nothing has changed.
"""

import json
import random
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.hub import measured_in_a_hub_of_its_own, set_up, tell

PAIRS = 100
CHUNK = 20_000
SEED = 11
Figures = dict[str, float]

_FILL = """
INSERT INTO mdm_sourcerecord (id, system_id, domain, source_key, attributes, version,
    home_feed_id, created_at, changed_at)
SELECT n * 2 + s.place, s.system_id, 'client', 'K' || n, jsonb_build_object(
        'legal_name', 'Firm ' || md5(n::text), 'phone', '+4420' || (70000000 + n),
        'industry', 'Industry ' || (n %% 500), 'website', 'https://firm-' || n || '.example'),
    1, s.feed_id, now(), now()
FROM generate_series(1, %(count)s) n
CROSS JOIN LATERAL (SELECT * FROM (VALUES (0, %(crm)s, %(crm_feed)s), (1, %(erp)s, %(erp_feed)s))
    AS each(place, system_id, feed_id) WHERE place = 0 OR n %% 3 = 0) s;
INSERT INTO mdm_goldenrecord (id, domain, title, search_text, attributes, provenance, status,
    version, created_at, changed_at)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'client',
    'Firm ' || md5(n::text), 'firm ' || md5(n::text), r.attributes,
    jsonb_build_object(r.id::text, '*'), 'active', 1, now(), now()
FROM generate_series(1, %(count)s) n JOIN mdm_sourcerecord r ON r.id = n * 2;
INSERT INTO mdm_crosswalklink (record_id, golden_id, method, rule_version, linked_at)
SELECT id, ('01900000-0000-7000-8000-' || lpad(to_hex(id / 2), 12, '0'))::uuid, 'match', '', now()
FROM mdm_sourcerecord;
INSERT INTO mdm_event (type, domain, golden_id, sequence, content, at, by, correlation_id)
SELECT 'golden.created', 'client', id, 1, '{}', now(), 'job:benchmark', 'benchmark'
FROM mdm_goldenrecord;
"""


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000, help="golden records")
    parser.add_argument("--inside", type=Path, help="(the benchmark calls itself)")
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_measure(options.records)))
        return
    figures = measured_in_a_hub_of_its_own("benchmarks.merging", str(options.records))
    tell(figures, digits=2)


def _measure(count: int) -> Figures:
    set_up()
    started = time.perf_counter()
    _fill(count)
    figures: Figures = {"golden records": count, "seconds to fill": time.perf_counter() - started}
    figures |= _merging(count)
    figures |= _rebuilding(count)
    return {name: round(value, 2) for name, value in figures.items()}


def _fill(count: int) -> None:
    from django.db import connection

    from mdm import configuration
    from mdm.bulk import execute
    from mdm.models import Feed

    configuration.apply(_HUB, cause=_cause())
    crm, erp = Feed.objects.get(code="crm"), Feed.objects.get(code="erp")
    parameters = {
        "count": count,
        "crm": crm.system_id,
        "crm_feed": crm.pk,
        "erp": erp.system_id,
        "erp_feed": erp.pk,
    }
    with connection.cursor() as cursor:
        for statement in _FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, parameters)
    execute("VACUUM ANALYZE")
    _rebuild_all(count, 3)  # those of two source records become what these make of them
    execute("VACUUM ANALYZE")


_HUB: dict[str, Any] = {
    "systems": [
        {"code": "CRM", "name": "CRM", "kind": "crm", "owner": "Ann"},
        {"code": "ERP", "name": "ERP", "kind": "erp", "owner": "Ann"},
    ],
    "ownership": [
        {"domain": "client", "systems": ["ERP", "CRM"], "accountable": "Ann"}
    ],
    "feeds": [
        {
            "code": code.lower(), "name": code, "system": code, "domain": "client", "owner": "Ann",
            "mode": "delta",
            "mapping": {"key": "Id", "attributes": [{"attribute": "legal_name", "column": "Name"}]},
        }
        for code in ("CRM", "ERP")
    ],
}  # fmt: skip


def _merging(count: int) -> Figures:
    from mdm import golden
    from stewardship import review

    chance = random.Random(SEED)  # noqa: S311
    seconds: dict[str, list[float]] = {}
    statements: dict[str, int] = {}

    def timed(name: str, verb: Callable[[], Any]) -> Any:
        with _counted() as counted:
            begun = time.perf_counter()
            done = verb()
            seconds.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
        statements[name] = max(statements.get(name, 0), counted[0])
        return done

    for _ in range(PAIRS):
        ids = [_id(number) for number in chance.sample(range(1, count + 1), 2)]
        token = timed(
            "preview of a merge",
            lambda ids=ids: review.preview_merge("client", ids, cause=_cause()),
        ).token
        timed(
            "merge",
            lambda ids=ids, token=token: review.merge("client", ids, token, cause=_cause()),
        )
        (survivor, members) = next(iter(golden.members_of(ids).items()))
        leaving = [[each.record_id for each in members if each.via]]
        token = timed(
            "preview of taking out",
            lambda id_=survivor, leaving=leaving: review.preview_separation(
                "client", id_, leaving, cause=_cause()
            ),
        ).token
        timed(
            "take out",
            lambda id_=survivor, leaving=leaving, token=token: review.separate(
                "client", id_, leaving, token, cause=_cause()
            ),
        )
    figures: Figures = {}
    for name, each in seconds.items():
        figures[f"{name}: p50 ms"] = median(each)
        figures[f"{name}: p95 ms"] = quantiles(each, n=20)[-1]
        figures[f"{name}: SQL statements at most"] = statements[name]
    return figures


def _rebuilding(count: int) -> Figures:
    from mdm.bulk import execute

    execute('UPDATE mdm_sourcerecord SET attributes = attributes || \'{"industry": "Changed"}\'')
    execute("VACUUM ANALYZE")
    rebuilt = _seconds(lambda: _rebuild_all(count))
    execute("VACUUM ANALYZE")
    plain = _seconds(lambda: _update_all(count))
    execute("VACUUM ANALYZE")
    idle = _seconds(lambda: _rebuild_all(count))
    return {
        "rebuilding all that changed: golden records a second": count / rebuilt,
        "plain UPDATE: golden records a second": count / plain,
        "rebuilding beside a plain UPDATE": rebuilt / plain,
        "rebuilding where nothing changed: a second": count / idle,
    }


def _rebuild_all(count: int, every: int = 1) -> None:
    from mdm import golden

    for first in range(every, count + 1, CHUNK * every):
        ids = [_id(number) for number in range(first, min(first + CHUNK * every, count + 1), every)]
        golden.rebuild("client", ids, cause=_cause())


def _update_all(count: int) -> None:
    from mdm.bulk import execute

    for first in range(1, count + 1, CHUNK):
        ids = [_id(number) for number in range(first, min(first + CHUNK, count + 1))]
        execute(
            "UPDATE mdm_goldenrecord SET title = title, search_text = search_text,"
            " attributes = attributes, provenance = provenance, version = version, changed_at = %s"
            " WHERE id = ANY(%s)",
            [_cause().at, ids],
        )


def _id(number: int) -> Any:
    from uuid import UUID

    return UUID(f"01900000-0000-7000-8000-{number:012x}")


def _cause() -> Any:
    from django.utils import timezone

    from mdm.cause import Cause

    return Cause(timezone.now(), "user:benchmark", "benchmark")


def _seconds(verb: Callable[[], None]) -> float:
    begun = time.perf_counter()
    verb()
    return time.perf_counter() - begun


@contextmanager
def _counted() -> Iterator[list[int]]:
    """Counts the statements sent meanwhile, savepoints left out; a COPY is not among them."""
    from django.db import connection

    count = [0]

    def wrapper(execute: Any, sql: Any, *rest: Any) -> Any:
        count[0] += not str(sql).startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))
        return execute(sql, *rest)

    with connection.execute_wrapper(wrapper):
        yield count


if __name__ == "__main__":
    main()
