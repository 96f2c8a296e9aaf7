"""Why a pair weighs what it weighs: numbers that sum, and one sentence.

An explanation holds level names and bits, never values: values are filled in when it is shown,
through the permissions of the reader. `Explainer.compared` has them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np

from matching.engine.arrays import MISSING, Codes, Floats, Ints
from matching.engine.blocking import Blocking
from matching.engine.flips import Change, Flip, Outcome, flips, reachable_levels
from matching.engine.frame import Frame
from matching.engine.identifiers import held_identifiers
from matching.engine.levels import Levels
from matching.engine.misses import Miss, misses
from matching.engine.model import MatchModel
from matching.engine.score import Scorer
from matching.engine.weights import Weights
from matching.engine.words import mark, say, write

_RELATED = 6.0  # bits: evidence this strong says that two things have to do with each other

Relation = Literal["same", "possibly same", "possibly related", "unrelated"]


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
class Compared:
    """The comparison forms of two records in one column that a comparison looks at."""

    comparison: str
    column: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Prior and evidence of one pair; `match_weight` is their sum, in bits.

    `found_by` names the blocking pass that brings the pair together, None when no pass does;
    `missed` then says why each does not, the nearest first. `veto` names the identifier in which
    the two records conflict. `flips` are the smallest changes that would change the outcome.
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
    missed: tuple[Miss, ...] = ()
    flips: tuple[Flip, ...] = ()

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> "Explanation":
        """An explanation as `to_dict` wrote it."""
        parts = {
            "evidence": tuple(Evidence(**item) for item in stored["evidence"]),
            "missed": tuple(_miss(item) for item in stored.get("missed", ())),
            "flips": tuple(_flip(item) for item in stored.get("flips", ())),
        }
        return cls(**{**stored, **parts})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @property
    def relation(self) -> Relation:
        """What the two are to each other, as far as the evidence goes.

        Two companies of one group share a domain and a name, and are two: possibly related.
        """
        if self.outcome in ("merge", "review"):
            return "same" if self.outcome == "merge" else "possibly same"
        strongest = max((item.weight for item in self.evidence), default=0.0)
        return "possibly related" if strongest >= _RELATED else "unrelated"

    @property
    def outcome(self) -> Outcome:
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
            parts.append(
                say(
                    "for one {domain} speak {reasons}",
                    domain=say(self.domain),
                    reasons=_listed(pro),
                )
            )
        if con:
            parts.append(say("against it {reasons}", reasons=_listed(con)))
        if not self.found_by:
            apart = say("no blocking pass brings them together")
            if self.missed:
                apart += " " + say("(nearest: {miss})", miss=_in_words(self.missed[0]))
            parts.append(apart)
        return "; ".join(parts) + "."


class Meeting(Protocol):
    """Which blocking pass brings pairs of rows together."""

    def pass_of(self, left: Ints, right: Ints) -> Codes: ...


class Explainer:
    """Explains any pairs of rows of a frame, whether a run compared them or not."""

    def __init__(
        self,
        frame: Frame,
        model: MatchModel,
        weights: Weights,
        blocking: Meeting | None = None,
    ) -> None:
        self._frame, self._model = frame, model
        self._reachable = reachable_levels(model, weights)
        self._identifiers = held_identifiers(frame, model)
        self._scorer = Scorer(frame, model, weights)
        self._blocking: Meeting = blocking or Blocking.of(frame, model)

    def explain(self, pairs: Sequence[tuple[int, int]]) -> list[Explanation]:
        """The explanation of each pair of rows."""
        rows = np.sort(np.array(pairs, np.int64).reshape(-1, 2), axis=1)
        left, right = rows[:, 0], rows[:, 1]
        levels, bits, rarity = self._scorer.evidence(left, right)
        found_by = self._blocking.pass_of(left, right).tolist()
        return [
            self._explanation(ends, *numbers)
            for ends, *numbers in zip(rows, levels, bits, rarity, found_by, strict=True)
        ]

    def compared(self, left: int, right: int) -> tuple[Compared, ...]:
        """The values that are compared of two rows, by comparison and column."""
        values = self._frame.values
        return tuple(
            Compared(item.name, column, values(column, left), values(column, right))
            for item in self._model.comparisons
            for column in item.columns
        )

    def _explanation(
        self, ends: Ints, levels: Levels, bits: Floats, rarity: Floats, found_by: int
    ) -> Explanation:
        model = self._model
        left, right = int(ends[0]), int(ends[1])
        evidence = tuple(
            Evidence(item.name, item.label(level), says, more)
            for item, level, says, more in zip(
                model.comparisons, levels.tolist(), bits.tolist(), rarity.tolist(), strict=True
            )
        )
        match_weight = sum((item.weight for item in evidence), self._scorer.prior)
        said = [(item.level, item.weight) for item in evidence]
        vetoes = self._vetoes(ends)
        return Explanation(
            domain=model.domain,
            version=model.version,
            match_weight=match_weight,
            prior=self._scorer.prior,
            evidence=evidence,
            found_by=None if found_by == MISSING else model.passes[found_by].name,
            veto=vetoes[0] if vetoes else None,
            review_at=model.review_at,
            merge_at=model.merge_at,
            missed=misses(self._frame, model, left, right) if found_by == MISSING else (),
            flips=flips(model, self._reachable, match_weight, said, vetoes),
        )

    def _vetoes(self, ends: Ints) -> list[str]:
        """The identifiers in which two rows conflict."""
        left, right = ends[:1], ends[1:]
        return [each.identifier.name for each in self._identifiers if each.conflict(left, right)[0]]


def _verdict(explanation: Explanation) -> str:
    said = {
        "kept apart": mark("Kept apart, as the {identifier} differs ({bits} bits)"),
        "merge": mark("One {domain} ({bits} bits, merged from {merge_at})"),
        "review": mark("Perhaps one {domain} ({bits} bits, reviewed from {review_at})"),
        "no match": mark("Not one {domain} ({bits} bits)"),
    }[explanation.outcome]
    return say(
        said,
        identifier=say(explanation.veto or ""),
        domain=say(explanation.domain),
        bits=write(explanation.match_weight, ".1f"),
        merge_at=write(explanation.merge_at, "g"),
        review_at=write(explanation.review_at, "g"),
    )


def _in_words(miss: Miss) -> str:
    return say("{blocking}, but {reason}", blocking=say(miss.blocking), reason=miss.reason)


def _miss(stored: Mapping[str, Any]) -> Miss:
    return Miss(stored["blocking"], tuple(stored["missing"]), tuple(stored["differing"]))


def _flip(stored: Mapping[str, Any]) -> Flip:
    changes = tuple(Change(**each) for each in stored["changes"])
    vetoes = tuple(stored["without_vetoes"])
    return Flip(stored["outcome"], stored["match_weight"], changes, vetoes)


def _listed(items: list[Evidence]) -> str:
    return ", ".join(
        f"{say(item.comparison)}: {say(item.level)} ({write(item.weight, '+.1f')})"
        for item in items
    )
