"""The explanation of a kept pair, from what was stored with it and with its run."""

from matching.engine.document import from_dict
from matching.engine.explain import Evidence, Explanation
from matching.engine.weights import Weights
from matching.models import MatchPair


def explanation_of(pair: MatchPair) -> Explanation:
    """Why the pair weighs what it weighs, as it stood when it was found; without any value."""
    model = from_dict(pair.run.report["model"])
    weights = Weights.from_dict(pair.run.weights)
    evidence = []
    for comparison, level, weight in zip(model.comparisons, pair.levels, pair.weights, strict=True):
        bits = round(float(weights.bits(comparison)[level]), 4)
        evidence.append(Evidence(comparison.name, comparison.label(level), bits, weight - bits))
    vetoed = pair.state == MatchPair.State.VETOED
    return Explanation(
        domain=pair.domain,
        version=model.version,
        match_weight=pair.match_weight,
        prior=pair.match_weight - sum(pair.weights),
        evidence=tuple(evidence),
        found_by=pair.found_by,
        veto=pair.kept_apart_by.removesuffix(" differs") if vetoed else None,
        review_at=pair.run.review_at,
        merge_at=pair.run.merge_at,
    )
