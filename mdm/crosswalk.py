"""From a source system's identifier to the golden record, and from there to every other system."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from mdm.bulk import fetch


class XrefStatus(StrEnum):
    """What an identifier means now."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    UNMATCHED = "unmatched"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One source record of a golden record, as other systems know it."""

    system: str
    source_key: str
    active: bool
    method: str
    match_weight: float | None
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to *what is this identifier*."""

    system: str
    domain: str
    source_key: str
    status: XrefStatus
    golden_id: UUID | None = None
    title: str = ""
    identifiers: tuple[Identifier, ...] = ()


_IDENTIFIERS = """
    SELECT s.code, r.source_key, r.inactive_at IS NULL, l.method, l.match_weight, l.linked_at
    FROM mdm_crosswalklink l
    JOIN mdm_sourcerecord r ON r.id = l.record_id
    JOIN mdm_sourcesystem s ON s.id = r.system_id
    WHERE l.golden_id = %s AND l.unlinked_at IS NULL
    ORDER BY s.code, r.source_key
"""

_RESOLVE = """
    SELECT r.inactive_at IS NULL, l.golden_id, g.title
    FROM mdm_sourcerecord r
    JOIN mdm_sourcesystem s ON s.id = r.system_id
    LEFT JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
    LEFT JOIN mdm_goldenrecord g ON g.id = l.golden_id
    WHERE s.code = %s AND r.domain = %s AND r.source_key = %s
"""

_FOLLOW = """
    WITH RECURSIVE chain AS (
        SELECT id, merged_into_id, 0 AS step FROM mdm_goldenrecord WHERE id = %s
        UNION ALL
        SELECT g.id, g.merged_into_id, chain.step + 1
        FROM mdm_goldenrecord g JOIN chain ON g.id = chain.merged_into_id
    )
    SELECT id FROM chain ORDER BY step DESC LIMIT 1
"""

_REFERENCES = """
    SELECT wanted.system, wanted.key, l.golden_id
    FROM unnest(%s::text[], %s::text[]) AS wanted(system, key)
    JOIN mdm_sourcesystem s ON s.code = wanted.system
    JOIN mdm_sourcerecord r
      ON r.system_id = s.id AND r.domain = %s AND r.source_key = wanted.key
    JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
"""

Reference = tuple[str, str]
"""A source system's code and a source key in it."""


def resolve(system: str, domain: str, source_key: str) -> Resolution:
    """What `source_key` of `system` means now; never raises for an identifier it does not know."""
    rows = fetch(_RESOLVE, [system, domain, source_key])
    if not rows:
        return Resolution(system, domain, source_key, XrefStatus.UNKNOWN)
    active, golden_id, title = rows[0]
    if golden_id is None:
        return Resolution(system, domain, source_key, XrefStatus.UNMATCHED)
    status = XrefStatus.ACTIVE if active else XrefStatus.INACTIVE
    return Resolution(
        system, domain, source_key, status, golden_id, title, identifiers_of(golden_id)
    )


def identifiers_of(golden_id: UUID) -> tuple[Identifier, ...]:
    """Every identifier under which source systems know the golden record."""
    return tuple(Identifier(*row) for row in fetch(_IDENTIFIERS, [golden_id]))


def follow(golden_id: UUID) -> UUID | None:
    """The golden record that stands at the end of the redirects from `golden_id`."""
    rows = fetch(_FOLLOW, [golden_id])
    return rows[0][0] if rows else None


def resolve_references(domain: str, references: list[Reference]) -> dict[Reference, UUID]:
    """The golden records that references into `domain` mean now, as far as they are known."""
    if not references:
        return {}
    systems, keys = zip(*references, strict=True)
    rows = fetch(_REFERENCES, [list(systems), list(keys), domain])
    return {(system, key): golden_id for system, key, golden_id in rows}
