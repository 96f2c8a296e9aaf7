"""Relationships that source records assert, kept in step with what their attributes say."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from mdm.attribute_types import Reference as ReferenceType
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.hierarchy import Days
from mdm.relationships import circles
from mdm.relationships.stating import PARENT_OF, Reference, Stated, stated, write

_CHANGES = """
    SELECT r.id, said.attribute, reference ->> 'system', reference ->> 'key',
           v.source_updated_at::date, r.version > 1, last.id, ended.at
    FROM mdm_sourcerecord r
    CROSS JOIN unnest(%s::text[], %s::text[], %s::text[]) AS said(attribute, kind, other_domain)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.inactive_at IS NULL THEN r.attributes -> said.attribute END
    ) AS now(reference)
    LEFT JOIN LATERAL (
        SELECT * FROM mdm_relationship
        WHERE record_id = r.id AND attribute = said.attribute AND withdrawn_at IS NULL
        ORDER BY upper(valid_on) DESC NULLS FIRST LIMIT 1
    ) AS last ON true
    LEFT JOIN LATERAL (
        SELECT max(withdrawn_at) AS at FROM mdm_relationship
        WHERE record_id = r.id AND attribute = said.attribute AND withdrawn_at IS NOT NULL
    ) AS ended ON true
    LEFT JOIN mdm_sourcerecordversion v ON v.record_id = r.id AND v.number = r.version
    WHERE r.id = ANY(%s)
      AND CASE WHEN last.id IS NULL OR NOT upper_inf(last.valid_on) THEN reference IS NOT NULL
          ELSE reference IS NULL
            OR (said.kind, said.other_domain, reference ->> 'system', reference ->> 'key')
            <> (last.kind, last.other_domain, last.other_system, last.other_key) END
"""


class _Change(NamedTuple):
    """An attribute of a record that says something else than the hub has in its relationships."""

    record_id: int
    attribute: str
    system: str | None
    key: str | None
    changed_on: date | None
    known_before: bool
    last_id: int | None
    last_withdrawn_at: datetime | None


def project(domain: str, record_ids: Sequence[int], *, cause: Cause) -> None:
    """Bring the relationships of source records in step with their attributes.

    A reference that changed ends on the day that its source dates the change, or on the day on
    which it is recorded, and the new one begins there. Since when that has held which a record says
    when it first arrives is not known, so it has no beginning. The caller has locked the records.
    """
    types = _relation_types(domain)
    if not types or not record_ids:
        return
    names = list(types)
    kinds = [type_.relation for type_ in types.values()]
    others = [type_.domain for type_ in types.values()]
    changes = [_Change(*row) for row in fetch(_CHANGES, [names, kinds, others, list(record_ids)])]
    if changes:
        _carry_out(domain, types, changes, cause)


def end(record_ids: Sequence[int], *, cause: Cause) -> None:
    """End what source records assert that their source no longer has."""
    rows = fetch("SELECT DISTINCT domain FROM mdm_sourcerecord WHERE id = ANY(%s)", [record_ids])
    for (domain,) in rows:
        project(domain, record_ids, cause=cause)


def _relation_types(domain: str) -> dict[str, ReferenceType]:
    return {
        each.name: each.type
        for each in entity_type(domain).relations
        if isinstance(each.type, ReferenceType)
    }


def _carry_out(
    domain: str, types: dict[str, ReferenceType], changes: list[_Change], cause: Cause
) -> None:
    parental = {name for name, type_ in types.items() if type_.relation == PARENT_OF}
    hierarchical = any(each.attribute in parental for each in changes)
    if hierarchical:
        circles.lock(domain)
    ids = [each.last_id for each in changes if each.last_id]
    known = {each.id: each for each in stated("e.id = ANY(%s)", [ids])} if ids else {}
    open_ = [each for each in known.values() if each.valid_on.until is None]
    new = [
        row
        for change in changes
        for row in _succession(change, known.get(change.last_id or 0), types, cause)
    ]
    written = write([each.id for each in open_], new, cause)
    if hierarchical:
        edges = [(id_, row) for id_, row in zip(written, new, strict=True) if row.kind == PARENT_OF]
        before = [each for each in open_ if each.kind == PARENT_OF]
        circles.settle(domain, before, [row for _, row in edges], cause)


def _succession(
    change: _Change, last: Stated | None, types: dict[str, ReferenceType], cause: Cause
) -> Iterator[Stated]:
    """What takes the place of the last thing that the attribute said."""
    on = change.changed_on or cause.at.date()
    times = [cause.at, change.last_withdrawn_at, last and last.asserted_at]
    at = max(each for each in times if each)
    begins = _boundary(last, on if last or change.known_before else None)
    if last and last.valid_on.until is None and begins != last.valid_on.first:
        days = Days(last.valid_on.first, begins)
        yield last._replace(valid_on=days, asserted_at=at, asserted_by=cause.by)
    if change.system and change.key:
        type_ = types[change.attribute]
        other = Reference(type_.domain, change.system, change.key)
        kind = str(type_.relation)
        yield Stated(
            0, kind, change.record_id, change.attribute, *other, at, at, cause.by, Days(begins)
        )


def _boundary(last: Stated | None, on: date | None) -> date | None:
    """The day on which one period ends and the next begins; never within an earlier period."""
    if last is None or on is None:
        return on
    return max(last.valid_on.until or last.valid_on.first or on, on)
