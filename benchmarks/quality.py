"""Scoring the quality of a domain, beside one sequential scan of the same source records.

    python -m benchmarks.quality 1000000

Generated clients of two systems are stored in a hub of its own (embedded PostgreSQL) with a golden
record for each real client. They are scored through the hub's own work, rounds alternating with
scans by one process that read the attributes of each record; medians count, the first round warms
up. The pages of what fails are asked for, too. The last line is one JSON object.
"""

import json
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from benchmarks.hub import measured_in_a_hub_of_its_own, set_up, tell
from benchmarks.search import stored_attributes
from mdm.feeds.generator import generate

SEED = 11
ROUNDS = 3
_GOLDEN = """
    INSERT INTO mdm_goldenrecord (id, domain, title, search_text, attributes, provenance, status,
        version, created_at, changed_at)
    SELECT DISTINCT ON (e.entity) md5('golden ' || e.entity)::uuid, 'client', 'Client', '',
        r.attributes, '{}', 'active', 1, now(), now()
    FROM entity_of e JOIN mdm_sourcerecord r ON r.id = e.record_id ORDER BY e.entity, e.record_id
"""
_LINKS = """
    INSERT INTO mdm_crosswalklink (record_id, golden_id, method, rule_version, linked_at)
    SELECT record_id, md5('golden ' || entity)::uuid, 'match', '', now() FROM entity_of
"""
_SCANS = {
    "one sequential scan": "SELECT count(*) FROM mdm_sourcerecord WHERE domain = 'client'",
    "one sequential scan that reads attributes": (
        "SELECT count(attributes ->> 'legal_name') FROM mdm_sourcerecord WHERE domain = 'client'"
    ),
}

Figures = dict[str, float]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--inside", type=Path, help="(the benchmark calls itself)")
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_measure(options.records)))
        return
    figures = measured_in_a_hub_of_its_own("benchmarks.quality", str(options.records))
    tell(figures)


def _measure(records: int) -> Figures:
    set_up()
    from mdm.models import QualityRun
    from mdm.quality import scoring

    _store(records)
    sides: dict[str, list[float]] = {}
    for _ in range(ROUNDS + 1):
        for name, statement in _SCANS.items():
            sides.setdefault(name, []).append(_seconds(lambda s=statement: _scan(s)))
        sides.setdefault("scoring", []).append(_seconds(_score))
    figures: Figures = {
        "records": records,
        "rules": len(scoring.rules_of(scoring.entity_type("client"))),
    }
    figures |= {f"{name}, s": statistics.median(times[1:]) for name, times in sides.items()}
    for name in _SCANS:
        figures[f"scoring beside {name}"] = figures["scoring, s"] / figures[f"{name}, s"]
    figures["records scored a second"] = records / figures["scoring, s"]
    figures |= _pages(QualityRun.objects.latest("pk").pk)
    return {name: round(value, 3) for name, value in figures.items()}


def _scan(statement: str) -> None:
    """By one process: what a scan costs must not hang on how many workers join in."""
    from django.db import transaction

    from mdm.bulk import execute, fetch

    with transaction.atomic():
        execute("SET LOCAL max_parallel_workers_per_gather = 0")
        fetch(statement)


def _score() -> None:
    from django.utils import timezone

    from mdm import work
    from mdm.cause import Cause
    from mdm.quality import scoring

    scoring.ask(["client"], cause=Cause(timezone.now(), "user:benchmark", "ts-benchmark"))
    work.drain()


def _pages(run_id: int) -> Figures:
    """The slowest and the middle of the first pages of all figures with failures."""
    from mdm.domains import entity_type
    from mdm.models import QualityRun
    from mdm.quality.failing import Failing
    from mdm.quality.rules import rules_of

    run = QualityRun.objects.get(pk=run_id)
    rules = rules_of(entity_type("client"))
    times = {
        score.rule: _seconds(
            lambda score=score: Failing(
                "client", rules[score.rule], score.system_id, run.scored_at
            ).ids("", 51)
        )
        for score in run.scores.filter(failed__gt=0)
    }
    return {
        "figures with failures": len(times),
        "first page of what fails, ms, median": 1_000 * statistics.median(times.values()),
        "first page of what fails, ms, slowest": 1_000 * max(times.values()),
    }


def _seconds(deed: Callable[[], object]) -> float:
    started = time.perf_counter()
    deed()
    return time.perf_counter() - started


def _store(count: int) -> None:
    import orjson
    from django.utils import timezone

    from mdm.bulk import copy_in, copy_into, execute
    from mdm.models import Feed, SourceRecord, SourceSystem

    now = timezone.now()
    at = now.isoformat()
    execute("CREATE TEMP TABLE entity_of (record_id bigint, entity bigint)")
    number = 0
    feeds: dict[str, Feed] = {}
    for chunk in generate("client", count, SEED):
        if chunk.system not in feeds:
            system = SourceSystem.objects.create(
                code=chunk.system.upper(), name=chunk.system, kind=chunk.system, owner="benchmark",
                created_at=now,
            )  # fmt: skip
            feeds[chunk.system] = Feed.objects.create(
                code=f"{chunk.system}-clients", name="clients", system=system, domain="client",
                owner="benchmark",
            )  # fmt: skip
        feed = feeds[chunk.system]
        known = list(stored_attributes(chunk.system, chunk.columns))
        ids = range(number + 1, number + len(known) + 1)
        copy_in(
            SourceRecord,
            ("id", "system_id", "domain", "source_key", "attributes", "version", "home_feed_id",
             "created_at", "changed_at"),
            (
                (id_, feed.system_id, "client", str(id_), orjson.dumps(each).decode(), 1, feed.pk,
                 at, at)
                for id_, each in zip(ids, known, strict=True)
            ),
        )  # fmt: skip
        copy_into("entity_of", ("record_id", "entity"), zip(ids, chunk.entities, strict=True))
        number += len(known)
    execute("ANALYZE entity_of")
    for statement in (_GOLDEN, _LINKS):
        execute(statement)
    for table in ("mdm_sourcerecord", "mdm_goldenrecord", "mdm_crosswalklink"):
        execute(f"VACUUM ANALYZE {table}")


if __name__ == "__main__":
    main()
