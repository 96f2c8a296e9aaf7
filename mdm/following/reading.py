"""Reading events in the order of their positions, with what each golden record said by it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from mdm import tracing
from mdm.bulk import fetch
from mdm.crosswalk import names_of
from mdm.following.vocabulary import EVENT_TYPES, EventType

WINDOW = 20_000
"""Positions that one page looks through, so that a rare type costs no page more than that."""

_RECORDS = ("linked", "unlinked", "records")
_Row = tuple[Any, ...]
_Identifiers = Mapping[int, dict[str, str]]


class CursorError(ValueError):
    """A cursor that this hub never gave out, or not in the state that it is in now."""


class Cursor(NamedTuple):
    """How far a consumer has read: a position, and a mark of the event that stands there.

    The mark tells when a hub was restored to a state before the cursor, and went on differently.
    """

    position: int
    mark: str

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Raises CursorError for what no page ends with."""
        position, _, mark = text.partition("-")
        if not (position.isascii() and position.isdigit() and len(position) < 19):
            raise CursorError(f"{text!r} is no cursor")
        return cls(int(position), mark)

    def __str__(self) -> str:
        return f"{self.position}-{self.mark}" if self.position else "0"


START = Cursor(0, "")


@dataclass(frozen=True, slots=True)
class Followed:
    """An event at its position; values as the golden record said them by this very event."""

    position: int
    id: str
    type: EventType
    domain: str
    golden_id: UUID | None
    sequence: int | None
    at: datetime
    by: str
    correlation_id: str
    traceparent: str
    content: dict[str, Any]
    title: str
    lifecycle: str
    merged_into: UUID | None
    attributes: dict[str, Any]
    before: dict[str, Any]

    @property
    def changed(self) -> list[str]:
        """The names of the attributes whose values changed."""
        return list(self.content.get("attributes", ())) if self.golden_id else []


@dataclass(frozen=True, slots=True)
class Page:
    """Events after a cursor, and the cursor after them; `more` when there is more already."""

    events: tuple[Followed, ...]
    next: Cursor
    more: bool


_EVENTS = """
    SELECT p.position, e.id, e.type, e.domain, e.golden_id, e.sequence, e.at, e.by,
        e.correlation_id, e.trace, e.content::text, said.title, said.status, said.merged_into_id,
        said.attributes::text, before.attributes::text
    FROM mdm_eventposition p JOIN mdm_event e ON e.id = p.event_id
    LEFT JOIN LATERAL (
        SELECT title, status, merged_into_id, attributes FROM mdm_goldenrecordversion
        WHERE golden_id = e.golden_id AND number = e.sequence
        UNION ALL
        SELECT title, status, merged_into_id, attributes FROM mdm_goldenrecord
        WHERE id = e.golden_id AND version = e.sequence
        LIMIT 1
    ) said ON true
    LEFT JOIN mdm_goldenrecordversion before
        ON before.golden_id = e.golden_id AND before.number = e.sequence - 1
    WHERE {which} ORDER BY p.position LIMIT %s
"""
FOR_CONSUMER = "(e.content -> 'consumer' IS NULL OR e.content ->> 'consumer' = %s)"
"""An event that names a consumer is told to that one alone."""
_AFTER = _EVENTS.format(
    which="p.position > %s AND p.position <= %s AND e.type = ANY(%s) AND e.domain = ANY(%s)"
    f" AND {FOR_CONSUMER}"
)
_THESE = _EVENTS.format(which="p.position = ANY(%s)")

# The end of the feed, the event at the cursor, and the one at which the window of the page ends.
_BOUNDS = """
    WITH ends AS (
        SELECT c.after, h.head, least(c.after + %s, h.head) AS last
        FROM (SELECT %s::bigint AS after) c,
            (SELECT coalesce(max(position), 0) AS head FROM mdm_eventposition) h
    )
    SELECT ends.head, ends.last, p.position, e.id, e.at, e.correlation_id
    FROM ends LEFT JOIN mdm_eventposition p ON p.position IN (ends.after, ends.last)
    LEFT JOIN mdm_event e ON e.id = p.event_id
"""


