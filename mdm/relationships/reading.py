"""What a golden record is to others, now or as the hub knew it; its way up and down a hierarchy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from mdm.bulk import fetch
from mdm.hierarchy import Days
from mdm.models import Relationship
from mdm.relation_kinds import WORDS, RelationKind
from mdm.relationships.stating import DOWN_FROM, PARENT_OF, UP_FROM

# Links and relationships as they stood at a moment, and as they stand now.
_LINKED = "{0}.linked_at <= %s AND ({0}.unlinked_at > %s) IS NOT FALSE"
_ASSERTED = "e.asserted_at <= %s AND (e.withdrawn_at > %s) IS NOT FALSE"
_NOW_LINKED, _NOW_ASSERTED = "{0}.unlinked_at IS NULL", "e.withdrawn_at IS NULL"

_OF_GOLDEN = """
    WITH found AS (
        SELECT e.*, 'from it' AS direction, theirs.golden_id AS other_golden_id
        FROM mdm_crosswalklink mine
        JOIN mdm_relationship e ON e.record_id = mine.record_id AND {asserted}
        LEFT JOIN mdm_sourcesystem s ON s.code = e.other_system
        LEFT JOIN mdm_sourcerecord r
          ON r.system_id = s.id AND r.domain = e.other_domain AND r.source_key = e.other_key
        LEFT JOIN mdm_crosswalklink theirs ON theirs.record_id = r.id AND {theirs}
        WHERE mine.golden_id = %s AND {mine}
        UNION ALL
        SELECT e.*, 'from the other', theirs.golden_id
        FROM mdm_crosswalklink mine
        JOIN mdm_sourcerecord r ON r.id = mine.record_id
        JOIN mdm_sourcesystem s ON s.id = r.system_id
        JOIN mdm_relationship e ON e.other_domain = r.domain AND e.other_system = s.code
          AND e.other_key = r.source_key AND {asserted}
        LEFT JOIN mdm_crosswalklink theirs ON theirs.record_id = e.record_id AND {theirs}
        WHERE mine.golden_id = %s AND {mine}
    )
    SELECT f.id, f.kind, f.direction, f.other_golden_id, {title},
           CASE f.direction WHEN 'from it' THEN f.other_domain ELSE r.domain END,
           lower(f.valid_on), upper(f.valid_on), f.held_back, f.confidence, f.attribute,
           f.record_id, s.code, r.source_key, f.other_system, f.other_key,
           f.asserted_by, f.asserted_at
    FROM found f
    JOIN mdm_sourcerecord r ON r.id = f.record_id
    JOIN mdm_sourcesystem s ON s.id = r.system_id
    LEFT JOIN mdm_goldenrecord g ON g.id = f.other_golden_id
    WHERE %s::date IS NULL OR f.valid_on @> %s::date
    ORDER BY f.kind, f.direction, lower(f.valid_on) NULLS FIRST, f.first_asserted_at, f.id
"""
_TITLE_THEN = """coalesce((SELECT v.title FROM mdm_goldenrecordversion v WHERE v.golden_id = g.id
    AND v.since_at <= %s AND v.until_at > %s ORDER BY v.number DESC LIMIT 1), g.title)"""

_STEPS = """
    WITH RECURSIVE walk(golden_id, depth, path) AS (
        SELECT %s::uuid, 0, ARRAY[%s::uuid]
        UNION ALL
        SELECT theirs.golden_id, walk.depth + 1, walk.path || theirs.golden_id
        FROM walk {onwards}
        WHERE e.kind = %s AND e.held_back = '' AND e.valid_on @> %s::date AND walk.depth < %s
          AND theirs.golden_id <> ALL(walk.path)
    )
    SELECT DISTINCT ON (walk.golden_id) walk.golden_id, g.title, walk.depth,
           walk.path[array_upper(walk.path, 1) - 1]
    FROM walk JOIN mdm_goldenrecord g ON g.id = walk.golden_id
    WHERE walk.depth > 0 ORDER BY walk.golden_id, walk.depth
"""
_DEEPEST = 100

_EDGES = """
    SELECT DISTINCT mine.golden_id, theirs.golden_id
    FROM mdm_relationship e
    JOIN mdm_crosswalklink mine ON mine.record_id = e.record_id AND mine.unlinked_at IS NULL
    JOIN mdm_sourcesystem s ON s.code = e.other_system
    JOIN mdm_sourcerecord r
      ON r.system_id = s.id AND r.domain = e.other_domain AND r.source_key = e.other_key
    JOIN mdm_crosswalklink theirs ON theirs.record_id = r.id AND theirs.unlinked_at IS NULL
    WHERE e.kind = %s AND e.other_domain = %s AND e.withdrawn_at IS NULL AND e.held_back = ''
      AND e.valid_on @> %s::date AND mine.golden_id <> theirs.golden_id
