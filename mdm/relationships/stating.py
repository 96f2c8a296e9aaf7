"""The rows of relationships: read, withdrawn and stated anew; nothing else writes them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from mdm import events
from mdm.bulk import copy_in, execute, fetch, reserve_ids
from mdm.cause import Cause
from mdm.hierarchy import Days, Edge
from mdm.models import Relationship

CIRCLE = Relationship.HeldBack.CIRCLE.value
REFUTED = Relationship.HeldBack.REFUTED.value
PARENT_OF = Relationship.Kind.PARENT_OF.value


class Reference(NamedTuple):
    """A source record as another one names it; it need not have arrived."""

    domain: str
    system: str
    key: str


class Stated(NamedTuple):
    """One live relationship, in the order of the columns that are written."""

    id: int
    kind: str
    record_id: int
    attribute: str
    other_domain: str
    other_system: str
    other_key: str
    first_asserted_at: datetime
    asserted_at: datetime
    asserted_by: str
    valid_on: Days = Days()
    confidence: float | None = None
    held_back: str = ""
    of_golden: bool = False
    to_golden: bool = False

    @property
    def other(self) -> Reference:
        return Reference(self.other_domain, self.other_system, self.other_key)


class ParentEdge(NamedTuple):
    """A relationship of a hierarchy between the golden records that its ends belong to now."""

    child: UUID
    parent: UUID
    stated: Stated

    @property
    def edge(self) -> Edge:
        return Edge(self.stated.id, self.child, self.parent, self.stated.valid_on)


_COLUMNS = ", ".join(
    "lower(e.valid_on), upper(e.valid_on)" if name == "valid_on" else f"e.{name}"
    for name in Stated._fields
)
_DAYS = Stated._fields.index("valid_on")

BETWEEN_GOLDENS = """
    mdm_relationship e
    JOIN mdm_crosswalklink mine ON mine.record_id = e.record_id AND mine.unlinked_at IS NULL
    JOIN mdm_sourcesystem s ON s.code = e.other_system
    JOIN mdm_sourcerecord r
      ON r.system_id = s.id AND r.domain = e.other_domain AND r.source_key = e.other_key
    JOIN mdm_crosswalklink theirs ON theirs.record_id = r.id AND theirs.unlinked_at IS NULL
"""
"""Relationships with both ends linked: from `mine.golden_id` to `theirs.golden_id`."""

# Step by step from one golden record: while tables are being filled, the planner would rather read
# all of them for each step.
UP_FROM = """
    CROSS JOIN LATERAL (
        SELECT record_id FROM mdm_crosswalklink
        WHERE golden_id = {here} AND unlinked_at IS NULL OFFSET 0
    ) mine
    CROSS JOIN LATERAL (
        SELECT * FROM mdm_relationship
        WHERE record_id = mine.record_id AND withdrawn_at IS NULL OFFSET 0
    ) e
    CROSS JOIN LATERAL (
        SELECT r.id FROM mdm_sourcesystem s
        JOIN mdm_sourcerecord r ON r.system_id = s.id
        WHERE s.code = e.other_system AND r.domain = e.other_domain
          AND r.source_key = e.other_key OFFSET 0
    ) r
    CROSS JOIN LATERAL (
        SELECT golden_id FROM mdm_crosswalklink
        WHERE record_id = r.id AND unlinked_at IS NULL OFFSET 0
    ) theirs
"""
"""From the golden record `here` along its relationships `e` to `theirs.golden_id`."""

DOWN_FROM = """
    CROSS JOIN LATERAL (
        SELECT record_id FROM mdm_crosswalklink
        WHERE golden_id = {here} AND unlinked_at IS NULL OFFSET 0
    ) mine
    CROSS JOIN LATERAL (
        SELECT r.domain, s.code, r.source_key FROM mdm_sourcerecord r
        JOIN mdm_sourcesystem s ON s.id = r.system_id WHERE r.id = mine.record_id OFFSET 0
    ) r
    CROSS JOIN LATERAL (
        SELECT * FROM mdm_relationship
        WHERE other_domain = r.domain AND other_system = r.code AND other_key = r.source_key
          AND withdrawn_at IS NULL OFFSET 0
    ) e
    CROSS JOIN LATERAL (
        SELECT golden_id FROM mdm_crosswalklink
        WHERE record_id = e.record_id AND unlinked_at IS NULL OFFSET 0
    ) theirs
