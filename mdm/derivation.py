"""What golden records should be, read from their links and source records alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import orjson

from mdm.bulk import fetch
from mdm.consolidation import Content, Members, Provenance, consolidate
from mdm.domains import entity_type
from mdm.governance.ownership import Ranking, ranking
from mdm.models import Feed, GoldenRecord, SourceRecord, SourceSystem
from mdm.pins import Pin, Pinned, pins_on, put_on
from mdm.policy import in_force
from mdm.schema import Attributes
from mdm.standardise.text import fold
from mdm.survivorship import Flags, Integers, Objects, objects

Status, Condition = GoldenRecord.Status, SourceRecord.Condition

# Link by link: while a table is being filled, the planner would rather read all of it each time.
# Most members have no condition, no doubtful value and came by no merge: null is quicker to read.
_MEMBERS = """
    SELECT l.golden_id, r.id, r.system_id, r.attributes::text,
           extract(epoch FROM r.source_updated_at)::float8, r.inactive_at IS NOT NULL, f.deletes,
           nullif(r.condition, ''), nullif(r.doubtful, '{}'), nullif(l.via, '{}'), r.version = 0
    FROM unnest(%s::uuid[]) AS wanted(id)
    CROSS JOIN LATERAL (
        SELECT golden_id, record_id, via FROM mdm_crosswalklink
        WHERE golden_id = wanted.id AND unlinked_at IS NULL OFFSET 0
    ) l
    JOIN mdm_sourcerecord r ON r.id = l.record_id
    JOIN mdm_feed f ON f.id = r.home_feed_id
    ORDER BY l.golden_id, r.id