def head() -> int:
    """The last position that is given."""
    [(position,)] = fetch("SELECT coalesce(max(position), 0) FROM mdm_eventposition")
    return int(position)


def read(
    after: Cursor, *, types: Collection[str], domains: Collection[str], consumer: str, limit: int
) -> Page:
    """Events of some types and domains after a cursor, at most `limit`; three statements.

    What concerns one consumer alone is left out, but for `consumer`.
    The next cursor is past whatever was looked through and left out. Raises CursorError when the
    cursor does not belong to this state of the hub.
    """
    bounds = fetch(_BOUNDS, [WINDOW, after.position])
    head_position, last = bounds[0][:2]
    marks = {row[2]: _mark(*row[3:]) for row in bounds if row[2] is not None}
    if after.position and marks.get(after.position) != after.mark:
        raise CursorError(
            f"{after} is not where this hub has been: it was restored to an earlier state, or the"
            " cursor is another hub's; read from the start again"
        )
    if last <= after.position:
        return Page((), after, more=False)
    rows = fetch(_AFTER, [after.position, last, list(types), list(domains), consumer, limit])
    events = _followed(rows)
    if len(rows) == limit:
        last = events[-1].position
        marks[last] = events[-1].id.partition("-")[2]
    return Page(events, Cursor(last, marks[last]), more=last < head_position)


def at(positions: Sequence[int]) -> dict[int, Followed]:
    """The events at some positions; two statements."""
    rows = fetch(_THESE, [list(positions), len(positions)])
    return {each.position: each for each in _followed(rows)}


def _followed(rows: Sequence[_Row]) -> tuple[Followed, ...]:
    contents = [_json(row[10]) for row in rows]
    identifiers = _identifiers(contents)
    return tuple(
        _event(row, _named(content, identifiers))
        for row, content in zip(rows, contents, strict=True)
    )


def _event(row: _Row, content: dict[str, Any]) -> Followed:
    position, id_, type_, domain, golden_id, sequence, at_, by, case, trace, _, *said = row
    title, status, merged_into, attributes, before = said
    return Followed(
        position,
        f"{id_}-{_mark(id_, at_, case)}",
        EVENT_TYPES[type_],
        domain,
        golden_id,
        sequence,
        at_,
        by,
        case,
        tracing.unpacked(trace) if trace else "",
        content,
        title or "",
        status or "",
        merged_into,
        _json(attributes),
        _json(before),
    )


def _named(content: dict[str, Any], identifiers: _Identifiers) -> dict[str, Any]:
    """Source records by the names that others know them by, instead of by the hub's own."""
    named = {
        name: [identifiers[each] for each in content[name] if each in identifiers]
        for name in _RECORDS
        if name in content
    }
    one = {"records": [identifiers[content["record"]]]} if "record" in content else {}
    parts = {"parts": sorted(content["parts"])} if "parts" in content else {}
    return {**content, **named, **one, **parts}


def _identifiers(contents: Sequence[dict[str, Any]]) -> dict[int, dict[str, str]]:
    wanted = {id_ for content in contents for name in _RECORDS for id_ in content.get(name, ())}
    wanted |= {content["record"] for content in contents if "record" in content}
    found = names_of(wanted) if wanted else {}
    return {id_: {"system": system, "source_key": key} for id_, (system, key) in found.items()}


def _mark(event_id: int, at_: datetime, correlation_id: str) -> str:
    """Eight digits that two different events hardly ever share."""
    said = f"{event_id} {at_.timestamp()} {correlation_id}"
    return blake2b(said.encode(), digest_size=4).hexdigest()


def _json(text: str | None) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(text) if text else {}
    return found
