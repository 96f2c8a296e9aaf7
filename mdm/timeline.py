"""What happened to a golden record, newest first: who did what, when, why and by which rule.

Events hold no values: what a value was before and after is looked up in what golden records said.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from mdm import ranges
from mdm.bulk import fetch
from mdm.governance import access
from mdm.schema import EntityType

PAGE = 50
CHANGED = "golden.changed"
ARRIVED, OVERRIDE_SET, OVERRIDE_ENDED = "record.arrived", "override.set", "override.ended"


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One attribute, and what the golden record said of it before and after."""

    attribute: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Member:
    """A source record that arrived, joined or left; with the evidence, where it joined by any."""

    system: str
    source_key: str
    method: str = ""
    match_weight: float | None = None
    rule_version: str = ""


class Cursor(NamedTuple):
    """Where a page of the timeline ends: moment, rank of the kind of entry, and ids within it."""

    at: datetime
    rank: int
    id: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises ValueError for what no timeline gave out."""
        at, *numbers = text.split("~")
        rank, id_, number = map(int, numbers)
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not all(0 <= each < 1 << 31 for each in (rank, number)):
            raise ValueError(text)
        if not 0 <= id_ < 1 << 63:
            raise ValueError(text)
        return cls(moment, rank, id_, number)

    def __str__(self) -> str:
        return "~".join([self.at.isoformat(), *map(str, self[1:])])


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened. `golden_id` may be an id that was merged into the one asked about.

    `others` are the golden ids that a merge or a separation names; `attribute` is of an override.
    """

    type: str
    golden_id: UUID
    at: datetime
    by: str
    reason: str = ""
    rule_version: str = ""
    request_id: str = ""
    correlation_id: str = ""
    sequence: int | None = None
    attribute: str = ""
    changes: tuple[ValueChange, ...] = ()
    linked: tuple[Member, ...] = ()
    unlinked: tuple[Member, ...] = ()
    arrived: Member | None = None
    others: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of entries; `next` asks for the older ones, None when there are none."""

    entries: tuple[Entry, ...]
    next: Cursor | None = None


_OVERRIDES = """
    SELECT {at} AS at, 2 AS rank, o.id, {number} AS number, '{type}' AS type, o.golden_id,
        {by} AS by, {reason} AS reason, '' AS rule_version, '' AS request_id, '' AS correlation_id,
        NULL::int AS sequence, jsonb_build_object('attribute', o.attribute) AS content
    FROM ids JOIN mdm_override o ON o.golden_id = ids.id WHERE {at} IS NOT NULL
"""
_ENTRIES = f"""
    WITH RECURSIVE ids AS (
        SELECT %s::uuid AS id
        UNION SELECT g.id FROM ids JOIN mdm_goldenrecord g ON g.merged_into_id = ids.id
    ),
    members AS (
        SELECT l.record_id, max(coalesce(l.unlinked_at, 'infinity')) AS until_at,
            (array_agg(ids.id ORDER BY l.linked_at))[1] AS golden_id
        FROM ids CROSS JOIN LATERAL ({ranges.ever("golden_id", "ids.id")} OFFSET 0) l GROUP BY 1
    ),
    entries AS (
        SELECT e.* FROM ids CROSS JOIN LATERAL (
            SELECT at, 3 AS rank, id, 0 AS number, type, golden_id, by, reason, rule_version,
                request_id, correlation_id, sequence, content
            FROM mdm_event WHERE golden_id = ids.id AND (at, 3, id, 0) < (%s, %s, %s, %s)
            ORDER BY sequence DESC LIMIT %s
        ) e
        UNION ALL
        SELECT v.received_at, 1, v.record_id, v.number, '{ARRIVED}', m.golden_id, b.received_by,
            '', '', '', b.correlation_id, NULL, '{{}}'
        FROM members m
        JOIN mdm_sourcerecordversion v ON v.record_id = m.record_id AND v.received_at <= m.until_at
        JOIN mdm_feedbatch b ON b.id = v.batch_id
        UNION ALL {
    _OVERRIDES.format(at="o.set_at", number=0, type=OVERRIDE_SET, by="o.set_by", reason="o.reason")
}
        UNION ALL {
    _OVERRIDES.format(at="o.ended_at", number=1, type=OVERRIDE_ENDED, by="o.ended_by", reason="''")
}
    )
    SELECT at, rank, id, number, type, golden_id, by, reason, rule_version, request_id,
        correlation_id, sequence, content::text
    FROM entries WHERE (at, rank, id, number) < (%s, %s, %s, %s)
    ORDER BY at DESC, rank DESC, id DESC, number DESC LIMIT %s
