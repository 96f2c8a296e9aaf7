"""What hangs on golden records, and on which of their source records: for previews."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from mdm.bulk import fetch

SHOWN = 100

RATE = "rate"
"""The kind under which rates are listed whose scope is the golden record."""

_HANGING = """
    WITH members AS (
        SELECT l.golden_id, l.record_id, r.domain, r.source_key, s.code
        FROM mdm_crosswalklink l
        JOIN mdm_sourcerecord r ON r.id = l.record_id
        JOIN mdm_sourcesystem s ON s.id = r.system_id
        WHERE l.golden_id = ANY(%s) AND l.unlinked_at IS NULL
    ), found AS (
        SELECT m.golden_id, m.record_id AS member_id, e.kind, true AS from_it, e.other_domain,
               e.record_id, e.id
        FROM members m
        JOIN mdm_relationship e ON e.record_id = m.record_id AND e.withdrawn_at IS NULL
        UNION ALL
        SELECT m.golden_id, m.record_id, e.kind, false, r.domain, e.record_id, e.id
        FROM members m
        JOIN mdm_relationship e ON e.other_domain = m.domain AND e.other_system = m.code
          AND e.other_key = m.source_key AND e.withdrawn_at IS NULL
        JOIN mdm_sourcerecord r ON r.id = e.record_id
        UNION ALL
        SELECT m.golden_id, m.record_id, 'rate', false, 'rate', l.record_id, NULL
        FROM members m
        JOIN mdm_effectiverate e
          ON e.scope = m.domain AND e.reference = m.code || ':' || m.source_key
        JOIN mdm_crosswalklink l ON l.golden_id = e.golden_id AND l.unlinked_at IS NULL
    )
    SELECT golden_id, member_id, kind, from_it, other_domain, count(DISTINCT record_id),
           (array_agg(DISTINCT record_id))[1:%s],
           coalesce((array_agg(id ORDER BY id) FILTER (WHERE id IS NOT NULL))[1:%s], '{}')
    FROM found GROUP BY golden_id, member_id, kind, from_it, other_domain
    ORDER BY golden_id, kind, from_it, other_domain, member_id
"""


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on one source record of a golden record: of one kind, in one direction.

    `from_it` are relationships that the member asserts itself; the others are asserted by
    `record_ids`, of the domain `domain`, and follow the member wherever it goes. `count` is how
    many asserting records there are; of the ids, the first are listed.
    """

    member_id: int
    kind: str
    from_it: bool
    domain: str
    count: int
    record_ids: tuple[int, ...]
    relationship_ids: tuple[int, ...]


def hanging_on(golden_ids: Iterable[UUID], *, most: int = SHOWN) -> dict[UUID, list[Hanging]]:
    """For each golden record what hangs on it, past periods and what is held back included.

    Contacts, projects and whatever else refers to it or to which it refers, and the rates whose
    scope it is. `most` limits the ids that are listed, not the counts.
    """
    wanted = list(golden_ids)
    hanging: dict[UUID, list[Hanging]] = {id_: [] for id_ in wanted}
    for row in fetch(_HANGING, [wanted, most, most]):
        golden_id, member_id, kind, from_it, domain, count, records, relationships = row
        each = Hanging(
            member_id, kind, from_it, domain, count, tuple(records), tuple(relationships)
        )
        hanging[golden_id].append(each)
    return hanging
