"""Relationships that source records assert, kept in step with what their attributes say."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from mdm.attribute_types import Reference as ReferenceType
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.hierarchy import Days
from mdm.relation_kinds import RelationKind
from mdm.relationships import circles
from mdm.relationships.stating import PARENT_OF, Reference, Stated, stated, write

_SAID = """
    SELECT r.id, said.attribute, r.attributes -> said.attribute ->> 'system',
           r.attributes -> said.attribute ->> 'key', r.inactive_at IS NULL, r.version > 1
    FROM mdm_sourcerecord r CROSS JOIN unnest(%s::text[]) AS said(attribute) WHERE r.id = ANY(%s)
"""
_SOURCE_DAYS = """
    SELECT r.id, v.source_updated_at::date FROM mdm_sourcerecord r
    CROSS JOIN LATERAL (
        SELECT source_updated_at FROM mdm_sourcerecordversion
        WHERE record_id = r.id AND number = r.version OFFSET 0
    ) v
    WHERE r.id = ANY(%s) AND v.source_updated_at IS NOT NULL
"""
_WITHDRAWN = """
    SELECT record_id, max(withdrawn_at) FROM mdm_relationship
    WHERE record_id = ANY(%s) AND attribute <> '' AND withdrawn_at IS NOT NULL GROUP BY record_id
"""


class _Change(NamedTuple):
    """An attribute of a record that says something else than its last relationship does."""

    record_id: int
    attribute: str
    other: Reference | None
    known_before: bool
    last: Stated | None

    @property
    def ended(self) -> Stated | None:
        """The last relationship, if it holds until this change."""
        return self.last if self.last and self.last.valid_on.until is None else None


def project(domain: str, record_ids: Sequence[int], *, cause: Cause) -> None:
    """Bring the relationships of source records in step with their attributes.

    A reference that changed ends on the day that its source dates the change, or on the day on
    which it is recorded, and the new one begins there. Since when that has held which a record says
    when it first arrives is not known, so it has no beginning. The caller has locked the records.
    """
    types = _relation_types(domain)
    if not types or not record_ids:
        return
    changes = list(_changes(types, record_ids))
    if changes:
        _carry_out(domain, types, changes, cause)


def end(record_ids: Sequence[int], *, cause: Cause) -> None:
    """End what source records assert that their source no longer has."""
    rows = fetch("SELECT DISTINCT domain FROM mdm_sourcerecord WHERE id = ANY(%s)", [record_ids])
    for (domain,) in rows:
        project(domain, record_ids, cause=cause)


@transaction.atomic
def catch_up(domain: str, golden_ids: Sequence[UUID], *, cause: Cause) -> None:
    """Project what members of golden records said before their domain declared it a relation."""
    if _relation_types(domain):
        rows = fetch(
            "SELECT id FROM mdm_sourcerecord WHERE id IN (SELECT record_id FROM mdm_crosswalklink"
            " WHERE golden_id = ANY(%s) AND unlinked_at IS NULL) ORDER BY id FOR NO KEY UPDATE",
            [list(golden_ids)],
        )
        project(domain, [row[0] for row in rows], cause=cause)


def _relation_types(domain: str) -> dict[str, ReferenceType]:
    return {
        each.name: each.type
        for each in entity_type(domain).relations
        if isinstance(each.type, ReferenceType)
    }


def _changes(types: dict[str, ReferenceType], record_ids: Sequence[int]) -> Iterator[_Change]:
    last = _last_of(record_ids)
    for record_id, attribute, system, key, active, known in fetch(
        _SAID, [list(types), list(record_ids)]
    ):
        other = Reference(types[attribute].domain, system, key) if active and key else None
        change = _Change(record_id, attribute, other, known, last.get((record_id, attribute)))
        before = change.ended
        now = (types[attribute].relation, other) if other else None
        if now != (before and (before.kind, before.other)):
            yield change


def _last_of(record_ids: Sequence[int]) -> dict[tuple[int, str], Stated]:
    """What each attribute of the records says last, by the days on which it holds."""
    rows = stated("e.attribute <> '' AND e.record_id = ANY(%s)", [list(record_ids)])
    rows.sort(key=lambda row: row.valid_on.until or date.max)
    return {(row.record_id, row.attribute): row for row in rows}


def _carry_out(
    domain: str, types: dict[str, ReferenceType], changes: list[_Change], cause: Cause
) -> None:
    hierarchical = [each for each in changes if types[each.attribute].relation == PARENT_OF]
    if hierarchical:
        circles.lock(domain)  # and see what others held back, or let go, before
        last = _last_of([each.record_id for each in changes])
        changes = [each._replace(last=last.get(each[:2])) for each in changes]
    known = [each.record_id for each in changes if each.known_before or each.last]
    days = dict(fetch(_SOURCE_DAYS, [known])) if known else {}
    withdrawn = dict(fetch(_WITHDRAWN, [known])) if known else {}
    new = [
        row
        for each in changes
        for row in _succession(
            each,
            types[each.attribute].relation,
            days.get(each.record_id) or cause.at.date(),
            cause.later(max(cause.at, withdrawn.get(each.record_id) or cause.at)),
        )
    ]
    ended = [each.ended for each in changes if each.ended]
    write([each.id for each in ended], new, cause)
    if hierarchical:
        before, now = ([row for row in rows if row.kind == PARENT_OF] for rows in (ended, new))
        circles.settle(domain, before, now, cause)


def _succession(
    change: _Change, kind: RelationKind | None, on: date, cause: Cause
) -> Iterator[Stated]:
    """What takes the place of the last thing that the attribute said."""
    at = max(cause.at, change.last.asserted_at) if change.last else cause.at
    begins = _boundary(change.last, on if change.last or change.known_before else None)
    ended = change.ended
    if ended and begins != ended.valid_on.first:
        days = Days(ended.valid_on.first, begins)
        yield ended._replace(valid_on=days, asserted_at=at, asserted_by=cause.by)
    if change.other:
        said = (str(kind), change.record_id, change.attribute, *change.other)
        yield Stated(0, *said, at, at, cause.by, Days(begins))


def _boundary(last: Stated | None, on: date | None) -> date | None:
    """The day on which one period ends and the next begins; never within an earlier period."""
    if last is None or on is None:
        return on
    return max(last.valid_on.until or last.valid_on.first or on, on)