"""  # noqa: S608

# A record that left did not join at that moment: its link answers nothing.
_MEMBERS = f"""
    SELECT a.record_id, a.golden_id, a.at, s.code, r.source_key, coalesce(l.method, ''),
        l.match_weight, coalesce(l.rule_version, '')
    FROM unnest(%s::bigint[], %s::uuid[], %s::timestamptz[]) AS a(record_id, golden_id, at)
    JOIN mdm_sourcerecord r ON r.id = a.record_id
    JOIN mdm_sourcesystem s ON s.id = r.system_id
    LEFT JOIN LATERAL ({ranges.ever("record_id", "a.record_id")} OFFSET 0) l
        ON l.golden_id = a.golden_id AND l.linked_at = a.at
    ORDER BY s.code, r.source_key
"""  # noqa: S608

_SAID = """
    SELECT v.golden_id, v.number, v.attributes::text
    FROM unnest(%s::uuid[], %s::int[]) AS a(id, number)
    JOIN mdm_goldenrecordversion v ON v.golden_id = a.id AND v.number = a.number
    UNION ALL
    SELECT id, version, attributes::text FROM mdm_goldenrecord WHERE id = ANY(%s)
"""

_Row = tuple[Any, ...]
_Said = Mapping[tuple[UUID, int], dict[str, Any]]
_Joining = tuple[int, UUID, datetime]


def read(golden_id: UUID, *, before: Cursor | None = None, size: int = PAGE) -> Timeline:
    """A page of what happened to a golden record, and to the ids that lead to it; three queries."""
    start: Sequence[Any] = before or ("infinity", 9, 0, 0)
    page_of = [*start, size + 1]
    rows = fetch(_ENTRIES, [golden_id, *page_of, *page_of])
    page = [(*row[:-1], orjson.loads(row[-1])) for row in rows[:size]]
    members, said = _members(page), _said(page)
    entries = tuple(_entry(row, members, said) for row in page)
    return Timeline(entries, Cursor(*page[-1][:4]) if len(rows) > size else None)


def reason_for(actor: access.Actor, declared: EntityType, entry: Entry) -> str:
    """Why, unless it is about attributes that the actor may not see: reasons quote values."""
    about = [entry.attribute] if entry.attribute else []
    if entry.type == CHANGED and not (entry.linked or entry.unlinked):
        about += [change.attribute for change in entry.changes]
    hidden = not all(name in declared and access.may_see(actor, declared[name]) for name in about)
    return access.MASK if entry.reason and hidden else entry.reason


def _entry(row: _Row, members: Mapping[_Joining, Member], said: _Said) -> Entry:
    at, _, id_, _, type_, golden_id, by, reason, rule, request_id, case, sequence, content = row

    def those(record_ids: Iterable[int]) -> tuple[Member, ...]:
        found = (members.get((each, golden_id, at)) for each in record_ids)
        return tuple(each for each in found if each)

    return Entry(
        type_,
        golden_id,
        at,
        by,
        reason,
        rule,
        request_id,
        case,
        sequence,
        content.get("attribute", ""),
        _changes(golden_id, sequence, content.get("attributes", ()), said),
        those(content.get("linked", ())),
        those(content.get("unlinked", ())),
        members.get((id_, golden_id, at)) if type_ == ARRIVED else None,
        tuple(UUID(each) for each in _others(content) if each != str(golden_id)),
    )


def _others(content: Mapping[str, Any]) -> Iterable[str]:
    """The golden ids that an event names: merged into it, split off it, or where it came from."""
    into = [content["into"]] if "into" in content else []
    return [*content.get("merged", ()), *content.get("parts", ()), *content.get("from", ()), *into]


def _changes(
    golden_id: UUID, sequence: int | None, names: Sequence[str], said: _Said
) -> tuple[ValueChange, ...]:
    if sequence is None:
        return ()
    before, after = said.get((golden_id, sequence - 1), {}), said.get((golden_id, sequence), {})
    return tuple(ValueChange(name, before.get(name), after.get(name)) for name in names)


def _members(page: Iterable[_Row]) -> dict[_Joining, Member]:
    """Every source record that entries name, as it joined at the moment of the entry."""
    asked: list[_Joining] = []
    for at, _, id_, _, type_, golden_id, *_, content in page:
        asked += [
            (record_id, golden_id, at)
            for record_id in (*content.get("linked", ()), *content.get("unlinked", ()))
        ]
        asked += [(id_, golden_id, at)] if type_ == ARRIVED else []
    columns = [list(each) for each in zip(*asked, strict=True)] or [[], [], []]
    return {
        (record_id, golden_id, at): Member(*member)
        for record_id, golden_id, at, *member in fetch(_MEMBERS, columns)
    }


def _said(page: Iterable[_Row]) -> _Said:
    """The values before and after each event of the page."""
    asked = {
        (golden_id, sequence - step)
        for *_, golden_id, _, _, _, _, _, sequence, content in page
        if sequence is not None and content.get("attributes")
        for step in (0, 1)
    }
    ids, numbers = [id_ for id_, _ in asked], [number for _, number in asked]
    rows = fetch(_SAID, [ids, numbers, sorted(set(ids))])
    return {(id_, number): orjson.loads(attributes) for id_, number, attributes in rows}
