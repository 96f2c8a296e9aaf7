"""What golden records say, given the source records linked to each: a pure function over sets."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mdm.schema import Attribute, Attributes, EntityType
from mdm.survivorship import (
    MOST_TRUST,
    Candidates,
    Flags,
    Floats,
    Integers,
    Objects,
    Turn,
    choose,
    objects,
    trust_of,
)

EVERYTHING = "*"
_NONE: frozenset[str] = frozenset()

Provenance = dict[str, Any]
Unit = tuple[Attribute, ...]
TurnsOf = Callable[[Attribute], Sequence[Turn]]
"""The orders of source systems for an attribute: the first one that holds decides, and the last
one holds for all."""


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Linked source records, one row each: golden record number, record id, system, time, values.

    `system` is the code of the source system, read where trust decays; `source_time` is in seconds
    since the epoch, -inf where the source does not say. `doubtful` names, for the rows that have
    any, the attributes whose values failed validation.
    """

    golden: Integers
    record: Integers
    system: Objects
    source_time: Floats
    attributes: Sequence[Attributes]
    doubtful: Mapping[int, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Content:
    """One golden record: its values, and which source record each came from and why.

    `provenance` maps a source record id to {attribute: reason}, or to "*" when the golden record
    has a single member, from which every value comes.
    """

    attributes: Attributes
    provenance: Provenance


def consolidate(
    entity_type: EntityType,
    members: Members,
    turns_of: TurnsOf,
    count: int,
    *,
    units: Sequence[Unit] = (),
    pinned: Sequence[Attributes] = (),
    at: float = 0,
) -> list[Content]:
    """The content of golden records 0 … count-1, evaluated `at` that many seconds since the epoch.

    `entity_type` says how values survive. `units` are its survival units, those first on whose
    values an order of others depends; in order of declaration where that does not matter. Such an
    order goes by what each golden record will say, with the values `pinned` on it.
    """
    contents = [Content({}, {}) for _ in range(count)]
    single = np.bincount(members.golden, minlength=count)[members.golden] == 1
    for row in np.flatnonzero(single).tolist():
        content = contents[members.golden[row]]
        content.attributes = dict(members.attributes[row])
        content.provenance = {str(members.record[row]): EVERYTHING}
    if not single.all():
        _Contest(
            units or entity_type.survival_units,
            members,
            turns_of,
            np.flatnonzero(~single),
            contents,
            pinned,
            at,
        ).decide()
    return contents


class _Contest:
    """Fills the contents of golden records that have several members, unit by unit."""

    def __init__(
        self,
        units: Sequence[Unit],
        members: Members,
        turns_of: TurnsOf,
        rows: Integers,
        contents: list[Content],
        pinned: Sequence[Attributes],
        at: float,
    ) -> None:
        self.units, self.members, self.contents = units, members, contents
        self.turns_of, self.pinned, self.at = turns_of, pinned, at
        self.rows = rows.tolist()

    def decide(self) -> None:
        for unit in self.units:
            if unit[0].many:
                self._merge_items(unit[0])
            elif len(unit) == 1:
                self._choose_value(unit[0])
            else:
                self._choose_group(unit)

    def _choose_value(self, attribute: Attribute) -> None:
        name = attribute.name
        rows, values = self._offers(name)
        if rows:
            candidates = self._candidates(attribute, rows, values)
            choice = choose(candidates, attribute.survivorship)
            won = zip(choice.golden.tolist(), choice.winner.tolist(), choice.reason, strict=True)
            for golden, winner, reason in won:
                self._put(golden, str(candidates.record[winner]), name, values[winner], reason)

    def _choose_group(self, unit: tuple[Attribute, ...]) -> None:
        """Attributes that survive together, from one source record."""
        names = [attribute.name for attribute in unit]
        offers = [
            (row, offer)
            for row in self.rows
            if _filled(offer := [self.members.attributes[row].get(name) for name in names])
        ]
        if not offers:
            return
        rows, values = [row for row, _ in offers], [offer for _, offer in offers]
        first = unit[0].type.order
        candidates = replace(
            self._candidates(unit[0], rows, values, names),
            fullness=_filled,
            order=lambda offer: first(offer[0]) if _is_said(offer[0]) else None,
        )
        choice = choose(candidates, unit[0].survivorship)
        won = zip(choice.golden.tolist(), choice.winner.tolist(), choice.reason, strict=True)
        for golden, winner, reason in won:
            record = str(candidates.record[winner])
            for name, value in zip(names, values[winner], strict=True):
                if _is_said(value):
                    self._put(golden, record, name, value, reason)

    def _merge_items(self, attribute: Attribute) -> None:
        """A list whose items have an identity: the union, each item from its best source record.

        Where the owner's value is binding and it has items, these are all.
        """
        rows, lists = self._offers(attribute.name)
        number: dict[tuple[int, str], int] = {}
        places: list[int] = []
        items: list[Any] = []
        identities: list[int] = []
        for row, values in zip(rows, lists, strict=True):
            home = int(self.members.golden[row])
            for item in filter(_is_said, values):
                key = (home, attribute.type.identity(item))
                identities.append(number.setdefault(key, len(number)))
                places.append(row)
                items.append(item)
        if not items:
            return
        candidates = self._candidates(attribute, places, items)
        per_item = replace(candidates, golden=np.array(identities, dtype=np.int64))
        won = choose(per_item, attribute.survivorship).winner
        outranked, golden = candidates.outranked, candidates.golden
        winner = won if outranked is None else _heard(outranked[won], golden[won], won)
        owned = set(golden[np.setdiff1d(won, winner)].tolist())
        keys = (
            winner,
            candidates.record[winner],
            candidates.rank[winner],
            candidates.golden[winner],
        )
        for place in winner[np.lexsort(keys)].tolist():
            content = self.contents[candidates.golden[place]]
            content.attributes.setdefault(attribute.name, []).append(items[place])
            record = str(candidates.record[place])
            reason = "owner" if candidates.golden[place] in owned else "merged"
            content.provenance.setdefault(record, {})[attribute.name] = reason

    def _offers(self, name: str) -> tuple[list[int], list[Any]]:
        """The rows that have a value of the attribute, and the values."""
        found = [(row, self.members.attributes[row].get(name)) for row in self.rows]
        offers = [(row, value) for row, value in found if value is not None and _is_said(value)]
        return [row for row, _ in offers], [value for _, value in offers]

    def _candidates(
        self,
        attribute: Attribute,
        rows: list[int],
        values: Sequence[Any],
        names: Collection[str] = (),
    ) -> Candidates:
        """The offers of `rows`; `names` are the attributes of a group that is offered as one."""
        at = np.array(rows, dtype=np.int64)
        rank, bound = self._ranked(attribute)
        rank, source_time = rank[at], self.members.source_time[at]
        doubtful = self._doubtful(attribute, rows, names or (attribute.name,))
        trust = None
        if attribute.decay or doubtful is not None:
            doubted = np.zeros(len(rows), dtype=bool) if doubtful is None else doubtful
            age = self.at - source_time
            system = self.members.system[at]
            trust = trust_of(rank, age, doubted, attribute.decay, attribute.distrust, system)
            if not attribute.decay:  # where nothing is doubtful, the register decides by itself
                golden = self.members.golden[at]
                trust[~np.isin(golden, golden[doubted])] = MOST_TRUST
        return Candidates(
            golden=self.members.golden[at],
            record=self.members.record[at],
            rank=rank,
            source_time=source_time,
            value=objects(values),
            fullness=attribute.type.completeness,
            order=attribute.type.order,
            trust=trust,
            doubtful=doubtful,
            bound=bound[at] if bound.any() else None,
        )

    def _ranked(self, attribute: Attribute) -> tuple[Integers, Flags]:
        """For each member the rank of its system, and whether the owner's value is binding there.

        By the first order that holds for its golden record.
        """
        *special, general = self.turns_of(attribute)
        golden = self.members.golden
        rank, bound = general.ranks, np.full(len(golden), general.binding)
        values = self._values() if special else []
        for turn in reversed(special):
            holds = np.array([turn.holds is None or turn.holds(each) for each in values])[golden]
            rank, bound = np.where(holds, turn.ranks, rank), np.where(holds, turn.binding, bound)
        return rank, bound

    def _values(self) -> list[Attributes]:
        """What each golden record says so far, with what is pinned on it."""
        pinned = self.pinned or [{}] * len(self.contents)
        return [each.attributes | over for each, over in zip(self.contents, pinned, strict=True)]

    def _doubtful(
        self, attribute: Attribute, rows: list[int], names: Collection[str]
    ) -> Flags | None:
        """Which of `rows` offer a value that failed validation; None where that does not matter."""
        doubtful = self.members.doubtful
        if not doubtful or not attribute.distrust:
            return None
        flags = np.array(
            [not doubtful.get(row, _NONE).isdisjoint(names) for row in rows], dtype=bool
        )
        return flags if flags.any() else None

    def _put(self, golden: int, record: str, name: str, value: Any, reason: str) -> None:
        content = self.contents[golden]
        content.attributes[name] = value
        content.provenance.setdefault(record, {})[name] = reason


def _heard(yields: Flags, golden: Integers, won: Integers) -> Integers:
    """The rows of `won` without those that yield to an owner who has items of its own."""
    return won[~(yields & np.isin(golden, golden[~yields]))]


def _filled(offer: Any) -> int:
    return sum(map(_is_said, offer))


def _is_said(value: Any) -> bool:
    """Whether there is a value: no and nought are, an empty text, list or address is not."""
    return bool(value) or value == 0
