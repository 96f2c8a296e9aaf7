"""What stands around a golden record: its relationships, and the tasks that are about it."""

from dataclasses import dataclass

from mdm import relationships
from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.models import GoldenRecord
from mdm.relationships import Related
from stewardship.models import StewardshipTask

SHOWN = 100

_TASKS = """
    WITH members AS (
        SELECT record_id FROM mdm_crosswalklink WHERE golden_id = %s AND unlinked_at IS NULL
    ), subjects AS (
        SELECT 'match_review' AS kind, p.id::text AS subject
        FROM members m JOIN matching_matchpair p ON p.left_id = m.record_id
        WHERE p.state = 'pending'
        UNION SELECT 'match_review', p.id::text
        FROM members m JOIN matching_matchpair p ON p.right_id = m.record_id
        WHERE p.state = 'pending'
        UNION ALL SELECT 'suspect_cluster', id::text FROM matching_suspectcluster
        WHERE golden_id = %s AND settled_at IS NULL
        UNION ALL SELECT 'contested_pin', id::text FROM mdm_override
        WHERE golden_id = %s AND ended_at IS NULL
        UNION ALL SELECT 'proposed_change', b.id::text FROM mdm_ownershipbreach b
        WHERE b.record_id IN (SELECT record_id FROM members) AND b.outcome = 'propose'
        UNION ALL SELECT kind, %s FROM (VALUES ('contested_rate'), ('relationship')) k(kind)
    )
    SELECT t.* FROM subjects s CROSS JOIN LATERAL (
        SELECT * FROM stewardship_stewardshiptask
        WHERE kind = s.kind AND subject = s.subject AND state = 'open' OFFSET 0
    ) t
    ORDER BY t.rank, t.id LIMIT 50
"""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A relationship with the name of the other end, as far as the reader may see it."""

    related: Related
    title: str
    may_open: bool


def related(actor: access.Actor, record: GoldenRecord) -> list[Neighbour]:
    """The relationships of a golden record, those in effect first."""
    found = []
    for each in relationships.of_golden(record.pk)[:SHOWN]:
        seen = access.may_view(actor, each.other_domain)
        declared = ENTITY_TYPES.get(each.other_domain)
        named = access.title_for(actor, declared, each.other_title) if seen and declared else ""
        unknown = each.reference if seen else access.MASK
        found.append(Neighbour(each, named or unknown, seen and each.other_golden_id is not None))
    return sorted(found, key=lambda each: each.related.held_back != "")


def open_tasks(record: GoldenRecord) -> list[StewardshipTask]:
    """The open stewardship tasks about a golden record or one of its source records."""
    id_ = record.pk
    return list(StewardshipTask.objects.raw(_TASKS, [id_, id_, id_, str(id_)]))
