"""Training by recordlinkage's ECM classifier: it sees whether two records agree, not how far.

It makes another assumption than `train`, whose levels may each be as frequent as they are: a second
opinion on a feed, and for some messy ones the better one.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd

from matching.engine.arrays import Floats
from matching.engine.blocking import Blocking
from matching.engine.content import lots
from matching.engine.frame import Frame
from matching.engine.identifiers import NO_VETO, held_identifiers, vetoes
from matching.engine.levels import Comparer, Levels
from matching.engine.model import MatchModel
from matching.engine.train import FEWEST_RECORDS, PAIRS_OF_A_PASS, blended, train
from matching.engine.weights import Weights


def train_by_ecm(
    frame: Frame, model: MatchModel, random: np.random.Generator, blocking: Blocking | None = None
) -> Weights:
    """Weights of which m is learned from the pairs that ECM takes for matches.

    What is learned without it says how often two things agree (u) and counts as prior pairs.
    """
    blocking = blocking or Blocking.of(frame, model)
    learned = train(frame, model, random, blocking)
    if not model.learned or len(frame) < FEWEST_RECORDS:
        return learned
    levels = _sampled_levels(frame, model, blocking, random)
    probability = match_probabilities(agreements(model, levels))
    m = {}
    for number, item in enumerate(model.comparisons):
        seen = np.bincount(levels[:, number], weights=probability, minlength=len(item.m) + 1)
        m[item.name] = blended(seen[1:].astype(np.float64), learned.m[item.name])
    return replace(learned, m=m)


def agreements(model: MatchModel, levels: Levels) -> pd.DataFrame:
    """Whether pairs agree in each comparison: their level speaks for a match. Missing does not."""
    shipped = Weights.of(model)
    return pd.DataFrame(
        {
            item.name: (shipped.bits(item) > 0)[levels[:, number]].astype(np.int64)
            for number, item in enumerate(model.comparisons)
        },
        index=pd.MultiIndex.from_product([[0], range(len(levels))]),
    )


def match_probabilities(agreements: pd.DataFrame) -> Floats:
    """The probability of a match for each pair, as recordlinkage's ECM learns it from all."""
    import recordlinkage  # noqa: PLC0415 a second to import, and seldom wanted

    telling = agreements.loc[:, agreements.nunique() > 1]
    with _quietly():
        classifier = recordlinkage.ECMClassifier()
        classifier.fit(telling)
        probability: Floats = classifier.prob(telling).to_numpy()
    return probability


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the warnings and the log lines of the classifier, some of them at the root logger."""
    logging.disable(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def _sampled_levels(
    frame: Frame, model: MatchModel, blocking: Blocking, random: np.random.Generator
) -> Levels:
    """The levels of candidate pairs that no identifier keeps apart, each pair once."""
    drawn = lots(frame, seed=int(random.integers(2**63)))
    comparer, identifiers = Comparer(frame, model), held_identifiers(frame, model)
    parts = [np.zeros((0, len(model.comparisons)), np.uint8)]
    for number in range(len(model.passes)):
        sample = blocking.sample(number, PAIRS_OF_A_PASS, drawn)
        left, right = sample.pairs.left[sample.new], sample.pairs.right[sample.new]
        free = vetoes(identifiers, left, right) == NO_VETO
        ends = comparer.ends(left[free], right[free])
        parts.append(np.stack([comparer.levels(item, ends) for item in model.comparisons], axis=1))
    return np.concatenate(parts)
