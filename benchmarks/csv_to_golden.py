"""CSV to golden: wall time per stage and peak memory, beside what COPY needs for the same tables.

    python -m benchmarks.csv_to_golden 100000 1000000

For each size a hub of its own is started (embedded PostgreSQL and Valkey, two workers, as the
demo does), a CRM and an ERP feed of generated contacts are written, received, read, applied,
matched and made golden records. Then every table that was filled is copied out, and copied back
into an empty table with the same indexes and constraints; the ratio of the two times is the
figure that says how much the hub adds to the least that PostgreSQL needs.
"""

import json
import os
import threading
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.hub import configure_contacts, measured_in_a_hub_of_its_own, set_up, workers

SEED = 7
WORKERS = 2
_GLANCE_SECONDS = 0.5
_KIB = 1024
# The index for searches is made later, of records that are golden already.
_NOT_DERIVED = "starts_with(relname, 'matching_index_') IS FALSE"
Figures = dict[str, float]


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--inside", type=Path, help="(the benchmark calls itself)")
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(_measure(options.records[0], options.inside)))
        return
    results = [
        measured_in_a_hub_of_its_own("benchmarks.csv_to_golden", str(count))
        for count in options.records
    ]
    figures: Figures = {}
    for count, result in zip(options.records, results, strict=True):
        _show(count, result)
        figures |= {f"{name} at {count}": value for name, value in result.items()}
    if len(results) > 1:
        figures["growth"] = round(results[-1]["seconds"] / results[0]["seconds"], 2)
        print(f"growth of the time: {figures['growth']}")
    print(json.dumps(figures))


def _show(count: int, result: Figures) -> None:
    print(f"\n{count:,} source records, {result['golden records']:,.0f} golden records")
    for name, value in result.items():
        print(f"  {name:<44} {value:>12,.2f}")


def _measure(count: int, folder: Path) -> Figures:
    set_up()
    from mdm.feeds.generator.benchmark import write_benchmark

    files = write_benchmark("contact", count, SEED, folder)
    figures: Figures = {}
    with workers(folder, WORKERS), _watched() as peaks:
        figures |= _load(files)
        time.sleep(_GLANCE_SECONDS)
        figures |= {f"peak MiB of a {role}": kib / _KIB for role, kib in sorted(peaks.items())}
    figures |= _copy_back(folder)
    figures["ratio to COPY"] = figures["seconds"] / figures["seconds of COPY"]
    figures["bytes per source record"] = _bytes_in_use() / figures["source records"]
    return {name: round(value, 2) for name, value in figures.items()}


def _load(files: list[Path]) -> Figures:
    """Both feeds from the file to golden records; seconds per stage and in all."""
    from django.utils import timezone

    from mdm.cause import Cause
    from mdm.feeds import batches
    from mdm.management.progress import follow
    from mdm.models import Feed, GoldenRecord, SourceRecord

    def cause() -> Cause:
        return Cause(timezone.now(), "job:benchmark", "benchmark")

    configure_contacts()
    by_system = {"crm": "crm-contacts", "erp": "erp-contacts"}
    started = timezone.now()
    received = [
        batches.receive(
            Feed.objects.get(code=by_system[path.stem.partition("_")[2]]),
            path.name,
            _parts(path),
            cause=cause(),
        )
        for path in files
        if not path.stem.endswith("truth")
    ]
    follow([batch.pk for batch in received], help_out=False)
    stages = _stages(started)
    return {
        "seconds": sum(spent for stage, spent in stages.items() if "run" not in stage),
        **stages,
        "source records": SourceRecord.objects.count(),
        "golden records": GoldenRecord.objects.standing().count(),
    }


