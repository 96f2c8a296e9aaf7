"""Similarity of coded values: strings are compared, but as seldom as possible."""

from itertools import product
from math import isqrt

import numpy as np

from matching.engine.arrays import MISSING, Codes, Ints
from matching.engine.frame import Frame, FrameColumn
from matching.engine.measures import MEASURES, Compiled, Similarities

_COMMON = 2_000  # values whose similarities with one another are measured beforehand, at most
_CELLS_A_RECORD = 10  # similarities measured beforehand for each record, at most
_WORTH_IT = 0.3  # the share of all values that they must make up


class Similarity:
    """How alike records are in one column by one measure.

    Few given names are most given names: the commonest values of such a column are measured
    against one another once, twenty times quicker than pair by pair, with the same result.
    """

    def __init__(self, column: FrameColumn, measure: str) -> None:
        self._column = column
        self._measure = MEASURES[measure]
        affordable = min(_COMMON, isqrt(_CELLS_A_RECORD * int(column.counts.sum())))
        common = np.argsort(-column.counts, kind="stable")[:affordable]
        self._place = np.full(len(column.values) + 1, MISSING, np.int32)
        self._table: Similarities = np.zeros((0, 0), np.float32)
        worth_it = column.counts[common].sum() >= _WORTH_IT * column.counts.sum()
        if isinstance(self._measure, Compiled) and len(common) and worth_it:
            self._place[common] = np.arange(len(common), dtype=np.int32)
            self._table = self._measure.table(column.strings(common.astype(np.int32)))

    @classmethod
    def of_column(cls, frame: Frame, column: str, measure: str) -> "Similarity":
        """That of a frame's column, made once for the frame."""
        known = frame.similarities
        if (column, measure) not in known:
            known[column, measure] = cls(frame.columns[column], measure)
        similarity: Similarity = known[column, measure]
        return similarity

    def of(self, mine: list[Codes], theirs: list[Codes]) -> Similarities:
        """The similarity of each pair's most similar values; 0 where a record has none."""
        best = np.zeros(len(mine[0]), np.float32)
        for one, other in product(mine, theirs):
            both = np.flatnonzero((one != MISSING) & (other != MISSING))
            best[both] = np.maximum(best[both], self._pairwise(one[both], other[both]))
        return best

    def _pairwise(self, one: Codes, other: Codes) -> Similarities:
        place, places = self._place.take(one), self._place.take(other)
        common = (place != MISSING) & (places != MISSING)
        alike = np.empty(len(one), np.float32)
        alike[common] = self._table[place[common], places[common]]
        rare: Ints = np.flatnonzero(~common)
        if len(rare):
            strings = self._column.strings
            alike[rare] = self._measure.pairwise(strings(one[rare]), strings(other[rare]))
        return alike
