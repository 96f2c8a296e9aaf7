"""Why a pair weighs what it weighs: numbers that sum, and one sentence.

An explanation holds level names and bits, never values: values are filled in when it is shown,
through the permissions of the reader.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from matching.engine.arrays import MISSING, Floats
from matching.engine.blocking import Blocking
from matching.engine.frame import Frame
from matching.engine.identifiers import NO_VETO
from matching.engine.levels import Levels
from matching.engine.model import MatchModel
from matching.engine.score import Scorer
from matching.engine.weights import Weights


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one comparison says: `bits` for its level, `rarity` for how rare the shared value is."""

    comparison: str
    level: str
    bits: float
    rarity: float

    @property
    def weight(self) -> float:
        return self.bits + self.rarity


@dataclass(frozen=True, slots=True)
class Explanation:
    """Prior and evidence of one pair; `match_weight` is their sum, in bits.

    `found_by` names the blocking pass that brings the pair together, None when no pass does.
    `veto` names the identifier in which the two records conflict.
    """

    domain: str
    version: int
    match_weight: float
    prior: float
    evidence: tuple[Evidence, ...]
    found_by: str | None
    veto: str | None
    review_at: float
    merge_at: float

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Explanation":
        """An explanation as `to_dict` wrote it."""
        evidence = tuple(Evidence(**item) for item in stored["evidence"])
        return cls(**{**stored, "evidence": evidence})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "evidence": [asdict(item) for item in self.evidence]}

    @property
    def outcome(self) -> str:
        """What the machine alone would do: "kept apart", "merge", "review" or "no match"."""
        if self.veto:
            return "kept apart"
        if self.match_weight >= self.merge_at:
            return "merge"
        return "review" if self.match_weight >= self.review_at else "no match"

    @property
    def sentence(self) -> str:
        """The whole of it in one sentence for a steward, without any value."""
        speaking = [item for item in self.evidence if item.level != "missing"]
        pro = sorted((item for item in speaking if item.weight > 0), key=lambda item: -item.weight)
        con = sorted((item for item in speaking if item.weight <= 0), key=lambda item: item.weight)
        parts = [_verdict(self)]
        if pro:
            parts.append(f"for one {self.domain} speak " + _listed(pro))
        if con:
            parts.append("against it " + _listed(con))
        if not self.found_by:
            parts.append("no blocking pass brings them together")
        return "; ".join(parts) + "."


class Explainer:
    """Explains any pairs of rows of a frame, whether a run compared them or not."""

    def __init__(
        self,
        frame: Frame,
        model: MatchModel,
        weights: Weights,
        blocking: Blocking | None = None,
    ) -> None:
        self._model = model
        self._scorer = Scorer(frame, model, weights)
        self._blocking = blocking or Blocking(frame, model)

    def explain(self, pairs: Sequence[tuple[int, int]]) -> list[Explanation]:
        """The explanation of each pair of rows."""
        rows = np.sort(np.array(pairs, np.int64).reshape(-1, 2), axis=1)
        left, right = rows[:, 0], rows[:, 1]
        levels, bits, rarity = self._scorer.evidence(left, right)
        found_by = self._blocking.pass_of(left, right).tolist()
        vetoes = self._scorer.vetoes(left, right).tolist()
        return [
            self._explanation(levels[row], bits[row], rarity[row], found_by[row], vetoes[row])
            for row in range(len(rows))
        ]

    def _explanation(
        self, levels: Levels, bits: Floats, rarity: Floats, found_by: int, veto: int
    ) -> Explanation:
        model = self._model
        evidence = tuple(
            Evidence(item.name, item.label(level), says, more)
            for item, level, says, more in zip(
                model.comparisons, levels.tolist(), bits.tolist(), rarity.tolist(), strict=True
            )
        )
        return Explanation(
            domain=model.domain,
            version=model.version,
            match_weight=sum((item.weight for item in evidence), self._scorer.prior),
            prior=self._scorer.prior,
            evidence=evidence,
            found_by=None if found_by == MISSING else model.passes[found_by].name,
            veto=None if veto == NO_VETO else model.identifiers[veto].name,
            review_at=model.review_at,
            merge_at=model.merge_at,
        )


def _verdict(explanation: Explanation) -> str:
    weight = f"{explanation.match_weight:.1f} bits"
    return {
        "kept apart": f"Kept apart, as the {explanation.veto} differs ({weight})",
        "merge": f"One {explanation.domain} ({weight}, merged from {explanation.merge_at:g})",
        "review": f"Perhaps one {explanation.domain} ({weight}, reviewed"
        f" from {explanation.review_at:g})",
        "no match": f"Not one {explanation.domain} ({weight})",
    }[explanation.outcome]


def _listed(items: list[Evidence]) -> str:
    return ", ".join(f"{item.comparison}: {item.level} ({item.weight:+.1f})" for item in items)
