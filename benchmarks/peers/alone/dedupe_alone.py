"""dedupe on a CSV file as its examples do: string fields, labelled pairs, a threshold of one half.

It learns from pairs that a person labels. Here they come from the truth, so many of each kind,
which no other side is given.

    python dedupe_alone.py table.csv answer.json LABELS FIELD...
"""

import csv
import json
import random
import sys
import time
from pathlib import Path

import dedupe

Record = dict[str, str | None]
TRUTH = "truth"
_CORES = 2
_SAMPLE = 1500  # of the records, for learning what to compare: as its examples do


def main() -> None:
    table, answer, labels, *fields = sys.argv[1:]
    started = time.perf_counter()
    with Path(table).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    records = dict(enumerate({field: _plain(row[field]) for field in fields} for row in rows))
    truth = [row[TRUTH] for row in rows]
    cluster = _clusters(records, _labelled(records, truth, int(labels)), fields)
    seconds = time.perf_counter() - started
    Path(answer).write_text(json.dumps({"cluster": cluster, "seconds": seconds}))


def _clusters(
    records: dict[int, Record], labelled: dict[str, list[tuple[Record, Record]]], fields: list[str]
) -> list[int]:
    compared = [dedupe.variables.String(field, has_missing=True) for field in fields]
    learner = dedupe.Dedupe(compared, num_cores=_CORES)
    learner.prepare_training(records, sample_size=_SAMPLE)
    learner.mark_pairs(labelled)
    learner.train()
    cluster = [0] * len(records)
    for number, (members, _) in enumerate(learner.partition(records, threshold=0.5)):
        for row in members:
            cluster[row] = number
    return cluster


def _labelled(
    records: dict[int, Record], truth: list[str], labels: int
) -> dict[str, list[tuple[Record, Record]]]:
    """`labels` pairs of one thing and as many of two things."""
    known = {row: {**record, TRUTH: truth[row]} for row, record in records.items()}
    pairs = dedupe.training_data_dedupe(known, TRUTH, training_size=10 * labels)
    drawn = random.Random(1)  # noqa: S311 a seeded sample
    return {kind: drawn.sample(each, min(labels, len(each))) for kind, each in pairs.items()}


def _plain(text: str) -> str | None:
    return " ".join(text.lower().split()) or None


if __name__ == "__main__":
    main()
