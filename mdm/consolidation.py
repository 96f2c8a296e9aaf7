"""What golden records say, given the source records linked to each: a pure function over sets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mdm.schema import Attribute, Attributes, EntityType
from mdm.survivorship import Candidates, Floats, Integers, choose, objects

EVERYTHING = "*"

Provenance = dict[str, Any]
RankOf = Callable[[str], Integers]


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """Linked source records, one row each: golden record number, record id, time and values.

    `source_time` is in seconds since the epoch, -inf where the source does not say.
    """

    golden: Integers
    record: Integers
    source_time: Floats
    attributes: Sequence[Attributes]


@dataclass(slots=True)
class Content:
    """One golden record: its values, and which source record each came from and why.

    `provenance` maps a source record id to {attribute: reason}, or to "*" when the golden record
    has a single member, from which every value comes.
    """

    attributes: Attributes
    provenance: Provenance


def consolidate(
    entity_type: EntityType, members: Members, rank_of: RankOf, count: int
) -> list[Content]:
    """The content of golden records 0 … count-1; `rank_of(attribute)` ranks each row's system."""
    contents = [Content({}, {}) for _ in range(count)]
    size = np.bincount(members.golden, minlength=count)
    single = size[members.golden] == 1
    for row in np.flatnonzero(single):
        content = contents[members.golden[row]]
        content.attributes = dict(members.attributes[row])
        content.provenance = {str(members.record[row]): EVERYTHING}
    rows = np.flatnonzero(~single)
    if len(rows):
        _compete(entity_type, members, rank_of, rows, contents)
    return contents


def _compete(
    entity_type: EntityType,
    members: Members,
    rank_of: RankOf,
    rows: Integers,
    contents: list[Content],
) -> None:
    """Fill `contents` of the golden records that have several members, unit by unit."""
    for unit in entity_type.survival_units:
        rank = rank_of(unit[0].name)
        if unit[0].many:
            _merge_items(unit[0], members, rank, rows, contents)
        else:
            _choose_unit(unit, members, rank, rows, contents)


def _choose_unit(
    unit: tuple[Attribute, ...],
    members: Members,
    rank: Integers,
    rows: Integers,
    contents: list[Content],
) -> None:
    """One attribute, or a group that survives together from one source record."""
    names = [attribute.name for attribute in unit]
    offers = []
    for row in rows:
        values = members.attributes[row]
        offer = tuple(values.get(name) for name in names)
        if any(value is not None for value in offer):
            offers.append((row, offer))
    if not offers:
        return
    candidates = _candidates(unit, members, rank, offers)
    choice = choose(candidates, unit[0].survivorship)
    for golden, winner, reason in zip(choice.golden, choice.winner, choice.reason, strict=True):
        record = str(candidates.record[winner])
        for name, value in zip(names, offers[winner][1], strict=True):
            if value is not None:
                contents[golden].attributes[name] = value
                contents[golden].provenance.setdefault(record, {})[name] = reason


def _candidates(
    unit: tuple[Attribute, ...],
    members: Members,
    rank: Integers,
    offers: Sequence[tuple[int, tuple[Any, ...]]],
) -> Candidates:
    rows = np.array([row for row, _ in offers], dtype=np.int64)
    values = [offer if len(unit) > 1 else offer[0] for _, offer in offers]
    completeness = [
        sum(
            each.type.completeness(value)
            for each, value in zip(unit, offer, strict=True)
            if value is not None
        )
        for _, offer in offers
    ]
    return Candidates(
        golden=members.golden[rows],
        record=members.record[rows],
        rank=rank[rows],
        source_time=members.source_time[rows],
        completeness=np.array(completeness, dtype=np.int64),
        value=objects(values),
    )


def _merge_items(
    attribute: Attribute,
    members: Members,
    rank: Integers,
    rows: Integers,
    contents: list[Content],
) -> None:
    """A list whose items have an identity: the union, each item from its best source record."""
    number: dict[tuple[int, str], int] = {}
    offers: list[tuple[int, tuple[Any, ...]]] = []
    items: list[int] = []
    for row, identity, item in _items(attribute, members, rows):
        key = (int(members.golden[row]), identity)
        items.append(number.setdefault(key, len(number)))
        offers.append((row, (item,)))
    if not offers:
        return
    flat = _candidates((attribute,), members, rank, offers)
    per_item = Candidates(
        np.array(items), flat.record, flat.rank, flat.source_time, flat.completeness, flat.value
    )
    choice = choose(per_item, attribute.survivorship)
    _collect_items(attribute, flat, choice.winner, contents)


def _items(
    attribute: Attribute, members: Members, rows: Integers
) -> Iterator[tuple[int, str, Any]]:
    for row in rows:
        for item in members.attributes[row].get(attribute.name) or ():
            yield int(row), attribute.type.identity(item), item


def _collect_items(
    attribute: Attribute, flat: Candidates, winner: Integers, contents: list[Content]
) -> None:
    """Put the surviving items into their golden records, those of the best source first."""
    order = np.lexsort((winner, flat.record[winner], flat.rank[winner], flat.golden[winner]))
    for row in winner[order]:
        content = contents[flat.golden[row]]
        content.attributes.setdefault(attribute.name, []).append(flat.value[row])
        content.provenance.setdefault(str(flat.record[row]), {})[attribute.name] = "merged"
