"""Scoring: candidate pairs in, the pairs worth keeping out, with their weight in bits.

A pair weighs the prior plus the evidence of each comparison (Fellegi and Sunter 1969), adjusted
for how frequent a shared value is. String comparison is put off: a pair is dropped as soon as even
the best outcome of what is still open could not lift it over the threshold, so no pair is lost.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import Codes, Floats, Ints, Mask
from matching.engine.blocking import Pairs
from matching.engine.frame import Frame
from matching.engine.frequencies import MOST_BITS, adjustment_of, adjustments
from matching.engine.identifiers import Held, held_identifiers, vetoes
from matching.engine.levels import Comparer, Ends, Levels
from matching.engine.model import Comparison, MatchModel
from matching.engine.weights import Weights

_ROUNDING = 1e-9
_WORTH_PRUNING = 0.9  # pairs that can be dropped go along while they are fewer than a tenth
_NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class ScoredPairs:
    """Scored pairs of rows, `left < right`; every array has one item a pair.

    `match_weight` is in bits. `levels[:, c]` is the level code of the model's comparison c: 0
    missing, 1… its levels, the last one different. `veto` numbers the identifier in conflict and
    `blocking` the pass that found the pair; -1 for none.
    """

    left: Ints
    right: Ints
    match_weight: Floats
    levels: Levels
    veto: Codes
    blocking: Codes

    def __len__(self) -> int:
        return len(self.left)

    def where(self, chosen: Mask | Ints) -> "ScoredPairs":
        """The pairs that a mask or an order of positions selects."""
        return ScoredPairs(
            self.left[chosen],
            self.right[chosen],
            self.match_weight[chosen],
            self.levels[chosen],
            self.veto[chosen],
            self.blocking[chosen],
        )

    @classmethod
    def joined(cls, parts: Iterable["ScoredPairs"], comparisons: int) -> "ScoredPairs":
        """All parts as one, in their order."""
        listed = [_nothing(comparisons), *parts]
        return cls(
            np.concatenate([part.left for part in listed]),
            np.concatenate([part.right for part in listed]),
            np.concatenate([part.match_weight for part in listed]),
            np.concatenate([part.levels for part in listed]),
            np.concatenate([part.veto for part in listed]),
            np.concatenate([part.blocking for part in listed]),
        )


@dataclass(frozen=True, slots=True)
class _Open:
    """Pairs while they are scored: what their weight is so far and how much it may still gain."""

    ends: Ends
    levels: Levels  # shape (comparisons, pairs)
    evidence: Floats  # bits of each comparison, same shape
    gain: Floats  # bits that strings may still add, same shape

    def at(self, places: Ints) -> "_Open":
        return _Open(
            self.ends.at(places),
            self.levels.take(places, axis=1),
            self.evidence.take(places, axis=1),
            self.gain.take(places, axis=1),
        )


class Scorer:
    """Scores pairs of one frame by one model and its weights."""

    def __init__(
        self, frame: Frame, model: MatchModel, weights: Weights, *, prune: bool = True
    ) -> None:
        """With `prune` False every pair is compared in full: slower, same pairs and weights."""
        weights.check(model)
        self._model = model
        self.prior = weights.prior_among(frame.population)
        self._comparer = Comparer(frame, model)
        self._prune = prune
        self._identifiers: tuple[Held, ...] = held_identifiers(frame, model)
        self._evidence = [_Evidence(frame, model, weights, item) for item in model.comparisons]
        self._by_strings_last = sorted(
            (
                number
                for number, item in enumerate(model.comparisons)
                if self._comparer.asks_strings(item)
            ),
            key=lambda number: -self._evidence[number].spread,
        )

    @property
    def comparisons(self) -> int:
        """How many comparisons the model has."""
        return len(self._evidence)

    def score(self, pairs: Pairs, keep_at: float) -> ScoredPairs:
        """The pairs that weigh at least `keep_at` bits. Weights do not depend on `keep_at`."""
        opened = self._by_codes(self._comparer.ends(pairs.left, pairs.right))
        for number in self._by_strings_last:
            opened = self._pruned(opened, keep_at)
            self._by_strings(opened, number)
        weight = self._weight(opened)
        kept = np.flatnonzero(weight >= keep_at)
        left, right = opened.ends.left[kept], opened.ends.right[kept]
        levels = np.ascontiguousarray(opened.levels.take(kept, axis=1).T)
        veto = vetoes(self._identifiers, left, right)
        found_by = np.full(len(left), pairs.blocking, np.int32)
        return ScoredPairs(left, right, weight[kept], levels, veto, found_by)

    def evidence(self, left: Ints, right: Ints) -> tuple[Levels, Floats, Floats]:
        """Level codes, their bits and the bits for rarity: each of shape (pairs, comparisons)."""
        ends = self._comparer.ends(left, right)
        levels = np.zeros((len(left), len(self._evidence)), np.uint8)
        bits, rarity = np.zeros((2, *levels.shape))
        for number, comparison in enumerate(self._model.comparisons):
            levels[:, number] = self._comparer.levels(comparison, ends)
            says = self._evidence[number]
            bits[:, number] = says.bits[levels[:, number]]
            rarity[:, number] = says.rarity(levels[:, number], ends)
        return levels, bits, rarity

    def _by_codes(self, ends: Ends) -> _Open:
        levels = np.zeros((len(self._evidence), len(ends)), np.uint8)
        evidence, gain = np.zeros((2, *levels.shape))
        for number, comparison in enumerate(self._model.comparisons):
            says = self._evidence[number]
            levels[number] = level = self._comparer.by_codes(comparison, ends)
            evidence[number] = now = says.total(level, ends)
            for code, pairs in self._comparer.still_open(comparison, level, ends):
                more = np.where(pairs, says.most(code) - now, 0.0)
                np.maximum(gain[number], more, out=gain[number])
        return _Open(ends, levels, evidence, gain)

    def _pruned(self, opened: _Open, keep_at: float) -> _Open:
        if not self._prune:
            return opened
        best = self._weight(opened) + opened.gain.sum(axis=0)
        kept = np.flatnonzero(best >= keep_at - _ROUNDING)
        worth_it = len(kept) < _WORTH_PRUNING * len(best)
        return opened.at(kept) if worth_it else opened

    def _by_strings(self, opened: _Open, number: int) -> None:
        """Settles one comparison of the pairs that are still open."""
        comparison = self._model.comparisons[number]
        before = opened.levels[number]
        waiting = [pairs for _, pairs in self._comparer.still_open(comparison, before, opened.ends)]
        undecided = np.flatnonzero(np.any(waiting, axis=0)) if waiting else _NONE
        if len(undecided):
            ends = opened.ends.at(undecided)
            level = self._comparer.by_strings(comparison, before[undecided], ends)
            opened.levels[number, undecided] = level
            opened.evidence[number, undecided] = self._evidence[number].total(level, ends)
        opened.gain[number] = 0

    def _weight(self, opened: _Open) -> Floats:
        """The sum in the order of the model, so that it is the same however a pair was reached."""
        weight = np.full(len(opened.ends), self.prior)
        for number in range(len(self._evidence)):
            weight += opened.evidence[number]
        return weight


class _Evidence:
    """What the levels of one comparison say, in bits, and what the rarity of a value adds."""

    def __init__(
        self, frame: Frame, model: MatchModel, weights: Weights, comparison: Comparison
    ) -> None:
        self.bits = weights.bits(comparison)
        self._frequency_of: list[str | None] = [
            None,
            *(level.frequency_of for level in comparison.levels),
            None,
        ]
        self._adjustments = {
            name: adjustments(frame.columns[name], weights.chance[name], model.copies)
            for name in filter(None, self._frequency_of)
        }

    @property
    def spread(self) -> float:
        """How much the outcome of this comparison can change a weight."""
        return float(self.bits.max() - self.bits.min())

    def most(self, code: int) -> float:
        """The most bits that a level can give, with the rarest value shared."""
        return float(self.bits[code]) + (MOST_BITS if self._frequency_of[code] else 0.0)

    def total(self, level: Levels, ends: Ends) -> Floats:
        """Bits of each pair's level and of the rarity of what it shares."""
        bits: Floats = self.bits[level] + self.rarity(level, ends)
        return bits

    def rarity(self, level: Levels, ends: Ends) -> Floats:
        """The bits that the rarity of a shared value adds, where its level counts frequencies."""
        added = np.zeros(len(level))
        for code, column in enumerate(self._frequency_of):
            at = np.flatnonzero(level == code) if column else _NONE
            if column and len(at):
                added[at] = adjustment_of(ends.at(at).shared(column), self._adjustments[column])
        return added


def _nothing(comparisons: int) -> ScoredPairs:
    none = np.zeros(0, np.int64)
    codes = np.zeros(0, np.int32)
    return ScoredPairs(none, none, np.zeros(0), np.zeros((0, comparisons), np.uint8), codes, codes)
