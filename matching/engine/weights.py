"""Match weights: what each level of each comparison says, in bits, for one domain.

A model ships with sensible ones (`Weights.of`); `train` learns better ones from a large feed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Any

import numpy as np

from matching.engine.arrays import Floats
from matching.engine.model import Comparison, MatchModel

# What a model ships with is meant for a domain of this size. Frequencies count as if so many
# records had been seen besides: in a feed of ten records every value is frequent.
REFERENCE_RECORDS = 20_000


def probability(bits: float) -> float:
    """How likely two records of so many bits are one thing: 2^b / (1 + 2^b)."""
    return float(1 / (1 + 2.0 ** min(1000.0, -bits)))


class WeightsError(ValueError):
    """Weights that do not belong to the model."""


@dataclass(frozen=True, slots=True)
class Weights:
    """m and u of every level of every comparison, *different* last; `prior` in bits.

    `prior` holds for a domain of `trained_on` records, or of `REFERENCE_RECORDS` when the weights
    are not trained: the more records, the less likely are two of them one thing.
    `chance` is, for each column whose frequencies count, how often two things share a value.
    `trained_on` is the number of records learned from, 0 for those that the model ships with;
    `decisions` that of pairs decided to be one thing that were learned from, too.
    """

    domain: str
    version: int
    prior: float
    m: Mapping[str, tuple[float, ...]]
    u: Mapping[str, tuple[float, ...]]
    chance: Mapping[str, float]
    trained_on: int = 0
    decisions: int = 0

    @classmethod
    def of(cls, model: MatchModel) -> "Weights":
        """The weights that the model ships with."""
        m = {comparison.name: comparison.m for comparison in model.comparisons}
        u = {comparison.name: comparison.u for comparison in model.comparisons}
        chance = {column.name: column.chance for column in model.columns if column.chance}
        return cls(model.domain, model.version, model.prior, m, u, chance)

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Weights":
        """Weights as `to_dict` wrote them."""
        m, u = ({name: tuple(item) for name, item in stored[key].items()} for key in ("m", "u"))
        plain = {key: stored[key] for key in ("domain", "version", "prior", "trained_on")}
        decisions = stored.get("decisions", 0)
        return cls(**plain, m=m, u=u, chance=dict(stored["chance"]), decisions=decisions)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON or YAML."""
        m, u = ({name: list(item) for name, item in side.items()} for side in (self.m, self.u))
        return {
            "domain": self.domain,
            "version": self.version,
            "trained_on": self.trained_on,
            "decisions": self.decisions,
            "prior": self.prior,
            "m": m,
            "u": u,
            "chance": dict(self.chance),
        }

    def prior_among(self, records: int) -> float:
        """The prior in bits for a domain of so many records."""
        known = max(self.trained_on, REFERENCE_RECORDS)
        return self.prior - max(0.0, log2(max(records, 1) / known))

    def bits(self, comparison: Comparison) -> Floats:
        """log2(m/u) by level code; missing, the first, is 0 bits."""
        m, u = np.array(self.m[comparison.name]), np.array(self.u[comparison.name])
        return np.concatenate([[0.0], np.log2(m / u)])

    def check(self, model: MatchModel) -> None:
        """Raises `WeightsError` unless these weights fit `model` level by level."""
        if (self.domain, self.version) != (model.domain, model.version):
            raise WeightsError(
                f"weights of {self.domain!r} version {self.version} do not fit"
                f" the model of {model.domain!r} version {model.version}"
            )
        if missing := {c.name for c in model.columns if c.chance} - set(self.chance):
            raise WeightsError(f"weights without the chance of {', '.join(sorted(missing))}")
        for comparison in model.comparisons:
            wanted = len(comparison.levels) + 1
            for letter, shares in (("m", self.m), ("u", self.u)):
                given = shares.get(comparison.name, ())
                if len(given) != wanted or not all(share > 0 for share in given):
                    raise WeightsError(
                        f"comparison {comparison.name!r} has {len(given)} {letter} in the weights,"
                        f" not {wanted} above 0: one for each level, and one for *different*"
                    )