"""
"""From the golden record `here` against the relationships `e` that lead to it."""

_UPWARDS = f"""
    WITH RECURSIVE above(golden_id) AS (
        SELECT unnest(%s::uuid[])
        UNION
        SELECT theirs.golden_id FROM above {UP_FROM.format(here="above.golden_id")}
        WHERE e.kind = 'parent_of' AND e.held_back <> 'refuted'
    )
    SELECT above.golden_id, theirs.golden_id, {_COLUMNS}
    FROM above {UP_FROM.format(here="above.golden_id")}
    WHERE e.kind = 'parent_of' AND e.held_back <> 'refuted'
    ORDER BY e.attribute <> '', e.first_asserted_at, e.record_id, e.asserted_at, e.id
"""  # noqa: S608


def stated(condition: str, parameters: Sequence[Any]) -> list[Stated]:
    """The live relationships `e` for which a condition in SQL holds."""
    rows = fetch(
        f"SELECT {_COLUMNS} FROM mdm_relationship e"  # noqa: S608
        f" WHERE e.withdrawn_at IS NULL AND {condition} ORDER BY e.id",
        parameters,
    )
    return [_read(row) for row in rows]


def edges_above(golden_ids: Iterable[UUID]) -> list[ParentEdge]:
    """All edges on the ways up from golden records, held back or not, in order of precedence.

    What stewards said goes before what sources say, then what was said first.
    """
    rows = fetch(_UPWARDS, [list(golden_ids)])
    return [ParentEdge(row[0], row[1], _read(row[2:])) for row in rows]


def write(withdrawn: Sequence[int], new: Sequence[Stated], cause: Cause) -> list[int]:
    """Withdraw relationships, and state others under ids of their own; returns those."""
    if withdrawn:
        execute(
            "UPDATE mdm_relationship SET withdrawn_at = greatest(%s, asserted_at),"
            " withdrawn_by = %s WHERE id = ANY(%s) AND withdrawn_at IS NULL",
            [cause.at, cause.by, list(withdrawn)],
        )
    if not new:
        return []
    ids = reserve_ids(Relationship, len(new))
    copy_in(
        Relationship,
        (*Stated._fields, "withdrawn_by"),
        (
            (*each._replace(id=id_)[:_DAYS], str(each.valid_on), *each[_DAYS + 1 :], "")
            for id_, each in zip(ids, new, strict=True)
        ),
    )
    return ids


def restate(changed: Iterable[tuple[Stated, dict[str, Any]]], cause: Cause) -> list[int]:
    """State relationships otherwise from now on; what they were before is kept. Returns new ids."""
    pairs = list(changed)
    new = [
        was._replace(asserted_at=max(cause.at, was.asserted_at), asserted_by=cause.by, **changes)
        for was, changes in pairs
    ]
    return write([was.id for was, _ in pairs], new, cause)


def tell(type_: str, domain: str, cause: Cause, **ids: Iterable[int] | Iterable[UUID]) -> None:
    """Record that relationships became unclear, or clear again, if any did."""
    content = {name: sorted(map(_plain, each), key=str) for name, each in ids.items()}
    if any(content.values()):
        events.record(type_, domain=domain, content=content, cause=cause)


def _plain(id_: int | UUID) -> int | str:
    return id_ if isinstance(id_, int) else str(id_)


def _read(row: Sequence[Any]) -> Stated:
    return Stated._make([*row[:_DAYS], Days(row[_DAYS], row[_DAYS + 1]), *row[_DAYS + 2 :]])
