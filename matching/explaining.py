"""Why two source records are one thing or two: a kept pair as stored, any two as things are."""

from dataclasses import dataclass

import numpy as np

from matching.domains import MODELS
from matching.engine.arrays import MISSING, Codes, Ints
from matching.engine.document import from_dict
from matching.engine.explain import Compared, Evidence, Explainer, Explanation
from matching.engine.flips import flips, reachable_levels
from matching.engine.model import MatchModel
from matching.engine.weights import Weights
from matching.frames import load
from matching.index.building import recipe_of
from matching.index.comparing import Comparing
from matching.index.meetings import Meetings
from matching.index.tables import Tables
from matching.learned import last_weights
from matching.models import MatchIndex, MatchPair
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

    Frequencies and blocks count all records of the domain: they are looked up in its index, or
    counted over the whole domain where the index lacks one of the two, which takes seconds for a
    million. Raises `NothingToExplainError` for one record, or for two domains.
    """
    domains = SourceRecord.objects.filter(pk__in=(left_id, right_id)).values_list("domain")
    found = [domain for (domain,) in domains]
    if len(found) < 2 or found[0] != found[1]:
        raise NothingToExplainError("two different source records of one domain are compared")
    model = MODELS[found[0]]
    weights = last_weights(model) or Weights.of(model)
    ids = sorted((left_id, right_id))
    explainer = _by_index(model, weights, ids)
    left, right = 0, 1
    if explainer is None:
        frame = load(model).frame
        left, right = frame.rows_of(ids).tolist()
        explainer = Explainer(frame, model, weights)
    (explanation,) = explainer.explain([(left, right)])
    return ExplainedRecords(explanation, explainer.compared(left, right))


@dataclass(frozen=True, slots=True)
class _Meeting:
    """The first blocking pass that brings the only pair of a frame together, MISSING for none."""

    blocking: int

    def pass_of(self, left: Ints, _right: Ints) -> Codes:
        return np.full(len(left), self.blocking, np.int32)


def _by_index(model: MatchModel, weights: Weights, ids: list[int]) -> Explainer | None:
    """An explainer of two records, as part of their domain; None where the index lacks one."""
    index = MatchIndex.objects.filter(domain=model.domain, recipe=recipe_of(model)).first()
    forms = Tables.of(model.domain).forms_of(ids) if index else {}
    frame = load(model, ids).frame
    if index is None or len(forms) < len(ids) or len(frame) < len(ids):
        return None
    met = Meetings(model).of([forms[ids[0]]], ids[:1])
    whole = Comparing(model, weights).within(index, frame)
    return Explainer(whole, model, weights, _Meeting(met.get((0, ids[1]), MISSING)))


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
