"""What a model says of two records, alone in a frame."""

from collections.abc import Mapping, Sequence

import numpy as np

from matching.domains import MODELS
from matching.engine.explain import Explainer, Explanation
from matching.engine.frame import Frame
from matching.engine.match import MatchResult, match
from matching.engine.model import MatchModel
from matching.engine.weights import Weights

Record = Mapping[str, str | None]


def frame_of_records(model: MatchModel, records: Sequence[Record]) -> Frame:
    paths = {path for record in records for path in record}
    columns = {path: [record.get(path) for record in records] for path in paths}
    return Frame.of(model, columns, np.arange(len(records)))


def explained(domain: str, left: Record, right: Record) -> Explanation:
    model = MODELS[domain]
    frame = frame_of_records(model, [left, right])
    return Explainer(frame, model, Weights.of(model)).explain([(0, 1)])[0]


def outcome(domain: str, left: Record, right: Record) -> str:
    """merge, review, kept apart or no match; no match too when no pass finds the pair."""
    explanation = explained(domain, left, right)
    return explanation.outcome if explanation.found_by else "no match"


def matched(domain: str, records: Sequence[Record]) -> MatchResult:
    model = MODELS[domain]
    return match(frame_of_records(model, records), model)
