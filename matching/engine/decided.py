"""Training from decisions: how records of one thing agree, told by stewards who looked at them."""

from dataclasses import replace

import numpy as np

from matching.engine.arrays import Ints
from matching.engine.blocking import Blocking
from matching.engine.frame import Frame
from matching.engine.levels import Comparer
from matching.engine.model import MatchModel
from matching.engine.train import blended, train
from matching.engine.weights import Weights

ENOUGH_DECISIONS = 300  # pairs decided to be one thing, before decisions are learned from


class TooFewDecisionsError(ValueError):
    """Fewer pairs are decided to be one thing than say anything of a whole domain."""


def train_from_decisions(
    frame: Frame,
    model: MatchModel,
    left: Ints,
    right: Ints,
    random: np.random.Generator,
    blocking: Blocking | None = None,
) -> Weights:
    """Weights of which m is learned from pairs of rows that stewards decided are one thing.

    What training without labels says of m counts as some prior pairs besides. It alone says how
    often two things agree (u) and how rare matches are: stewards look only at such different
    things as resemble each other. Raises `TooFewDecisionsError` below `ENOUGH_DECISIONS` pairs.
    """
    if len(left) < ENOUGH_DECISIONS:
        raise TooFewDecisionsError(
            f"{len(left):,} pairs are decided to be one thing; weights are learned from decisions"
            f" when there are {ENOUGH_DECISIONS:,}"
        )
    learned = train(frame, model, random, blocking)
    comparer = Comparer(frame, model)
    ends = comparer.ends(left, right)
    m = {}
    for item in model.comparisons:
        levels = comparer.levels(item, ends)
        seen = np.bincount(levels, minlength=len(item.m) + 1)[1:].astype(np.float64)
        m[item.name] = blended(seen, learned.m[item.name])
    return replace(learned, m=m, decisions=len(left))