def _parts(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            yield part


def _stages(started: Any) -> Figures:
    """Until when the last piece of work of each kind was done, and what the match run says."""
    from matching.models import MatchRun
    from mdm.models import Event, Work

    done = Work.objects.filter(state="done")
    changed = Event.objects.filter(type="source_records.changed").values_list("pk", flat=True)
    golden_at = _last(done.filter(kind="apply match"))
    matches = done.filter(kind="match", subject__in=map(str, changed), finished_at__lt=golden_at)
    ends = {
        "received and read": _last(done.filter(kind="read feed")),
        "applied": _last(done.filter(kind="apply chunk")),
        "matched": _last(matches),
        "golden": golden_at,
    }
    figures: Figures = {}
    before = started
    for stage, end in ends.items():
        figures[f"  {stage}"] = (end - before).total_seconds()
        before = end
    for run in MatchRun.objects.order_by("pk"):
        for stage, seconds in run.report["seconds"].items():
            name = f"    match run {run.pk}, {stage}"
            figures[name] = seconds
    return figures


def _last(works: Any) -> Any:
    from django.db.models import Max

    return works.aggregate(last=Max("finished_at"))["last"]


@contextmanager
def _watched() -> Iterator[dict[str, int]]:
    """The largest resident size of the hub's processes within the block, per role, in KiB."""
    peaks: dict[str, int] = {}
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_GLANCE_SECONDS):
            _note_peaks(peaks)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        over.set()
        watcher.join()


def _note_peaks(peaks: dict[str, int]) -> None:
    """The resident high-water mark of every process of this hub, by what it is."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(
                line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line
            )
            command = (status.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (OSError, ValueError):
            continue
        role = _role(lines["Name"], command, status.parent)
        if role and "VmHWM" in lines:
            peaks[role] = max(peaks.get(role, 0), int(lines["VmHWM"].split()[0]))


def _role(name: str, command: str, process: Path) -> str:
    """What a process of this hub is, "" for others: workers say so in their environment."""
    folder = os.environ["TOUCHSTONE_STATE"]
    if "celery" in command:
        environment = _read(process / "environ")
        ours = f"TOUCHSTONE_STATE={folder}" in environment
        return ("worker" if " worker " in command else "beat") if ours else ""
    if name == "postgres":
        return "PostgreSQL process" if _parent_command(process).count(folder) else ""
    return "Valkey" if folder in command else ""


def _parent_command(process: Path) -> str:
    """The command of the server that a backend was forked from, or its own."""
    parent = _read(process / "stat").rpartition(")")[2].split()[1:2]
    return _read(process / "cmdline") + (_read(Path("/proc", *parent, "cmdline")) if parent else "")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _copy_back(folder: Path) -> Figures:
    """Seconds that COPY needs to fill empty tables like the hub's, with their indexes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > 0"
            f" AND relnamespace = 'public'::regnamespace AND {_NOT_DERIVED} ORDER BY relname"
        )
        tables = [row[0] for row in cursor.fetchall()]
        cursor.execute("CREATE SCHEMA limits")
        seconds = 0.0
        for table in tables:
            path = folder / f"{table}.copy"
            _copy(f'COPY "{table}" TO STDOUT', path, out=True)
            cursor.execute(f'CREATE TABLE limits."{table}" (LIKE "{table}" INCLUDING ALL)')
            started = time.perf_counter()
            _copy(f'COPY limits."{table}" FROM STDIN', path, out=False)
            seconds += time.perf_counter() - started
            cursor.execute(f'DROP TABLE limits."{table}"')
            path.unlink()
    return {"seconds of COPY": seconds}


def _copy(statement: str, path: Path, *, out: bool) -> None:
    from django.db import connection

    with (
        path.open("wb" if out else "rb") as file,
        connection.cursor() as cursor,
        cursor.cursor.copy(statement) as copy,
    ):
        if out:
            for part in copy:
                file.write(part)
        else:
            while part := file.read(1 << 20):
                copy.write(part)


def _bytes_in_use() -> int:
    """Of all tables and indexes, once autovacuum has been by, which here is done by hand."""
    from mdm.bulk import execute, fetch

    execute("VACUUM")
    rows = fetch(
        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
        f" WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND {_NOT_DERIVED}",
        [],
    )
    return int(rows[0][0])


if __name__ == "__main__":
    main()
