"""Why two source records are one thing or two: a kept pair as stored, any two as things are."""

from dataclasses import dataclass

from matching.domains import MODELS
from matching.engine.document import from_dict
from matching.engine.explain import Compared, Evidence, Explainer, Explanation
from matching.engine.flips import flips, reachable_levels
from matching.engine.weights import Weights
from matching.frames import load
from matching.learned import last_weights
from matching.models import MatchPair
from mdm.models import SourceRecord


class NothingToExplainError(ValueError):
    """Two records that no match model compares: why, in words."""


@dataclass(frozen=True, slots=True)
class ExplainedRecords:
    """The explanation of two records, and the values compared: for eyes that may see them."""

    explanation: Explanation
    compared: tuple[Compared, ...]


def explain_records(left_id: int, right_id: int) -> ExplainedRecords:
    """The explanation of any two source records of one domain, whether a run compared them or not.

    It reads the whole domain, since frequencies and blocks count all its records: that takes
    seconds for a million. Raises `NothingToExplainError` for one record, or for two domains.
    """
    domains = SourceRecord.objects.filter(pk__in=(left_id, right_id)).values_list("domain")
    found = [domain for (domain,) in domains]
    if len(found) < 2 or found[0] != found[1]:
        raise NothingToExplainError("two different source records of one domain are compared")
    model = MODELS[found[0]]
    frame = load(model).frame
    left, right = frame.rows_of([left_id, right_id]).tolist()
    explainer = Explainer(frame, model, last_weights(model) or Weights.of(model))
    (explanation,) = explainer.explain([(left, right)])
    return ExplainedRecords(explanation, explainer.compared(left, right))


def explanation_of(pair: MatchPair) -> Explanation:
    """Why the pair weighs what it weighs, as it stood when it was found; without any value."""
    model = from_dict(pair.run.report["model"])
    weights = Weights.from_dict(pair.run.weights)
    evidence = []
    for comparison, level, weight in zip(model.comparisons, pair.levels, pair.weights, strict=True):
        bits = round(float(weights.bits(comparison)[level]), 4)
        evidence.append(Evidence(comparison.name, comparison.label(level), bits, weight - bits))
    vetoed = pair.state == MatchPair.State.VETOED
    vetoes = [pair.kept_apart_by.removesuffix(" differs")] if vetoed else []
    said = [(item.level, item.weight) for item in evidence]
    return Explanation(
        domain=pair.domain,
        version=model.version,
        match_weight=pair.match_weight,
        prior=pair.match_weight - sum(pair.weights),
        evidence=tuple(evidence),
        found_by=pair.found_by,
        veto=vetoes[0] if vetoes else None,
        review_at=pair.run.review_at,
        merge_at=pair.run.merge_at,
        flips=flips(model, reachable_levels(model, weights), pair.match_weight, said, vetoes),
    )
