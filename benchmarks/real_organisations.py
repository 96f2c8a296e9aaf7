"""Real organisations and their sites: ours on raw columns beside Splink and recordlinkage.

Ours is the shipped client model through the code of `manage.py match_file`, which guesses the
columns. Splink 5 on DuckDB and recordlinkage's ECM are given columns standardised beforehand and
models made for the set by hand (`benchmarks.peers.sites`). No side sees the truth.

    python -m benchmarks.real_organisations early_childhood_sites_with_truth.csv

`--part tune` and `--part report` take half of the true entities each, by a hash of their number:
model and thresholds were chosen on the first, so the second says how well they do elsewhere.
"""

import argparse
import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from benchmarks.peers.measuring import Figures, Stopwatch, interleaved, measured, medians
from benchmarks.peers.plain_models import as_stored
from benchmarks.peers.quality import figures_of
from benchmarks.peers.raw_file import run_raw_file
from benchmarks.peers.sides import Predicted
from benchmarks.peers.sites import SITES, TRAINING, run_recordlinkage, write_standardised
from benchmarks.peers.splink import run_splink, settings_of

PARTS = ("tune", "report")


def main() -> None:
    options = _options()
    if options.inside:
        print(json.dumps(_run(options.inside, options.file, options.truth)))
        return
    with tempfile.TemporaryDirectory(prefix="touchstone-benchmark-") as folder:
        print(json.dumps(beside(options, Path(folder))))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="CSV with the columns of early_childhood_sites")
    parser.add_argument("--truth", default="True Id", help="the column that tells the entity")
    parser.add_argument("--part", choices=PARTS, help="half of the entities; by default all")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--inside", choices=SIDES, help="(the benchmark calls itself)")
    return parser.parse_args()


def beside(options: argparse.Namespace, folder: Path) -> Figures:
    """Each side so many times, in turn: medians."""
    sites = pd.read_csv(options.file, dtype=str, keep_default_na=False)
    if options.part:
        sites = sites[[_part_of(entity) == options.part for entity in sites[options.truth]]]
    file = folder / "sites.csv"
    sites.to_csv(file, index=False)
    write_standardised(sites, _standardised(file))
    arguments = (str(file), "--truth", options.truth, "--inside")
    runs = interleaved(
        {
            side: partial(measured, "benchmarks.real_organisations", *arguments, side)
            for side in SIDES
        },
        options.repeats,
    )
    figures = {
        "set": options.file.stem,
        "part": options.part or "all",
        "records": len(sites),
        "entities": sites[options.truth].nunique(),
        "repeats": options.repeats,
        **{side: medians(runs[side]) for side in SIDES},
    }
    _show(figures)
    return figures


def _part_of(entity: str) -> str:
    return PARTS[hashlib.sha256(entity.strip().encode()).digest()[0] % 2]


def _standardised(file: Path) -> Path:
    return file.with_suffix(".parquet")


def _ours(file: Path, truth: str, watch: Stopwatch) -> Predicted:
    return run_raw_file(file, "client", truth, watch)


def _splink(file: Path, truth: str, watch: Stopwatch) -> Predicted:  # noqa: ARG001
    model = as_stored(SITES)
    records = sum(1 for _ in file.open())
    settings = settings_of(model, records)
    return run_splink(_standardised(file), model.paths, settings, TRAINING, watch)


def _recordlinkage(file: Path, truth: str, watch: Stopwatch) -> Predicted:  # noqa: ARG001
    return run_recordlinkage(_standardised(file), watch)


SIDES: Mapping[str, Callable[[Path, str, Stopwatch], Predicted]] = {
    "ours": _ours,
    "Splink": _splink,
    "recordlinkage": _recordlinkage,
}


def _run(side: str, file: Path, truth: str) -> Figures:
    watch = Stopwatch()
    found = SIDES[side](file, truth, watch)
    entity = pd.read_csv(file, dtype=str, usecols=[truth])[truth].to_numpy()
    return watch.figures | figures_of(found, entity)


def _show(figures: Figures) -> None:
    print(
        f"{figures['set']}, part: {figures['part']}, {figures['records']:,} records of"
        f" {figures['entities']:,} entities, medians of {figures['repeats']} repeats"
    )
    print(f"  {'':<22}" + "".join(f"{side:>15}" for side in SIDES))
    for name in dict.fromkeys(name for side in SIDES for name in figures[side]):
        values = (figures[side].get(name) for side in SIDES)
        shown = ("" if value is None else f"{value:,.4g}" for value in values)
        print(f"  {name:<22}" + "".join(f"{value:>15}" for value in shown), flush=True)


if __name__ == "__main__":
    main()
