"""Finding the stored records that are alike: one record, or a thousand, against a whole domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from matching.engine.identifiers import NO_VETO
from matching.engine.model import MatchModel
from matching.engine.record_forms import Forms, RecordForms
from matching.engine.weights import Weights
from matching.index.attributes import AttributeTexts
from matching.index.building import recipe_of
from matching.index.comparing import Comparing
from matching.index.few import Alike
from matching.index.meetings import NEW
from matching.learned import last_weights
from matching.models import MatchIndex
from mdm.bulk import fetch_prepared


class NoIndexError(LookupError):
    """The domain has no index that fits its model: build one first."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A record that is searched for: standardised attributes, as a source record holds them.

    `record_id` is that of the stored record whose attributes they are, which is not found again.
    """

    attributes: Mapping[str, Any]
    record_id: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored record that is alike, with the evidence in bits.

    `levels` and `weights` have one item for each comparison of the model. `grade` says what the
    match weight is enough for: "merge", "review" or "unlikely". `veto` names an identifier that
    differs: such records never merge.
    """

    record_id: int
    match_weight: float
    levels: tuple[int, ...]
    weights: tuple[float, ...]
    found_by: str
    veto: str | None
    grade: str


class Search:
    """Searches the index of one domain by one model and its weights."""

    def __init__(self, model: MatchModel, weights: Weights) -> None:
        self.model = model
        self._comparing = Comparing(model, weights)
        self._recipe = recipe_of(model)
        self._forms = RecordForms(model)
        self._texts = AttributeTexts(model)

    @classmethod
    def of(cls, model: MatchModel) -> "Search":
        """With the weights of the last run of the model, or those that it ships with."""
        return cls(model, last_weights(model) or Weights.of(model))

    def find(self, sought: Sequence[Sought], keep_at: float | None = None) -> list[list[Candidate]]:
        """For each record the stored ones of at least `keep_at` bits, the most alike first.

        By default those that a run would keep, from the model's `review_at`. A thousand records in
        one call cost little more than a few. Raises `NoIndexError`.
        """
        floor = self.model.review_at if keep_at is None else keep_at
        alike = self._comparing.alike(self._index(), *self._described(sought), floor)
        found: list[list[Candidate]] = [[] for _ in sought]
        for each in sorted(alike, key=lambda each: (-each.match_weight, each.stored)):
            found[each.sought].append(self._candidate(each))
        return found

    def met(self, sought: Sequence[Sought]) -> list[tuple[int, str]]:
        """The stored records that any pass brings these to, each with the name of that pass.

        They are not compared: for values that say enough by being the same. Raises `NoIndexError`.
        """
        self._index()
        found = self._comparing.met(*self._described(sought))
        passes = {stored: number for (_, stored), number in reversed(found.items())}
        return [(stored, self.model.passes[number].name) for stored, number in passes.items()]

    def _described(self, sought: Sequence[Sought]) -> tuple[list[Forms], list[int]]:
        texts = self._texts.of([each.attributes for each in sought])
        ids = [NEW if each.record_id is None else each.record_id for each in sought]
        return [self._forms.of(each) for each in texts], ids

    def _index(self) -> MatchIndex:
        found = fetch_prepared(
            "SELECT records, held::text FROM matching_matchindex WHERE domain = %s AND recipe = %s",
            [self.model.domain, self._recipe],
        )
        for records, held in found:
            return MatchIndex(records=records, held=orjson.loads(held))
        raise NoIndexError(f"there is no index of {self.model.domain!r} for its match model")

    def _candidate(self, pair: Alike) -> Candidate:
        vetoed = pair.veto != NO_VETO
        return Candidate(
            record_id=pair.stored,
            match_weight=pair.match_weight,
            levels=pair.levels,
            weights=pair.bits,
            found_by=self.model.passes[pair.blocking].name,
            veto=self.model.identifiers[pair.veto].name if vetoed else None,
            grade=self._grade(pair.match_weight, vetoed=vetoed),
        )

    def _grade(self, weight: float, *, vetoed: bool) -> str:
        if weight < self.model.review_at:
            return "unlikely"
        return "review" if vetoed or weight < self.model.merge_at else "merge"
