"""What a trial found, as CSV for spreadsheets: rows with clusters, pairs with reasons."""

import csv
from collections.abc import Iterator, Sequence
from typing import TextIO

import numpy as np

from matching.engine.arrays import Ints
from matching.engine.explain import Explainer, Explanation
from matching.engine.match import Outcome
from matching.engine.weights import probability
from matching.files.table import Table, items_of
from matching.files.trial import Trial
from mdm.standardise import spreadsheet

_AT_ONCE = 20_000
_WEIGHT = ("match_weight", "match_probability")
_ADDED = ("cluster", "cluster_size", "strongest_row", *_WEIGHT, "explanation")
DECISION = {
    Outcome.MERGE: "one cluster",
    Outcome.REVIEW: "review",
    Outcome.VETO: "kept apart",
    Outcome.APART: "kept apart",
    Outcome.REFUSED: "refused",
}


def safe(text: str) -> str:
    """A cell of a trial's file, the items of a list one after the other."""
    return spreadsheet.safe("; ".join(items_of(text)))


def write_clusters(file: TextIO, table: Table, trial: Trial) -> None:
    """Every row of the table, behind its cluster and what says most for or against it."""
    writer = csv.writer(file)
    writer.writerow([*_new_names(table.columns), *map(safe, table.columns)])
    rows = zip(_findings(table, trial), table.rows(), strict=True)
    writer.writerows([*found, *map(safe, cells)] for found, cells in rows)


def write_pairs(file: TextIO, table: Table, trial: Trial, key: str | None) -> None:
    """Every pair that merges, waits for a person or is kept apart, the heaviest first."""
    pairs, model = trial.result.pairs, trial.model
    levels = [f"level: {comparison.name}" for comparison in model.comparisons]
    keys = [safe(f"{side}_{key}") for side in ("left", "right")] if key else []
    writer = csv.writer(file)
    writer.writerow(
        ["left_row", "right_row", *keys, *_WEIGHT, "decision", "passes", *levels, "explanation"]
    )
    found_by = trial.blocking.passes_of(pairs.left, pairs.right)
    outcomes = trial.result.outcomes.tolist()
    for at, found in _explained(trial, np.argsort(-pairs.match_weight, kind="stable")):
        ends = int(pairs.left[at]), int(pairs.right[at])
        passes = [
            item.name for item, finds in zip(model.passes, found_by, strict=True) if finds[at]
        ]
        writer.writerow(
            [*(table.numbers[end] for end in ends)]
            + [safe(table.cells[key][end]) for end in ends if key]
            + [*_weight(found.match_weight), DECISION[outcomes[at]], "; ".join(passes)]
            + [evidence.level for evidence in found.evidence]
            + [found.sentence]
        )


def _new_names(columns: Sequence[str]) -> list[str]:
    """Names for the columns that are added, none of which the file has already."""
    taken = {column.casefold() for column in columns}
    prefix = ""
    while not taken.isdisjoint(f"{prefix}{name}" for name in _ADDED):
        prefix += "found_"
    return [f"{prefix}{name}" for name in _ADDED]


def _findings(table: Table, trial: Trial) -> Iterator[list[str]]:
    """For each row the values of the columns that are added."""
    explained = _explained(trial, trial.strongest[trial.strongest >= 0])
    for at in range(len(table)):
        found = next(explained)[1] if trial.strongest[at] >= 0 else None
        cluster = [str(trial.cluster[at]), str(trial.sizes[at])]
        if trial.copy_of[at] >= 0 and not (found and _is_merged(trial, at)):
            row = table.numbers[int(trial.copy_of[at])]
            yield [*cluster, str(row), "", "", f"Repeats row {row} in every column."]
        elif found is None:
            yield [*cluster, "", "", "", _unpaired(trial, at)]
        else:
            row = table.numbers[_other_end(trial, at)]
            weight = _weight(found.match_weight)
            yield [*cluster, str(row), *weight, _told(trial, at, row, found)]


def _told(trial: Trial, at: int, row: int, found: Explanation) -> str:
    """The sentence of the strongest pair; for one that does not hold, what became of it."""
    outcome = Outcome(int(trial.result.outcomes[trial.strongest[at]]))
    if outcome is Outcome.MERGE and found.match_weight < trial.model.merge_at:
        return f"Joined by its links with several rows; strongest is row {row}: {found.sentence}"
    if outcome is Outcome.MERGE:
        return found.sentence
    nearest = "Alone" if trial.sizes[at] == 1 else "Joined by others"
    refused = ", refused as their clusters conflict" if outcome is Outcome.REFUSED else ""
    return f"{nearest}; nearest is row {row}{refused}: {found.sentence}"


def _unpaired(trial: Trial, at: int) -> str:
    if trial.sizes[at] > 1:
        return "Other rows repeat it in every column."
    return "Alone: no other row comes near."


def _is_merged(trial: Trial, at: int) -> bool:
    return bool(trial.result.outcomes[trial.strongest[at]] == Outcome.MERGE)


def _other_end(trial: Trial, at: int) -> int:
    pairs, position = trial.result.pairs, trial.strongest[at]
    left, right = int(pairs.left[position]), int(pairs.right[position])
    return right if left == at else left


def _explained(trial: Trial, positions: Ints) -> Iterator[tuple[int, Explanation]]:
    """The explanations of pairs, some thousand at a time."""
    explainer = Explainer(trial.frame, trial.model, trial.weights, trial.blocking)
    pairs = trial.result.pairs
    for start in range(0, len(positions), _AT_ONCE):
        part = positions[start : start + _AT_ONCE]
        ends = list(zip(pairs.left[part].tolist(), pairs.right[part].tolist(), strict=True))
        yield from zip(part.tolist(), explainer.explain(ends), strict=True)


def _weight(bits: float) -> tuple[str, str]:
    return f"{bits:.2f}", f"{probability(bits):.6f}"
