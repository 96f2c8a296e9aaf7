"""The smallest change of the evidence with which a pair would have another outcome."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from matching.engine.model import Comparison, MatchModel
from matching.engine.weights import Weights
from matching.engine.words import mark, say, write

Reachable = Sequence[tuple[str, Sequence[tuple[str, float]]]]
Outcome = Literal["kept apart", "merge", "review", "no match"]
_MISSING = "missing"
_WOULD: dict[Outcome, str] = {
    "kept apart": mark("Would be kept apart ({bits} bits) if {condition}."),
    "merge": mark("Would merge ({bits} bits) if {condition}."),
    "review": mark("Would be reviewed ({bits} bits) if {condition}."),
    "no match": mark("Would be no match ({bits} bits) if {condition}."),
}


@dataclass(frozen=True, slots=True)
class Change:
    """Another level in one comparison, and the bits that it adds to the match weight.

    A value shared at the new level is taken to be neither rare nor common.
    """

    comparison: str
    level: str
    instead_of: str
    bits: float


@dataclass(frozen=True, slots=True)
class Flip:
    """With these changes, or without the vetoes named, the outcome is another one."""

    outcome: Outcome
    match_weight: float
    changes: tuple[Change, ...] = ()
    without_vetoes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The flip in words, without any value."""
        bits = write(self.match_weight, ".1f")
        return say(_WOULD[self.outcome], bits=bits, condition=self._condition())

    def _condition(self) -> str:
        if self.without_vetoes:
            names = say(" and the ").join(map(say, self.without_vetoes))
            return say("the {identifiers} did not differ", identifiers=names)
        return say(" and ").join(
            say(
                "{comparison} were “{level}” instead of “{now}”",
                comparison=say(each.comparison),
                level=say(each.level),
                now=say(each.instead_of),
            )
            for each in self.changes
        )


def outcome_of(model: MatchModel, match_weight: float) -> Outcome:
    """What the machine alone does with a pair that no identifier keeps apart."""
    if match_weight >= model.merge_at:
        return "merge"
    return "review" if match_weight >= model.review_at else "no match"


def reachable_levels(model: MatchModel, weights: Weights) -> Reachable:
    """The levels that another value could give, with their bits, comparison by comparison.

    That an identifier differs is no matter of bits but a veto, so it is not among them.
    """
    listed = []
    for comparison in model.comparisons:
        bits = weights.bits(comparison).tolist()
        codes = range(1, len(bits) - _is_identified(model, comparison))
        listed.append((comparison.name, [(comparison.label(code), bits[code]) for code in codes]))
    return listed


def flips(
    model: MatchModel,
    reachable: Reachable,
    match_weight: float,
    evidence: Sequence[tuple[str, float]],
    vetoes: Sequence[str] = (),
) -> tuple[Flip, ...]:
    """The smallest changes that flip the outcome, up and down; the one of fewest bits first.

    They change what both records say; only where that cannot be enough, also what one lacks.
    `evidence` is the level and its weight in bits for each comparison of the model. With `vetoes`,
    the identifiers that differ, nothing but their agreement changes the outcome.
    """
    if vetoes:
        return (Flip(outcome_of(model, match_weight), match_weight, (), tuple(vetoes)),)
    found = []
    now = outcome_of(model, match_weight)
    for sign, goal in _goals(model, now):
        options = _options(reachable, evidence, sign)
        said = [changes for changes in options if changes[0].instead_of != _MISSING]
        changes = _fewest(said, match_weight, goal) or _fewest(options, match_weight, goal)
        if changes:
            weight = match_weight + sum(change.bits for change in changes)
            found.append(Flip(outcome_of(model, weight), weight, tuple(changes)))
    return tuple(sorted(found, key=lambda flip: (len(flip.changes), _bits(flip))))


def _goals(model: MatchModel, now: Outcome) -> Iterator[tuple[int, float]]:
    """The thresholds next above (+1: to be reached) and next below (-1: to be fallen short of)."""
    if now != "merge":
        yield 1, model.review_at if now == "no match" else model.merge_at
    if now != "no match":
        yield -1, model.merge_at if now == "merge" else model.review_at


def _options(
    reachable: Reachable, evidence: Sequence[tuple[str, float]], sign: int
) -> list[list[Change]]:
    """For each comparison the changes in one direction, the smallest first."""
    listed = []
    for (name, levels), (level, weight) in zip(reachable, evidence, strict=True):
        changes = [
            Change(name, label, level, bits - weight)
            for label, bits in levels
            if (bits - weight) * sign > 0 and label != level
        ]
        if changes:
            listed.append(sorted(changes, key=lambda change: abs(change.bits)))
    return listed


def _is_identified(model: MatchModel, comparison: Comparison) -> bool:
    """Whether a comparison looks at an identifier: its *different*, the last level, is a veto."""
    identified = {
        path
        for identifier in model.identifiers
        for paths in model.by_name[identifier.column].sources
        for path in paths
    }
    sources = (model.by_name[column].sources for column in comparison.columns)
    return any(identified.intersection(paths) for each in sources for paths in each)


def _fewest(options: list[list[Change]], weight: float, goal: float) -> list[Change]:
    """The fewest changes that carry a weight across the goal, the last no larger than need be."""
    by_reach = sorted(options, key=lambda changes: -abs(changes[-1].bits))
    chosen: list[Change] = []
    for place, reach in enumerate(by_reach):
        left = [change for changes in by_reach[place:] for change in changes]
        enough = [change for change in left if _crosses(weight, weight + change.bits, goal)]
        if enough:
            return [*chosen, min(enough, key=lambda change: abs(change.bits))]
        chosen.append(reach[-1])
        weight += reach[-1].bits
    return []


def _crosses(before: float, after: float, goal: float) -> bool:
    """A threshold counts as reached: one crosses it upwards to it, downwards past it."""
    return (before >= goal) != (after >= goal)


def _bits(flip: Flip) -> float:
    return sum(abs(change.bits) for change in flip.changes)
