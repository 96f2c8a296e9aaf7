"""Comparing records with the stored ones that they meet: the pairs that a full run would find."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import MISSING, Floats, Ints
from matching.engine.frame import Frame, Whole
from matching.engine.identifiers import held_identifiers, vetoes
from matching.engine.keys import counted_columns, value_keys
from matching.engine.model import MatchModel
from matching.engine.record_forms import Forms
from matching.engine.score import ScoredPairs, Scorer
from matching.engine.weights import Weights
from matching.index.few import Alike, Weighing
from matching.index.meetings import NEW, Meetings, Met
from matching.index.tables import Tables
from matching.models import MatchIndex

_FEW = 300  # pairs that are weighed one by one: quicker than a frame of them is made


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs of a sought record and a stored one; every array has one item a pair.

    `sought` numbers the sought record, `stored` is the id of the other one, `bits` has a column
    for each comparison. `pairs` has them as rows of a frame.
    """

    sought: Ints
    stored: Ints
    bits: Floats
    pairs: ScoredPairs

    def alike(self, at_least: float) -> Iterator[Alike]:
        """The pairs of at least so many bits, one by one."""
        kept = np.flatnonzero(self.pairs.match_weight >= at_least)
        pairs = self.pairs.where(kept)
        columns = (self.sought[kept], self.stored[kept], pairs.match_weight)
        evidence = (map(tuple, each.tolist()) for each in (pairs.levels, self.bits[kept]))
        found_by = (pairs.veto, pairs.blocking)
        yield from map(
            Alike,
            *(each.tolist() for each in columns),
            *evidence,
            *map(np.ndarray.tolist, found_by),
        )


class Comparing:
    """Compares records, given by their forms, with stored ones, by one model and its weights."""

    def __init__(self, model: MatchModel, weights: Weights) -> None:
        self.model, self.weights = model, weights
        self._tables = Tables.of(model.domain)
        self._meetings = Meetings(model)
        self._weighing = Weighing(model, weights)

    def met(self, forms: Sequence[Forms], record_ids: Sequence[int]) -> Met:
        """Whom records meet, not compared."""
        return self._meetings.of(forms, record_ids)

    def alike(
        self,
        index: MatchIndex,
        forms: Sequence[Forms],
        record_ids: Sequence[int],
        at_least: float,
    ) -> Iterator[Alike]:
        """The pairs that `compare` finds, of at least so many bits, one by one."""
        met = self._meetings.of(forms, record_ids)
        if len(met) <= _FEW:
            return self._weighing.alike(index, forms, record_ids, met, at_least)
        return self._compared(index, forms, record_ids, met).alike(at_least)

    def compare(
        self, index: MatchIndex, forms: Sequence[Forms], record_ids: Sequence[int]
    ) -> Compared:
        """Compares records with the stored ones that any pass brings them to.

        `record_ids` are those of stored records, which do not meet themselves, or `NEW`. What is
        counted is counted among all stored records and the new ones.
        """
        return self._compared(index, forms, record_ids, self._meetings.of(forms, record_ids))

    def _compared(
        self, index: MatchIndex, forms: Sequence[Forms], record_ids: Sequence[int], met: Met
    ) -> Compared:
        ids = np.array(record_ids, np.int64)
        sought, stored = np.array(list(met), np.int64).reshape(-1, 2).T
        blocking = np.array(list(met.values()), np.int64)
        known = self._tables.forms_of(sorted(set(stored.tolist())))
        candidate_ids = np.array(list(known), np.int64)
        every_id = np.concatenate([ids, candidate_ids])
        order = np.argsort(every_id, kind="stable")
        place = np.argsort(order)
        every = [*forms, *known.values()]
        frame = Frame.of_forms(
            self.model, [every[each] for each in order.tolist()], every_id[order]
        )
        frame = frame.within(self._whole(index, frame, place[: len(forms)]))
        candidate = len(forms) + np.searchsorted(candidate_ids, stored)
        ends = place[sought], place[candidate]
        pairs, bits = self._scored(frame, np.minimum(*ends), np.maximum(*ends), blocking)
        return Compared(sought, stored, bits, pairs)

    def within(self, index: MatchIndex, frame: Frame) -> Frame:
        """A frame of stored records as part of their domain: all that it holds may be shared."""
        return frame.within(self._whole(index, frame, np.arange(len(frame))))

    def _whole(self, index: MatchIndex, frame: Frame, sought: Ints) -> Whole:
        """What is counted in the domain, with the new ones among the sought rows."""
        new = sought[frame.record_ids[sought] == NEW]
        by_slot = (frame.matrix[new] != MISSING).sum(axis=0).tolist()
        held = {
            name: index.held[name] + sum(by_slot[column.slots])
            for name, column in frame.columns.items()
        }
        return Whole(index.records + len(new), held, self._counts(frame, sought, new))

    def _counts(self, frame: Frame, sought: Ints, new: Ints) -> dict[str, Ints]:
        """How many records hold each value, stored ones and new ones; rare values count as none.

        A value that only candidates hold is not shared: it is counted where it may identify.
        """
        identifying = {each.column for each in self.model.identifiers}
        codes = {
            name: _held(frame, name, None if name in identifying else sought)
            for name in counted_columns(self.model)
        }
        keys = value_keys(frame, self.model, codes)
        stored = self._tables.counted(
            np.concatenate([np.zeros(0, np.int64), *keys.values()]).tolist()
        )
        counts = {}
        for name, wanted in codes.items():
            counts[name] = np.zeros(len(frame.columns[name].values), np.int64)
            counts[name][wanted] = [stored.get(key, 0) for key in keys[name].tolist()]
            np.add.at(counts[name], _held(frame, name, new), 1)
        return counts

    def _scored(
        self, frame: Frame, left: Ints, right: Ints, blocking: Ints
    ) -> tuple[ScoredPairs, Floats]:
        """All pairs with their weights, and the bits of each comparison."""
        scorer = Scorer(frame, self.model, self.weights)
        levels, bits, rarity = scorer.evidence(left, right)
        bits += rarity
        weight = np.full(len(left), scorer.prior)
        for number in range(len(self.model.comparisons)):  # in this order, as a run sums them
            weight += bits[:, number]
        veto = vetoes(held_identifiers(frame, self.model), left, right)
        return ScoredPairs(left, right, weight, levels, veto, blocking.astype(np.int32)), bits


def _held(frame: Frame, column: str, rows: Ints | None) -> Ints:
    """The codes of the values that some rows hold, or any."""
    if rows is None:
        return np.arange(len(frame.columns[column].values))
    codes = frame.matrix[rows, frame.columns[column].slots].ravel()
    held: Ints = codes[codes != MISSING].astype(np.int64)
    return held
