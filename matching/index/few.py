"""Weighing the few pairs of a search, one by one; `matching.index.comparing` is for thousands."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from matching.engine.keys import keys_of_values
from matching.engine.model import MatchModel
from matching.engine.pairwise import Agreement, Counted, PairScorer, Record, Value
from matching.engine.record_forms import Forms
from matching.engine.weights import Weights
from matching.index.meetings import NEW, Met
from matching.index.tables import Tables
from matching.models import MatchIndex


class Alike(NamedTuple):
    """A sought record, by its number, and a stored one, by its id, with what is said of them.

    `levels` and `bits` have one item for each comparison; `veto` and `blocking` are numbers as in
    `ScoredPairs`.
    """

    sought: int
    stored: int
    match_weight: float
    levels: tuple[int, ...]
    bits: tuple[float, ...]
    veto: int
    blocking: int


class Weighing:
    """Weighs records, given by their forms, with the stored ones that they meet."""

    def __init__(self, model: MatchModel, weights: Weights) -> None:
        self._model = model
        self._scorer = PairScorer(model, weights)
        self._tables = Tables.of(model.domain)

    def alike(
        self,
        index: MatchIndex,
        forms: Sequence[Forms],
        record_ids: Sequence[int],
        met: Met,
        at_least: float,
    ) -> Iterator[Alike]:
        """The pairs of at least so many bits."""
        scorer, mine = self._scorer, [self._scorer.read(each) for each in forms]
        agreements = self._agreements(mine, record_ids, met)
        new = [each for each, id_ in zip(mine, record_ids, strict=True) if id_ == NEW]
        values = (value for each in agreements for value in each.counted)
        counted = self._counted(index, new, values)
        for ((sought, stored), blocking), agreement in zip(met.items(), agreements, strict=True):
            bits = scorer.bits(agreement, counted)
            weight = scorer.match_weight(bits, counted)
            if weight >= at_least:
                veto = scorer.veto(agreement, counted)
                yield Alike(sought, stored, weight, agreement.levels, tuple(bits), veto, blocking)

    def _agreements(
        self, mine: Sequence[Record], record_ids: Sequence[int], met: Met
    ) -> list[Agreement]:
        """How the two records of each pair agree, that of the lower id first as in a run."""
        stored = self._tables.forms_of(sorted({record_id for _, record_id in met}))
        theirs = {record_id: self._scorer.read(each) for record_id, each in stored.items()}
        return [
            self._scorer.agreement(mine[sought], theirs[stored_id])
            if record_ids[sought] < stored_id
            else self._scorer.agreement(theirs[stored_id], mine[sought])
            for sought, stored_id in met
        ]

    def _counted(
        self, index: MatchIndex, new: Sequence[Record], values: Iterable[Value]
    ) -> Counted:
        """What is counted in the domain and the new records; holders of these values alone."""
        wanted = list(dict.fromkeys(values))
        keys = keys_of_values(self._model.domain, wanted).tolist()
        stored = self._tables.counted(keys) if wanted else {}
        held, holders = Counter(index.held), Counter[Value]()
        for value, key in zip(wanted, keys, strict=True):
            holders[value] = stored.get(key, 0)
        for record in new:
            for column, here in zip(self._model.columns, record.held, strict=True):
                held[column.name] += len(here)
                holders.update((column.name, value) for value in here)
        return Counted(index.records + len(new), held, holders)
