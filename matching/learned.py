"""What runs learn about a model, and keep for the runs after them."""

import numpy as np

from matching import decisions
from matching.engine.blocking import Blocking
from matching.engine.decided import ENOUGH_DECISIONS, train_from_decisions
from matching.engine.frame import Frame
from matching.engine.model import MatchModel
from matching.engine.train import train
from matching.engine.weights import Weights
from matching.models import MatchRun

_SEED = 20_260_101
_GROWTH_BEFORE_RETRAINING = 2


def last_run(model: MatchModel) -> MatchRun | None:
    """The last run of this version of the model."""
    version = f"{model.domain}-{model.version}"
    return MatchRun.objects.filter(domain=model.domain, model_version=version).last()


def last_weights(model: MatchModel) -> Weights | None:
    """The weights of the last run of this version of the model; None before the first."""
    run = last_run(model)
    return Weights.from_dict(run.weights) if run else None


def weights_for_run(frame: Frame, model: MatchModel, blocking: Blocking) -> Weights:
    """The weights of the last run while they fit, else newly trained ones.

    They fit until the records have doubled that they were learned from. From `ENOUGH_DECISIONS`
    pairs that people decided are one thing, they are learned from these, too, and anew when such
    decisions have doubled.
    """
    decided = np.array(decisions.together(model.domain), np.int64).reshape(-1, 2)
    if known := fitting_weights(model, len(frame), len(decided)):
        return known
    random = np.random.default_rng(_SEED)
    if len(decided) < ENOUGH_DECISIONS:
        return train(frame, model, random, blocking)
    decided = decided[np.isin(decided, frame.record_ids).all(axis=1)]
    left, right = frame.rows_of(decided.T.ravel()).reshape(2, -1)
    return train_from_decisions(frame, model, left, right, random, blocking)


def fitting_weights(model: MatchModel, records: int, decided: int) -> Weights | None:
    """The weights of the last run, unless there are none or they are outgrown.

    `records` are in the domain by now, and `decided` pairs that people decided are one thing.
    """
    if not model.learned:
        return Weights.of(model)
    known = last_weights(model)
    grown = _GROWTH_BEFORE_RETRAINING
    if known is None or records > grown * known.trained_on:
        return None
    outgrown = decided >= ENOUGH_DECISIONS and decided > grown * known.decisions
    return None if outgrown else known
