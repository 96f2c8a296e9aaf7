"""Our engine beside Splink 5 on DuckDB: generated clients and contacts, standardised beforehand.

Each repeat runs Splink, then ours, each in a process of its own: the same file, the same
comparisons and levels, the same blocking rules, 2 cores each; weights both learn themselves.

    python -m benchmarks.beside_splink                    # a million clients, a million contacts
    python -m benchmarks.beside_splink --set clients --stress
    python -m benchmarks.beside_splink --set clients --growth 100000 1000000 3000000

With `--stress` a bad rule joins those of the model, which makes some 70 million pairs of a million
clients. Ours runs twice: as the hub would, where each record of an oversized block meets its
neighbours only, and without that limit.

With `--growth` ours runs alone on ever more records, whose names, streets and towns grow with them.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from math import log2
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

from benchmarks.generated import TRUTH, generated
from benchmarks.peers.measuring import Figures, Stopwatch, interleaved, measured, medians, ratios
from benchmarks.peers.ours import run_ours
from benchmarks.peers.plain_models import BAD_RULE, MODELS, TRAINING, as_stored
from benchmarks.peers.quality import at_best_threshold, at_threshold, largest, of_clusters
from benchmarks.peers.sides import Ints, Predicted
from benchmarks.peers.splink import run_splink, settings_of
from matching.engine.model import MatchModel
from matching.engine.splink_sql import identifier

SURE = log2(0.95 / 0.05)  # a probability of 0.95 in bits
SPLINK, OURS, UNLIMITED = "Splink", "ours", "ours without a limit"


def main() -> None:
    options = _options()
    if options.inside:
        print(json.dumps(_run(options.inside, options)))
        return
    with tempfile.TemporaryDirectory(prefix="touchstone-benchmark-") as temporary:
        options.folder = options.folder or Path(temporary)
        compare = growth if options.growth else beside
        names = [options.set] if options.set else sorted(MODELS)
        figures = [compare(name, options) for name in names]
    print(json.dumps(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--set", choices=sorted(MODELS), help="by default both")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--vocabulary", type=int, default=100_000, help="names of so many records")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=2, help="of the generated records")
    parser.add_argument("--folder", type=Path, help="keeps the generated files for the next time")
    parser.add_argument("--stress", action="store_true", help="with the bad rule (clients)")
    parser.add_argument("--growth", type=int, nargs="+", metavar="RECORDS", help="ours alone")
    parser.add_argument("--inside", choices=(SPLINK, OURS, UNLIMITED), help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def beside(name: str, options: argparse.Namespace) -> Figures:
    """All sides, so many times, on one set: medians, and ratios repeat by repeat."""
    file = generated(name, options.records, options.vocabulary, options.seed, options.folder)
    sides = (SPLINK, OURS, UNLIMITED) if options.stress else (SPLINK, OURS)
    stress = ("--stress",) if options.stress else ()
    runs = interleaved(
        {side: partial(_in_own_process, side, name, file, *stress) for side in sides},
        options.repeats,
    )
    figures = {
        "set": name,
        "records": options.records,
        "vocabulary": options.vocabulary,
        "seed": options.seed,
        "bad rule": options.stress,
        "repeats": options.repeats,
        **{side: medians(runs[side]) for side in sides},
        **_compared(runs[SPLINK], runs[OURS]),
    }
    _show(f"{options.records:,} generated {name}, {options.repeats} repeats", figures, sides)
    return figures


def growth(name: str, options: argparse.Namespace) -> Figures:
    """Ours on ever more records: seconds a million records, and how much more at each step."""
    files = [
        generated(name, records, records, options.seed, options.folder)
        for records in options.growth
    ]
    runs = interleaved(
        {
            f"{records:,}": partial(_in_own_process, OURS, name, file)
            for records, file in zip(options.growth, files, strict=True)
        },
        options.repeats,
    )
    sizes = {size: medians(of_size) for size, of_size in runs.items()}
    for records, figures in zip(options.growth, sizes.values(), strict=True):
        figures["seconds a million"] = round(figures["total seconds"] * 1e6 / records, 2)
    steps = [
        round(later["seconds a million"] / before["seconds a million"], 2)
        for before, later in pairwise(sizes.values())
    ]
    grown = {"set": name, "repeats": options.repeats, **sizes, "time a record, step by step": steps}
    _show(f"generated {name}, growing, {options.repeats} repeats", grown, tuple(sizes))
    return grown


def _in_own_process(side: str, name: str, file: Path, *more: str) -> Figures:
    return measured(
        "benchmarks.beside_splink", "--set", name, "--file", str(file), "--inside", side, *more
    )


def _compared(theirs: Sequence[Figures], mine: Sequence[Figures]) -> Figures:
    faster = ratios(theirs, mine, "total seconds")
    by_cpu = ratios(theirs, mine, "CPU seconds")
    return {
        "times faster": round(median(faster), 2),
        "times faster, range": [round(min(faster), 2), round(max(faster), 2)],
        "times less CPU": round(median(by_cpu), 2),
        "share of its memory": round(median(ratios(mine, theirs, "MB above input")), 2),
    }


def _run(side: str, options: argparse.Namespace) -> Figures:
    """One side, in this process: seconds by stage, memory, and quality."""
    watch, model = Stopwatch(), as_stored(MODELS[options.set])
    if options.stress:
        model = replace(model, passes=(*model.passes, BAD_RULE))
    if side == SPLINK:
        records = pq.read_metadata(options.file).num_rows
        settings = settings_of(model, records)
        found = run_splink(options.file, model.paths, settings, TRAINING[options.set], watch)
    else:
        limit = 2**31 - 1 if side == UNLIMITED else model.block_limit
        found = run_ours(options.file, replace(model, block_limit=limit), watch)
    return watch.figures | _quality(found, model, options.file)


def _quality(found: Predicted, model: MatchModel, file: Path) -> Figures:
    truth = pq.read_table(file, columns=[TRUTH])[TRUTH].to_numpy()
    same = truth[found.left] == truth[found.right]
    grouped = of_clusters(found.cluster, truth)
    best, threshold = at_best_threshold(found.match_weight, same, grouped.true)
    sure = at_threshold(found.match_weight, same, grouped.true, SURE)
    return {
        "pairs kept": len(same),
        "best F1": best.f1,
        "best precision": best.precision,
        "best recall": best.recall,
        "best threshold": threshold,
        "F1 at 0.95": sure.f1,
        "precision at 0.95": sure.precision,
        "recall at 0.95": sure.recall,
        "cluster F1": grouped.f1,
        "cluster precision": grouped.precision,
        "cluster recall": grouped.recall,
        "largest cluster": largest(found.cluster),
        "clusters in conflict": _in_conflict(found.cluster, model, file),
    }


def _in_conflict(cluster: Ints, model: MatchModel, file: Path) -> int:
    """How many clusters hold two values of a strong identifier in one scope."""
    conflicting: set[int] = set()
    for each in model.identifiers:
        names = [identifier(name) for name in (each.column, each.within) if name]
        held = pq.read_table(file, columns=names).to_pandas().assign(cluster=cluster).dropna()
        values = held.drop_duplicates().groupby(["cluster", *names[1:]]).size()
        conflicting |= set(values[values > 1].reset_index()["cluster"])
    return len(conflicting)


def _show(title: str, figures: Figures, columns: Sequence[str]) -> None:
    print(f"\n{title}")
    print(f"  {'':<24}" + "".join(f"{name:>22}" for name in columns))
    for name in dict.fromkeys(name for column in reversed(columns) for name in figures[column]):
        print(f"  {name:<24}" + "".join(_cell(figures[column].get(name)) for column in columns))
    for name, value in figures.items():
        if name not in columns:
            print(f"  {name:<30}{value!s:>16}", flush=True)


def _cell(value: float | None) -> str:
    if value is None:
        return f"{'':>22}"
    return f"{value:>22,}" if isinstance(value, int) else f"{value:>22,.4f}"


if __name__ == "__main__":
    main()