"""


@dataclass(frozen=True, slots=True)
class Related:
    """One relationship of a golden record, as seen from it.

    `other_golden_id` is None while the record at the other end has not arrived or is not matched.
    `system` and `source_key` name the source record that asserts it, `reference` the one that it
    names. A `held_back` relationship is asserted and not in effect.
    """

    id: int
    kind: str
    from_it: bool
    other_golden_id: UUID | None
    other_title: str
    other_domain: str
    days: Days
    held_back: str
    confidence: float | None
    by_steward: bool
    record_id: int
    system: str
    source_key: str
    reference: str
    asserted_by: str
    asserted_at: datetime

    @property
    def words(self) -> str:
        """The kind as a person reads it of the golden record, such as *works for*."""
        words = WORDS[RelationKind(self.kind)]
        return words.from_record if self.from_it else words.from_other


@dataclass(frozen=True, slots=True)
class Step:
    """A golden record on a way up or down; `via` is the one before it on the shortest way."""

    golden_id: UUID
    title: str
    depth: int
    via: UUID


def of_golden(
    golden_id: UUID, *, valid_on: date | None = None, as_of: datetime | None = None
) -> list[Related]:
    """Every relationship of a golden record, in both directions.

    `valid_on` asks for those that hold on a day; without it all periods are told. `as_of` asks what
    the hub knew at a moment: its relationships, and what each record belonged to then.
    """
    asserted, linked = (_ASSERTED, _LINKED) if as_of else (_NOW_ASSERTED, _NOW_LINKED)
    query = _OF_GOLDEN.format(
        asserted=asserted,
        mine=linked.format("mine"),
        theirs=linked.format("theirs"),
        title=_TITLE_THEN if as_of else "g.title",
    )
    moment = [as_of, as_of] if as_of else []
    found = [*moment, *moment, golden_id, *moment]  # in the order in which the query asks
    rows = fetch(query, [*found, *found, *moment, valid_on, valid_on])
    return [_related(row) for row in rows]


def children(golden_id: UUID, kind: str = PARENT_OF, *, valid_on: date) -> list[Step]:
    """What is directly below a golden record on a day, in order of titles."""
    return _walk(golden_id, kind, valid_on, up=False, deepest=1)


def ancestors(golden_id: UUID, kind: str = PARENT_OF, *, valid_on: date) -> list[Step]:
    """What is above a golden record on a day, the nearest first."""
    return _walk(golden_id, kind, valid_on, up=True)


def descendants(golden_id: UUID, kind: str = PARENT_OF, *, valid_on: date) -> list[Step]:
    """What is below a golden record on a day, the nearest first."""
    return _walk(golden_id, kind, valid_on, up=False)


def edges(domain: str, kind: str = PARENT_OF, *, valid_on: date) -> list[tuple[UUID, UUID]]:
    """Every child and parent of a domain that are so on a day, each two once."""
    return [(child, parent) for child, parent in fetch(_EDGES, [kind, domain, valid_on])]


def _walk(
    golden_id: UUID, kind: str, valid_on: date, *, up: bool, deepest: int = _DEEPEST
) -> list[Step]:
    onwards = (UP_FROM if up else DOWN_FROM).format(here="walk.golden_id")
    query = _STEPS.format(onwards=onwards)
    rows = fetch(query, [golden_id, golden_id, Relationship.Kind(kind).value, valid_on, deepest])
    return sorted((Step(*row) for row in rows), key=lambda step: (step.depth, step.title))


def _related(row: Sequence[Any]) -> Related:
    id_, kind, direction, other_golden_id, title, domain, first, until, held_back, *rest = row
    confidence, attribute, record_id, system, key, other_system, other_key, *asserted = rest
    return Related(
        id=id_,
        kind=kind,
        from_it=direction == "from it",
        other_golden_id=other_golden_id,
        other_title=title or "",
        other_domain=domain,
        days=Days(first, until),
        held_back=held_back,
        confidence=confidence,
        by_steward=attribute == "",
        record_id=record_id,
        system=system,
        source_key=key,
        reference=f"{other_system}:{other_key}",
        asserted_by=asserted[0],
        asserted_at=asserted[1],
    )
