"""Shards: a run compared by 1, 2 and 4 Celery processes, the pairs identical, beside one process.

    python -m benchmarks.shards --records 1000000 --repeats 3

A hub of its own is started (embedded PostgreSQL and Valkey). The row matrix of generated clients,
with a blocking rule that brings some 70 million of a million records' pairs together, is published
through PostgreSQL once for each repeat. The sharded stage lasts from the first ring until the last
range is compared, each worker's start with the matrix included; the peer is one process that does
the same without shards, in memory.
"""

import json
import statistics
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.generated import generated
from benchmarks.hub import measured_in_a_hub_of_its_own, set_up, workers
from benchmarks.peers.plain_models import BAD_RULE, MODELS, as_stored

PROCESSES = (1, 2, 4)
_GLANCE_SECONDS = 0.02


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--inside", type=Path, help="(the benchmark calls itself)")
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_measure(options.records, options.repeats, options.inside)))
        return
    figures = measured_in_a_hub_of_its_own(
        "benchmarks.shards", f"--records={options.records}", f"--repeats={options.repeats}"
    )
    for name, value in figures.items():
        print(f"{name:<44} {value:>14,}")
    print(json.dumps(figures))


def _measure(records: int, repeats: int, folder: Path) -> dict[str, Any]:
    set_up()
    matrix = _matrix(records, folder)
    ranges = list(matrix.blocking.ranges(2_000_000))
    started = time.perf_counter()
    alone = matrix.comparing().all_scored()
    seconds_alone = time.perf_counter() - started
    publishing: list[float] = []
    stage: dict[int, list[float]] = {count: [] for count in PROCESSES}
    digests = {_digest(alone)}
    for _ in range(repeats):
        for count in PROCESSES:
            run, seconds = _published(matrix, ranges)
            publishing.append(seconds)
            with workers(folder, count):
                stage[count].append(_compared(run))
            digests.add(_digest(_result(run)))
    medians = {count: statistics.median(seconds) for count, seconds in stage.items()}
    return {
        "records": records,
        "candidate pairs": sum(each.pairs for each in ranges),
        "ranges": len(ranges),
        "pairs kept": len(alone),
        "different results": len(digests),
        "seconds alone": round(seconds_alone, 2),
        "seconds to publish": round(statistics.median(publishing), 2),
        **{f"seconds with {count} processes": round(medians[count], 2) for count in PROCESSES},
        "two processes to one": round(medians[2] / medians[1], 3),
    }


def _matrix(records: int, folder: Path) -> Any:
    from matching.engine.blocking import Blocking
    from matching.engine.frame import Frame
    from matching.engine.train import train
    from matching.frames import Records
    from matching.shards.matrix import Matrix

    model = as_stored(MODELS["clients"])
    model = replace(model, passes=(*model.passes, BAD_RULE), block_limit=10**9)
    table = pq.read_table(
        generated("clients", records, records // 10, 1, folder), columns=list(model.paths)
    )
    ids = np.arange(records)
    frame = Frame.of(model, {path: table[path] for path in model.paths}, ids)
    blocking = Blocking.of(frame, model)
    weights = train(frame, model, np.random.default_rng(1), blocking)
    unlinked = np.full(records, -1, np.int64)
    return Matrix(
        model=model,
        weights=weights,
        records=Records(frame, versions=np.ones(records, np.int64), golden=unlinked),
        blocking=blocking,
        changed=np.ones(records, np.bool_),
    )


def _published(matrix: Any, ranges: Sequence[Any]) -> tuple[Any, float]:
    """A run whose matrix is published, with work for all of its ranges, and the seconds it took."""
    from django.db import transaction
    from django.utils import timezone

    from matching.models import MatchRange, MatchRun
    from matching.shards import comparing
    from mdm.cause import Cause

    now = timezone.now()
    run = MatchRun(domain="client", review_at=0, merge_at=0, started_at=now)
    started = time.perf_counter()
    with transaction.atomic():
        run.save()
        comparing.start(run, matrix, ranges, cause=Cause(now, "job:benchmark", "benchmark"))
    seconds = time.perf_counter() - started
    # One more range, for which nobody is asked: without it the workers would go on to clusters.
    MatchRange.objects.create(run=run, number=0, blocking=0, begin=0, end=0, pairs=0)
    return run, seconds


def _compared(run: Any) -> float:
    """Seconds until all ranges are compared."""
    from matching.shards import comparing
    from mdm import work

    started = time.perf_counter()
    work.sweep()
    while True:
        done, all_ = comparing.progress(run)
        if done == all_ - 1:
            return time.perf_counter() - started
        time.sleep(_GLANCE_SECONDS)


def _result(run: Any) -> Any:
    from matching.shards import comparing

    run.ranges.filter(number=0).delete()
    _, pairs = comparing.result(run)
    comparing.clean_up(run)
    return pairs


def _digest(pairs: Any) -> str:
    """Equal for the same pairs with the same weights, to the last bit."""
    names = ("left", "right", "match_weight", "levels", "veto", "blocking")
    return sha256(b"".join(getattr(pairs, name).tobytes() for name in names)).hexdigest()


if __name__ == "__main__":
    main()
