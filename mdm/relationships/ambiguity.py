"""What a steward said of a golden record that has since come apart: whose is it now?

A steward's relationship may be said of a whole golden record; a source record of it only stands
for it. It is unclear once the records that were its members when it was said are in more than one
golden record. What a source record asserts is never unclear: it goes where that record goes.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.relationships.stating import tell

SOME_SAID_OF_GOLDEN = """EXISTS (SELECT FROM mdm_relationship
    WHERE attribute = '' AND withdrawn_at IS NULL AND (of_golden OR to_golden))"""

# The records for which a steward's relationship was said: members of the golden record as it was.
_SAID_OF = """
    WITH anchored AS (
        SELECT e.id, e.kind, 'record' AS side, e.record_id, e.first_asserted_at AS at
        FROM mdm_relationship e
        WHERE e.attribute = '' AND e.withdrawn_at IS NULL AND e.of_golden
        UNION ALL
        SELECT e.id, e.kind, 'other', r.id, e.first_asserted_at
        FROM mdm_relationship e
        JOIN mdm_sourcesystem s ON s.code = e.other_system
        JOIN mdm_sourcerecord r
          ON r.system_id = s.id AND r.domain = e.other_domain AND r.source_key = e.other_key
        WHERE e.attribute = '' AND e.withdrawn_at IS NULL AND e.to_golden
    ), met AS (
        SELECT DISTINCT beside.record_id
        FROM mdm_crosswalklink moved JOIN mdm_crosswalklink beside USING (golden_id)
        WHERE moved.record_id = ANY(%s)
    )
    SELECT anchored.id, anchored.kind, anchored.side, member.record_id, now.golden_id
    FROM anchored
    JOIN met ON met.record_id = anchored.record_id
    JOIN mdm_crosswalklink was ON was.record_id = anchored.record_id
      AND was.linked_at <= anchored.at AND (was.unlinked_at > anchored.at) IS NOT FALSE
    JOIN mdm_crosswalklink member ON member.golden_id = was.golden_id
      AND member.linked_at <= anchored.at AND (member.unlinked_at > anchored.at) IS NOT FALSE
    JOIN mdm_crosswalklink now ON now.record_id = member.record_id AND now.unlinked_at IS NULL
"""


class Ambiguous(NamedTuple):
    """A steward's relationship that could belong to either part.

    `side` says which end came apart: `record`, of which it was said, or the `other`.
    """

    relationship_id: int
    kind: str
    side: str


def ambiguous(golden_id: UUID, leaving_record_ids: Iterable[int]) -> list[Ambiguous]:
    """What would be unclear if these source records left the golden record."""
    members = _members(golden_id)
    leaving = set(leaving_record_ids) & members
    staying = members - leaving
    return sorted(
        each
        for each, (records, _) in _said_of(sorted(members)).items()
        if records & leaving and records & staying
    )


def still_unclear(relationship_ids: Sequence[int]) -> set[int]:
    """The relationships among these that are live and of which the side cannot be told."""
    rows = fetch(
        "SELECT e.record_id FROM mdm_relationship e WHERE e.id = ANY(%s)"
        " UNION SELECT r.id FROM mdm_relationship e"
        " JOIN mdm_sourcesystem s ON s.code = e.other_system"
        " JOIN mdm_sourcerecord r"
        " ON r.system_id = s.id AND r.domain = e.other_domain AND r.source_key = e.other_key"
        " WHERE e.id = ANY(%s)",
        [list(relationship_ids)] * 2,
    )
    said = _said_of([row[0] for row in rows])
    return {each.relationship_id for each, (_, goldens) in said.items() if len(goldens) > 1} & set(
        relationship_ids
    )


def claimants(relationship_id: int, record_ids: Sequence[int]) -> dict[str, set[int]]:
    """For each unclear side of a relationship, the records to which it could belong.

    `record_ids` are those of its two ends.
    """
    return {
        each.side: records
        for each, (records, goldens) in _said_of(record_ids).items()
        if each.relationship_id == relationship_id and len(goldens) > 1
    }


def follow(domain: str, moved: Sequence[int], cause: Cause) -> None:
    """Tell what came apart, or together again, where source records moved."""
    said = _said_of(moved)
    unclear = {each.relationship_id for each, (_, goldens) in said.items() if len(goldens) > 1}
    clear = {each.relationship_id for each, (records, _) in said.items() if len(records) > 1}
    tell("relationships.unclear", domain, cause, ambiguous=unclear)
    tell("relationships.settled", domain, cause, relationships=clear - unclear)


def _said_of(moved: Sequence[int]) -> dict[Ambiguous, tuple[set[int], set[UUID]]]:
    """For each end of a steward's relationship: of which records it was said, and where they are.

    Only for golden records of which one of the `moved` records was ever a member.
    """
    said: dict[Ambiguous, tuple[set[int], set[UUID]]] = {}
    for *what, record_id, golden_id in fetch(_SAID_OF, [list(moved)]):
        records, goldens = said.setdefault(Ambiguous(*what), (set(), set()))
        records.add(record_id)
        goldens.add(golden_id)
    return said


def _members(golden_id: UUID) -> set[int]:
    rows = fetch(
        "SELECT record_id FROM mdm_crosswalklink WHERE golden_id = %s AND unlinked_at IS NULL",
        [golden_id],
    )
    return {row[0] for row in rows}
