"""Weighing the few pairs of a search, one by one; `matching.index.comparing` is for thousands."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from matching.engine.keys import keys_of_values
from matching.engine.model import MatchModel
from matching.engine.pairwise import Counted, PairScorer, Record, Value
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
        scorer = self._scorer
        stored = self._tables.forms_of(sorted({record_id for _, record_id in met}))
        theirs = {record_id: scorer.read(each) for record_id, each in stored.items()}
        mine = [scorer.read(each) for each in forms]
        agreements = []
        for sought, stored_id in met:
            ends = mine[sought], theirs[stored_id]
            in_order = record_ids[sought] < stored_id  # as a run has them
            agreements.append(scorer.agreement(*(ends if in_order else reversed(ends))))
        new = [each for each, id_ in zip(mine, record_ids, strict=True) if id_ == NEW]
        counted = self._counted(
            index, new, (value for each in agreements for value in each.counted)
        )
        prior = scorer.prior(counted)
        for ((sought, stored_id), blocking), agreement in zip(met.items(), agreements, strict=True):
            bits = scorer.bits(agreement, counted)
            weight = sum(bits, start=prior)
            if weight >= at_least:
                veto = scorer.veto(agreement, counted)
                levels = agreement.levels
                yield Alike(sought, stored_id, weight, levels, tuple(bits), veto, blocking)

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