"""


@dataclass(slots=True)
class Derived:
    """All that is derived for one golden record."""

    content: Content
    status: str
    title: str
    search_text: str
    pinned: tuple[Pinned, ...] = ()


def derive(
    domain: str, ids: Sequence[UUID], at: datetime, register: Ranking | None = None
) -> dict[UUID, Derived]:
    """What each golden record of `ids` should be, evaluated `at` a moment.

    By another `register` than the one in force then, where one is given: what would be.
    """
    rules = in_force(domain)
    register = register or ranking(domain, at.date(), rules.entity_type)
    rows = fetch(_MEMBERS, [list(ids)])
    number = {id_: place for place, id_ in enumerate(ids)}
    golden = np.array([number[row[0]] for row in rows], dtype=np.int64)
    life = _Life.of(rows, golden, len(ids))
    speaking = np.flatnonzero(life.speaking)
    said = [rows[place] for place in speaking]
    systems = np.array([row[2] for row in said], dtype=np.int64)
    members = Members(
        golden=golden[speaking],
        record=np.array([row[1] for row in said], dtype=np.int64),
        system=_codes(systems) if rules.decays else objects([""] * len(said)),
        source_time=np.array([_seconds(row[4]) for row in said]),
        attributes=[orjson.loads(row[3]) for row in said],
        doubtful={place: frozenset(row[8]) for place, row in enumerate(said) if row[8]},
    )
    came_by = {via for row in rows if row[9] for via in row[9]}
    pins = pins_on([*ids, *came_by], at)
    contents = consolidate(
        rules.entity_type,
        members,
        lambda attribute: register.turns(attribute.name, systems),
        len(ids),
        units=register.units(),
        pinned=[{pin.attribute: pin.value for pin in pins.get(id_, ())} for id_ in ids],
        at=at.timestamp(),
    )
    return {
        id_: _derived(domain, content, status, pins.get(id_, ()))
        for id_, content, status in zip(ids, contents, life.statuses, strict=True)
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Life:
    """Which members have a say, one flag each, and the status of each golden record."""

    speaking: Flags
    statuses: list[str]

    @classmethod
    def of(cls, rows: Sequence[tuple[Any, ...]], golden: Integers, count: int) -> "_Life":
        """Withdrawn and expected members have no say, deleted ones have none while another lives.

        A golden record of which nothing has arrived is a draft.
        """
        deleted = np.array([row[5] for row in rows], dtype=bool)
        ending = deleted & np.array([row[6] == Feed.Deletes.SOFT for row in rows], dtype=bool)
        condition = objects([row[7] for row in rows])
        withdrawn = condition == Condition.WITHDRAWN
        expected = np.array([row[10] for row in rows], dtype=bool)
        silent = withdrawn | expected
        dead = _all(deleted | silent, golden, count) & _any(~expected, golden, count)
        speaking = ~silent & (~deleted | dead[golden])
        statuses = np.select(
            [
                _all(silent, golden, count) & _any(withdrawn, golden, count),
                _any(speaking & (condition == Condition.SUSPECT), golden, count),
                dead | _any(ending & ~withdrawn, golden, count),
                ~_any(speaking & (condition != Condition.DRAFT), golden, count),
            ],
            [Status.TOMBSTONE, Status.SUSPECT, Status.INACTIVE, Status.DRAFT],
            Status.ACTIVE,
        )
        return cls(speaking, [str(each) for each in statuses])


@dataclass(slots=True)
class Stored:
    """What is on record for one golden record."""

    attributes: Attributes
    provenance: Provenance
    status: str
    version: int
    changed_at: datetime

    def differs(self, derived: Derived) -> bool:
        """Whether the record is no longer what its facts make of it."""
        return (
            self.attributes != derived.content.attributes
            or self.provenance != derived.content.provenance
            or self.status != derived.status
        )


def standing(ids: Iterable[UUID], *, lock: bool) -> dict[UUID, Stored]:
    """The golden records among `ids` that were not merged away, locked in the order of ids."""
    return _stored("id = ANY(%s) AND merged_into_id IS NULL", list(ids), lock=lock)


def retired(ids: Iterable[UUID]) -> dict[UUID, Stored]:
    """The golden records among `ids` that were merged away, locked in the order of ids."""
    return _stored("id = ANY(%s) AND merged_into_id IS NOT NULL", list(ids), lock=True)


def _stored(condition: str, ids: list[UUID], *, lock: bool) -> dict[UUID, Stored]:
    query = f"""
        SELECT id, attributes::text, provenance::text, status, version, changed_at
        FROM mdm_goldenrecord WHERE {condition} ORDER BY id {"FOR UPDATE" if lock else ""}
    """  # noqa: S608
    rows = fetch(query, [ids]) if ids else []
    return {
        id_: Stored(orjson.loads(attributes), orjson.loads(provenance), status, version, changed_at)
        for id_, attributes, provenance, status, version, changed_at in rows
    }


def differences(domain: str, ids: Sequence[UUID], at: datetime) -> list[UUID]:
    """The golden records of `ids` that are not what their facts make of them."""
    stored = standing(ids, lock=False)
    derived = derive(domain, list(stored), at)
    return [
        id_
        for id_, was in stored.items()
        if was.differs(derived[id_]) or any(each.has_news for each in derived[id_].pinned)
    ]


def _all(flag: Flags, golden: Integers, count: int) -> Flags:
    """For each golden record whether `flag` holds for every member."""
    return ~_any(~flag, golden, count)


def _any(flag: Flags, golden: Integers, count: int) -> Flags:
    """For each golden record whether `flag` holds for some member."""
    return np.asarray(np.bincount(golden[flag], minlength=count) > 0)


def _codes(systems: Integers) -> Objects:
    """The codes of source systems by their ids."""
    distinct, place = np.unique(systems, return_inverse=True)
    codes = SourceSystem.objects.in_bulk(distinct.tolist())
    return objects([codes[id_].code for id_ in distinct.tolist()])[place]


def _seconds(epoch: float | None) -> float:
    return -np.inf if epoch is None else epoch


def _derived(domain: str, content: Content, status: str, pins: Sequence[Pin]) -> Derived:
    if status == Status.TOMBSTONE:
        return Derived(content, status, "", "")
    pinned = put_on(content, pins) if pins else ()
    declared = entity_type(domain)
    names: list[str] = []
    for name in declared.search_by:
        value = content.attributes.get(name)
        names += value if isinstance(value, list) else [value] if value else []
    title = declared.title(content.attributes)
    search_text = " ".join(dict.fromkeys(map(fold, [title, *names])))
    return Derived(content, status, title, search_text, pinned)
