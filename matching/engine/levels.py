"""Agreement levels: how far two records agree in each comparison, for many pairs at once.

Codes are compared before strings, and strings only where a stronger level is still open.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from matching.engine.arrays import MISSING, Codes, Ints, Mask
from matching.engine.frame import Frame
from matching.engine.measures import Similarities
from matching.engine.model import Comparison, Condition, MatchModel
from matching.engine.similarity import Similarity

Levels = npt.NDArray[np.uint8]
NOTHING_TO_COMPARE = 0  # the level code of a comparison with a value missing


@dataclass(frozen=True, slots=True)
class _Rule:
    """A level as it is evaluated: conditions on codes, then conditions on strings."""

    code: int
    on_codes: tuple[Condition, ...]
    on_strings: tuple[Condition, ...]


class Ends:
    """The two records of each of many pairs: what codes tell of them is looked up once.

    Pairs that were `chosen` out of others, at some places, take over what is known of those.
    """

    def __init__(
        self, frame: Frame, left: Ints, right: Ints, chosen: "tuple[Ends, Ints] | None" = None
    ) -> None:
        self._frame = frame
        self.left, self.right = left, right
        self._chosen = chosen
        self._codes: dict[str, tuple[list[Codes], list[Codes]]] = {}
        self._held: dict[Condition, Mask] = {}
        self._present: dict[str, Mask] = {}

    def __len__(self) -> int:
        return len(self.left)

    def at(self, places: Ints) -> "Ends":
        """The pairs at some places."""
        return Ends(self._frame, self.left.take(places), self.right.take(places), (self, places))

    def codes(self, column: str) -> tuple[list[Codes], list[Codes]]:
        """The codes of both records in a column, one array for each slot."""
        if column not in self._codes:
            self._codes[column] = self._codes_looked_up(column)
        return self._codes[column]

    def _codes_looked_up(self, column: str) -> tuple[list[Codes], list[Codes]]:
        if self._chosen and column in self._chosen[0]._codes:  # nearer at hand than the frame
            others, places = self._chosen
            mine, theirs = others._codes[column]
            return [slot.take(places) for slot in mine], [slot.take(places) for slot in theirs]
        return self._frame.codes(column, self.left), self._frame.codes(column, self.right)

    def hold(self, condition: Condition) -> Mask:
        """Whether the pairs meet a condition that codes decide: "equal" or "absent"."""
        if condition not in self._held:
            self._held[condition] = self._looked_up(condition)
        return self._held[condition]

    def _looked_up(self, condition: Condition) -> Mask:
        if self._chosen and condition in self._chosen[0]._held:
            others, places = self._chosen
            return others._held[condition].take(places)
        if condition.measure == "absent":
            return ~self.present(condition.column)
        return self._equal(condition.column)

    def present(self, column: str) -> Mask:
        """Whether both records have a value in the column."""
        if column not in self._present:
            mine, theirs = self.codes(column)
            self._present[column] = _any_held(mine) & _any_held(theirs)
        return self._present[column]

    def shared(self, column: str) -> Codes:
        """The code of the value that both records hold, the rarest of several; -1 for none."""
        counts = self._frame.columns[column].counts
        best = np.full(len(self), MISSING, np.int32)
        for mine, theirs in product(*self.codes(column)):
            same = (mine == theirs) & (mine != MISSING)
            better = same & ((best == MISSING) | (counts.take(mine) < counts.take(best)))
            best[better] = mine[better]
        return best

    def _equal(self, column: str) -> Mask:
        equal = np.zeros(len(self), np.bool_)
        for mine, theirs in product(*self.codes(column)):
            equal |= (mine == theirs) & (mine != MISSING)
        return equal


class Comparer:
    """Compares records of one frame by the comparisons of one model."""

    def __init__(self, frame: Frame, model: MatchModel) -> None:
        self._frame = frame
        self._rules = {item.name: _rules(item) for item in model.comparisons}
        self._similarity = {
            (part.column, part.measure): Similarity.of_column(frame, part.column, part.measure)
            for rules in self._rules.values()
            for rule in rules
            for part in rule.on_strings
        }

    def ends(self, left: Ints, right: Ints) -> Ends:
        return Ends(self._frame, left, right)

    def by_codes(self, comparison: Comparison, ends: Ends) -> Levels:
        """The level of each pair as far as codes decide it: strings can only find a lower code."""
        rules = self._rules[comparison.name]
        levels = np.full(len(ends), len(rules) + 1, np.uint8)
        for rule in reversed(rules):
            if not rule.on_strings:
                levels[_all_hold(rule.on_codes, ends)] = rule.code
        present = np.any([ends.present(column) for column in comparison.columns], axis=0)
        levels[~present] = NOTHING_TO_COMPARE
        return levels

    def still_open(
        self, comparison: Comparison, levels: Levels, ends: Ends
    ) -> Iterator[tuple[int, Mask]]:
        """Each level that needs strings, and the pairs that may still reach it."""
        for rule in self._rules[comparison.name]:
            if rule.on_strings:
                yield rule.code, (levels > rule.code) & _all_hold(rule.on_codes, ends)

    def asks_strings(self, comparison: Comparison) -> bool:
        """Whether any level of the comparison needs more than codes."""
        return any(rule.on_strings for rule in self._rules[comparison.name])

    def by_strings(self, comparison: Comparison, levels: Levels, ends: Ends) -> Levels:
        """The final level of pairs of which `by_codes` gave `levels`."""
        levels = levels.copy()
        known: dict[tuple[str, str], Similarities] = {}
        for rule in self._rules[comparison.name]:
            if rule.on_strings:
                hold = (levels > rule.code) & _all_hold(rule.on_codes, ends)
                for part in rule.on_strings:
                    alike = known.setdefault((part.column, part.measure), _unknown(len(ends)))
                    wanted = np.flatnonzero(hold & np.isnan(alike))
                    measure = self._similarity[part.column, part.measure]
                    alike[wanted] = measure.of(*ends.at(wanted).codes(part.column))
                    hold &= alike >= part.at_least
                levels[hold] = rule.code
        return levels

    def levels(self, comparison: Comparison, ends: Ends) -> Levels:
        """The level of each pair in one comparison."""
        return self.by_strings(comparison, self.by_codes(comparison, ends), ends)


def _rules(comparison: Comparison) -> tuple[_Rule, ...]:
    rules = []
    for code, level in enumerate(comparison.levels, start=1):
        on_codes = tuple(part for part in level.when if part.measure in ("equal", "absent"))
        on_strings = tuple(part for part in level.when if part not in on_codes)
        rules.append(_Rule(code, on_codes, on_strings))
    return tuple(rules)


def _all_hold(conditions: tuple[Condition, ...], ends: Ends) -> Mask:
    hold = np.ones(len(ends), np.bool_)
    for condition in conditions:
        hold &= ends.hold(condition)
    return hold


def _any_held(codes: list[Codes]) -> Mask:
    held: Mask = codes[0] != MISSING
    for slot in codes[1:]:
        held |= slot != MISSING
    return held


def _unknown(size: int) -> Similarities:
    return np.full(size, np.nan, np.float32)
