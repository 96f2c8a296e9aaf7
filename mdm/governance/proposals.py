"""Changes that other systems propose of what they do not own, while they wait for a person."""

from collections.abc import Iterable

from mdm.bulk import fetch

_STANDING = """
    SELECT b.id FROM mdm_ownershipbreach b
    JOIN mdm_sourcerecord r ON r.id = b.record_id
    JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
    JOIN mdm_goldenrecord g ON g.id = l.golden_id
    WHERE b.id = ANY(%s::bigint[]) AND b.outcome = 'propose' AND nullif(b.owned, 'null') IS NOT NULL
      AND r.inactive_at IS NULL AND r.condition <> 'withdrawn'
      AND (r.attributes -> b.attribute) IS NOT DISTINCT FROM nullif(b.after, 'null')
      AND (g.attributes -> b.attribute) IS DISTINCT FROM nullif(b.after, 'null')
      AND NOT EXISTS (SELECT FROM mdm_ownershipbreach later WHERE later.record_id = b.record_id
                      AND later.attribute = b.attribute AND later.id > b.id)
"""


def standing(breach_ids: Iterable[int]) -> set[int]:
    """The breaches among these by which a system still proposes what the golden record lacks.

    None does whose system has come round or said something else since, whose golden record says so
    by now, or of which the owner says nothing: there the proposed value fills in by itself.
    """
    ids = sorted(breach_ids)
    return {row[0] for row in fetch(_STANDING, [ids])} if ids else set()
