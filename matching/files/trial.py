"""A trial: the engine on the evidence of one file, with the model that its domain ships with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import Codes, Ints
from matching.engine.blocking import Blocking
from matching.engine.constraints import ALONE, Constraints
from matching.engine.ecm import train_by_ecm
from matching.engine.frame import Frame
from matching.engine.match import MatchResult, Outcome, match
from matching.engine.model import MatchModel
from matching.engine.train import train
from matching.engine.weights import Weights
from matching.files.evidence import Evidence
from matching.files.guessing import Role, Use
from matching.files.table import Table
from mdm.schema import EntityType

_SEED = 0  # the same file gives the same clusters


def _as_shipped(_: Frame, model: MatchModel, *__: object) -> Weights:
    return Weights.of(model)


Training = Callable[[Frame, MatchModel, np.random.Generator, Blocking], Weights]
TRAININGS: dict[str, Training] = {"em": train, "ecm": train_by_ecm, "shipped": _as_shipped}


@dataclass(frozen=True, slots=True)
class Trial:
    """`copy_of[row]` is the first row that agrees with a row in every column, -1 for none.

    `new_pairs` are, for each pass, the pairs that no earlier pass found; `cluster[row]` counts
    clusters from 1 in the order of the file; `strongest[row]` is the position of the pair that
    says most about a row, -1 for none.
    """

    model: MatchModel
    frame: Frame
    weights: Weights
    blocking: Blocking
    result: MatchResult
    copy_of: Ints
    new_pairs: tuple[int, ...]
    cluster: Ints
    sizes: Ints
    strongest: Ints


def run(
    table: Table,
    uses: Sequence[Use],
    evidence: Evidence,
    type_: EntityType,
    model: MatchModel,
    progress: Callable[[str], None],
    training: str = "em",
) -> Trial:
    """Trains, as `TRAININGS` says, and matches; rows that repeat another one are with it."""
    frame = Frame.of(model, evidence.columns, np.arange(len(table)))
    progress("looking for pairs worth comparing")
    blocking = Blocking.of(frame, model)
    new_pairs = tuple(
        sum(map(len, blocking.pairs_of(number))) for number in range(len(model.passes))
    )
    progress(f"learning weights from {sum(new_pairs):,} pairs")
    weights = TRAININGS[training](frame, model, np.random.default_rng(_SEED), blocking)
    progress(f"comparing {sum(new_pairs):,} pairs")
    copy_of = _copies(table, uses, evidence, type_)
    constraints = Constraints.of(len(table), _together(copy_of))
    result = match(frame, model, weights, constraints, blocking=blocking)
    _, first, cluster = np.unique(result.clusters.of_row, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    number = rank[cluster] + 1
    return Trial(
        model=model,
        frame=frame,
        weights=weights,
        blocking=blocking,
        result=result,
        copy_of=copy_of,
        new_pairs=new_pairs,
        cluster=number,
        sizes=np.bincount(number)[number],
        strongest=_strongest(result, len(table)),
    )


def _copies(table: Table, uses: Sequence[Use], evidence: Evidence, type_: EntityType) -> Ints:
    """Repetitions, keys and truth apart, of rows that say what a record cannot do without."""
    compared = [table.cells[use.column] for use in uses if use.role not in (Role.KEY, Role.TRUTH)]
    needed = [evidence.columns[path] for path in type_.required if path in evidence.columns]
    first: dict[tuple[str, ...], int] = {}
    copy_of = np.full(len(table), -1, np.int64)
    for at, (row, *names) in enumerate(zip(zip(*compared, strict=True), *needed, strict=True)):
        if any(names):
            original = first.setdefault(row, at)
            if original != at:
                copy_of[at] = original
    return copy_of


def _together(copy_of: Ints) -> Codes:
    together = np.full(len(copy_of), ALONE, np.int32)
    copies = np.flatnonzero(copy_of >= 0)
    together[copies] = copy_of[copies]
    together[copy_of[copies]] = copy_of[copies]
    return together


def _strongest(result: MatchResult, rows: int) -> Ints:
    """The heaviest pair of each row, one within its cluster before any other."""
    pairs = result.pairs
    merged = result.outcomes == Outcome.MERGE
    order = np.lexsort((pairs.match_weight, merged))
    strongest = np.full(rows, -1, np.int64)
    strongest[pairs.left[order]] = order
    of_right = np.full(rows, -1, np.int64)
    of_right[pairs.right[order]] = order
    place = np.full(len(order) + 1, -1, np.int64)
    place[order] = np.arange(len(order))
    return np.where(place[of_right] > place[strongest], of_right, strongest)
