"""What hangs on golden records: money, projects, rates, contacts by name, and identifiers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from mdm import relationships, words
from mdm.bulk import fetch
from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.governance.exposure import exposure_of
from stewardship import wording

_NAMED = 5

_IDENTIFIERS = """
    SELECT own.record_id, l.golden_id, s.code, r.source_key
    FROM mdm_crosswalklink own
    JOIN mdm_crosswalklink l ON l.golden_id = own.golden_id AND l.unlinked_at IS NULL
    JOIN mdm_sourcerecord r ON r.id = l.record_id
    JOIN mdm_sourcesystem s ON s.id = r.system_id
    WHERE own.record_id = ANY(%s) AND own.unlinked_at IS NULL
    ORDER BY s.code, r.source_key
"""
_NAMES = """
    SELECT l.record_id, g.id, g.domain, g.title FROM mdm_crosswalklink l
    JOIN mdm_goldenrecord g ON g.id = l.golden_id
    WHERE l.record_id = ANY(%s) AND l.unlinked_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """Records of one domain that hang on a golden record; the first ones by name and address."""

    label: str
    count: int
    named: tuple[tuple[str, str, UUID], ...]


@dataclass(frozen=True, slots=True)
class Attached:
    """What hangs on one golden record, and the identifiers under which systems know it.

    `money` has an amount for each currency, as people read them.
    """

    golden_id: UUID
    kinds: tuple[Kind, ...]
    identifiers: tuple[str, ...]
    money: tuple[str, ...] = ()


def attached_to(
    actor: access.Actor, record_ids: Sequence[int], *, on: date
) -> list[Attached | None]:
    """For each source record what hangs on its golden record; None where it has none yet."""
    homes: dict[int, UUID] = {}
    identifiers: dict[UUID, dict[str, None]] = {}
    for record_id, golden_id, code, key in fetch(_IDENTIFIERS, [list(record_ids)]):
        homes[record_id] = golden_id
        identifiers.setdefault(golden_id, {})[f"{code}:{key}"] = None
    hanging = relationships.hanging_on(set(homes.values()), most=_NAMED)
    listed = {id_ for several in hanging.values() for each in several for id_ in each.record_ids}
    names = _names(actor, listed)
    exposed = exposure_of(identifiers, on) if identifiers else {}
    found = {
        golden_id: Attached(
            golden_id,
            tuple(_kinds(hanging[golden_id], names)),
            tuple(identifiers[golden_id]),
            wording.money(exposed.get(golden_id, {})),
        )
        for golden_id in identifiers
    }
    return [found.get(homes[id_]) if id_ in homes else None for id_ in record_ids]


def _kinds(
    hanging: Sequence[relationships.Hanging], names: dict[int, tuple[str, str, UUID]]
) -> list[Kind]:
    counts: dict[str, int] = {}
    named: dict[str, dict[UUID, tuple[str, str, UUID]]] = {}
    for each in hanging:
        if each.from_it:
            continue
        counts[each.domain] = counts.get(each.domain, 0) + each.count
        for record_id in each.record_ids:
            if record_id in names:
                name = names[record_id]
                named.setdefault(each.domain, {})[name[2]] = name
    return [
        Kind(
            words.inside(ENTITY_TYPES[domain].plural if count > 1 else ENTITY_TYPES[domain].label),
            count,
            tuple(named.get(domain, {}).values())[:_NAMED],
        )
        for domain, count in sorted(counts.items())
    ]


def _names(actor: access.Actor, record_ids: Collection[int]) -> dict[int, tuple[str, str, UUID]]:
    """Titles of the golden records of source records, as far as the actor may see them."""
    return {
        record_id: (access.title_for(actor, ENTITY_TYPES[domain], title), domain, golden_id)
        for record_id, golden_id, domain, title in fetch(_NAMES, [list(record_ids)])
        if access.may_view(actor, domain)
    }
