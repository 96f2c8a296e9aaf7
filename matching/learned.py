"""What earlier runs learned about a model."""

from matching.engine.model import MatchModel
from matching.engine.weights import Weights
from matching.models import MatchRun


def last_run(model: MatchModel) -> MatchRun | None:
    """The last run of this version of the model."""
    version = f"{model.domain}-{model.version}"
    return MatchRun.objects.filter(domain=model.domain, model_version=version).last()


def last_weights(model: MatchModel) -> Weights | None:
    """The weights of the last run of this version of the model; None before the first."""
    run = last_run(model)
    return Weights.from_dict(run.weights) if run else None
