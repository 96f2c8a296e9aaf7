"""From an identifier to the golden record, and from there to every other system, at any moment.

History is read from the ranges of links, never replayed from events.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from django.conf import settings
from django.utils.module_loading import import_string

from mdm import ranges
from mdm.bulk import fetch, fetch_prepared

MOST = 10_000


class TooManyError(ValueError):
    """More identifiers in one call than the hub answers at once."""


class XrefStatus(StrEnum):
    """What an identifier means at a moment. docs/history.md says when each is answered."""

    ACTIVE = "active"
    DRAFT = "draft"
    SUSPECT = "suspect"
    INACTIVE = "inactive"
    TOMBSTONE = "tombstone"
    REDIRECTED = "redirected"
    SPLIT = "split"
    AMBIGUOUS = "ambiguous"
    UNMATCHED = "unmatched"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """A source system's identifier, and the moment that the question is about; None for now."""

    system: str
    domain: str
    source_key: str
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """One source record of a golden record, as other systems know it.

    `primary` is the one to use where a system knows the same thing more than once: of those that
    live in their system, one that did not come by a merge before one that did, then the one that
    the hub has known longest. It does not change with the values of records.
    """

    system: str
    source_key: str
    active: bool
    method: str
    match_weight: float | None
    rule_version: str
    linked_at: datetime
    unlinked_at: datetime | None = None
    primary: bool = False


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to *what is this identifier*, with the link that says so.

    `valid_to` is when that link ended, as known now; None while it holds. `decision` is the one
    behind a steward's link, such as "group decision 12".
    """

    system: str
    domain: str
    source_key: str
    status: XrefStatus
    golden_id: UUID | None = None
    title: str = ""
    method: str = ""
    match_weight: float | None = None
    rule_version: str = ""
    decision: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    known_as: str = "[]"
    """Its identifiers as the statement gives them: objects of ten thousand would take a second."""

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Every identifier of the same thing."""
        return _identifiers(self.known_as)


@dataclass(frozen=True, slots=True)
class GoldenResolution:
    """The answer to *what is this golden id*.

    `golden_id` is where it leads. `held_by` are the golden records that hold what it held last,
    the one with most of it first: several when it is split. Method, weight and rule version are
    of the merge that retired it; `valid_from` and `valid_to` span the state that is answered.
    """

    asked_id: UUID
    status: XrefStatus
    domain: str = ""
    golden_id: UUID | None = None
    title: str = ""
    held_by: tuple[UUID, ...] = ()
    method: str = ""
    match_weight: float | None = None
    rule_version: str = ""
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    identifiers: tuple[Identifier, ...] = ()


@dataclass(frozen=True, slots=True)
class Translation:
    """What a system calls the thing that another one's identifier means: none, one or several.

    The status is that of the identifier asked about, or ambiguous when several of those found live.
    """

    resolution: Resolution
    to_system: str
    status: XrefStatus
    found: tuple[Identifier, ...] = ()


Reference = tuple[str, str]
"""A source system's code and a source key in it."""


def resolve(system: str, domain: str, source_key: str, as_of: datetime | None = None) -> Resolution:
    """What `source_key` of `system` means; never raises for an identifier it does not know."""
    return resolve_many([Asked(system, domain, source_key, as_of)])[0]


def resolve_many(asked: Sequence[Asked]) -> list[Resolution]:
    """One answer for each question, in their order, in one statement; each at its own moment.

    Raises TooManyError for more than MOST of them.
    """
    _refuse_too_many(asked)
    if not asked:
        return []
    past = any(each.as_of for each in asked)
    columns: list[list[Any]] = [
        [_storable(each.system) for each in asked],
        [_storable(each.domain) for each in asked],
        [_storable(each.source_key) for each in asked],
        *([[each.as_of for each in asked]] if past else []),
    ]
    rows = fetch_prepared(_RESOLVE_AS_OF if past else _RESOLVE, columns)
    return [_resolution(each, row) for each, row in zip(asked, rows, strict=True)]


def resolve_golden(golden_id: UUID, as_of: datetime | None = None) -> GoldenResolution:
    """What a golden id means: itself, its successor, or all that hold what it held last."""
    rows = fetch(
        _RESOLVE_GOLDEN_AS_OF if as_of else _RESOLVE_GOLDEN,
        [golden_id, as_of] if as_of else [golden_id],
    )
    found = _golden_resolution(golden_id, rows[0]) if rows else None
    if found is None:
        return GoldenResolution(golden_id, XrefStatus.UNKNOWN)
    if found.golden_id is None:  # nothing that it held is linked any more
        return _leading(found, follow(golden_id, as_of), as_of)
    return found


def translate(
    domain: str, system: str, key: str, to_system: str, as_of: datetime | None = None
) -> Translation:
    """What `to_system` calls the thing that `key` of `system` is."""
    return translate_many([(Asked(system, domain, key, as_of), to_system)])[0]


def translate_many(asked: Sequence[tuple[Asked, str]]) -> list[Translation]:
    """As `resolve_many`, for pairs of an identifier and the system that is to be spoken to."""
    found = resolve_many([each for each, _ in asked])
    return [
        _translation(resolution, to_system)
        for resolution, (_, to_system) in zip(found, asked, strict=True)
    ]


def identifiers_of(golden_id: UUID, as_of: datetime | None = None) -> tuple[Identifier, ...]:
    """Every identifier under which source systems know the golden record."""
    return resolve_golden(golden_id, as_of).identifiers


def follow(golden_id: UUID, as_of: datetime | None = None) -> UUID | None:
    """The golden record that stands at the end of the redirects from `golden_id`."""
    rows = fetch(_FOLLOW_AS_OF, [golden_id, as_of]) if as_of else fetch(_FOLLOW, [golden_id])
    return rows[0][0] if rows else None


def resolve_references(domain: str, references: list[Reference]) -> dict[Reference, UUID]:
    """The golden records that references into `domain` mean now, as far as they are known."""
    if not references:
        return {}
    systems, keys = zip(*references, strict=True)
    rows = fetch(_REFERENCES, [list(systems), list(keys), domain])
    return {(system, key): golden_id for system, key, golden_id in rows}


def _refuse_too_many(asked: Sequence[Asked]) -> None:
    if len(asked) > MOST:
        raise TooManyError(f"{len(asked):,} identifiers were asked for; {MOST:,} go in one call")


def _storable(text: str) -> str | None:
    """The text, or None for one that no text in PostgreSQL can equal."""
    return None if "\x00" in text else text


def _resolution(asked: Asked, row: tuple[Any, ...]) -> Resolution:
    _, record_id, active, golden_status, golden_id, title, *link, identifiers = row
    if golden_id is None:
        status = XrefStatus.UNKNOWN if record_id is None else XrefStatus.UNMATCHED
        return Resolution(asked.system, asked.domain, asked.source_key, status)
    method, match_weight, rule_version, valid_from, valid_to, decision = link
    status = XrefStatus(golden_status)
    if status == XrefStatus.ACTIVE and not active:
        status = XrefStatus.INACTIVE
    return Resolution(
        asked.system, asked.domain, asked.source_key, status, golden_id, title, method,
        match_weight, rule_version, decision, valid_from, valid_to, identifiers or "[]",
    )  # fmt: skip


def _golden_resolution(asked_id: UUID, row: tuple[Any, ...]) -> GoldenResolution:
    golden_status, domain, held_by, title, *merge, since_at, until_at, identifiers = row
    method, match_weight, rule_version = merge
    leads_to: UUID | None = asked_id
    status = XrefStatus.SPLIT if len(held_by) > 1 else XrefStatus.REDIRECTED
    if golden_status == "merged":
        leads_to = held_by[0] if held_by else None
    else:
        status = XrefStatus(golden_status)
    return GoldenResolution(
        asked_id,
        status,
        domain,
        leads_to,
        title or "",
        tuple(held_by),
        method or "",
        match_weight,
        rule_version or "",
        since_at,
        until_at,
        _identifiers(identifiers),
    )


def _leading(
    found: GoldenResolution, successor: UUID | None, as_of: datetime | None
) -> GoldenResolution:
    there = resolve_golden(successor, as_of) if successor else found
    return replace(found, golden_id=successor, title=there.title, identifiers=there.identifiers)


def _translation(resolution: Resolution, to_system: str) -> Translation:
    found = tuple(each for each in resolution.identifiers if each.system == to_system)
    status = resolution.status
    if status == XrefStatus.ACTIVE and sum(each.active for each in found) > 1:
        status = XrefStatus.AMBIGUOUS
    return Translation(resolution, to_system, status, found)


def known_as(encoded: str | None) -> Iterator[tuple[list[Any], bool]]:
    """Identifiers as the statements order them, and whether each is its system's primary one.

    The items of each are system, key, whether it lives, method, weight, rule version, and the
    moments since and until when as texts.
    """
    before = ""
    for each in orjson.loads(encoded or "[]"):
        system, _, active, *_ = each
        yield each, active and system != before
        before = system


def _identifiers(encoded: str | None) -> tuple[Identifier, ...]:
    found = []
    for each, primary in known_as(encoded):
        system, key, active, method, weight, rule_version, since, until = each
        found.append(
            Identifier(
                system, key, active, method, weight, rule_version,
                datetime.fromisoformat(since), until and datetime.fromisoformat(until), primary,
            )
        )  # fmt: skip
    return tuple(found)


def _siblings(golden_id: str, at: str = "") -> str:
    """All identifiers of a golden record as one JSON array, in the order of `_identifiers`."""
    active = _lives("sr", at)
    return f"""
        SELECT json_agg(json_build_array(ss.code, sr.source_key, {active}, m.method,
            m.match_weight, m.rule_version, m.linked_at, m.unlinked_at)
            ORDER BY ss.code, {active} DESC, cardinality(m.via) > 0, sr.created_at, sr.id)::text
            AS identifiers
        FROM ({ranges.links("golden_id", golden_id, at)} OFFSET 0) m
        JOIN mdm_sourcerecord sr ON sr.id = m.record_id
        JOIN mdm_sourcesystem ss ON ss.id = sr.system_id
    """  # noqa: S608


def _lives(record: str, at: str) -> str:
    ended = f" OR {record}.inactive_at > {at}" if at else ""
    return f"({record}.inactive_at IS NULL{ended})"


def _resolving(at: str = "") -> str:
    """One row for each question; laterals make it a few look-ups each, however many there are."""
    moment, moments = (", at", ", %s::timestamptz[]") if at else ("", "")
    existed = f" AND r.created_at <= {at}" if at else ""
    return f"""
        SELECT a.place, r.id, r.active, g.status, l.golden_id, g.title, l.method, l.match_weight,
            l.rule_version, l.linked_at, l.unlinked_at, behind.decision, known.identifiers
        FROM unnest(%s::text[], %s::text[], %s::text[]{moments})
            WITH ORDINALITY AS a(system, domain, source_key{moment}, place)
        LEFT JOIN LATERAL (
            SELECT r.id, {_lives("r", at)} AS active
            FROM mdm_sourcesystem s JOIN mdm_sourcerecord r ON r.system_id = s.id
            WHERE s.code = a.system AND r.domain = a.domain AND r.source_key = a.source_key{existed}
            OFFSET 0
        ) r ON true
        LEFT JOIN LATERAL ({ranges.links("record_id", "r.id", at)} OFFSET 0) l ON true
        LEFT JOIN LATERAL ({ranges.golden("l.golden_id", at)} OFFSET 0) g ON true
        LEFT JOIN LATERAL (
            SELECT made.decision FROM ({_BEHIND.format(record="r.id", at=at or "'infinity'")}) made
            WHERE l.method = 'steward'
        ) behind ON true
        LEFT JOIN LATERAL ({_siblings("l.golden_id", at)}) known ON true
        ORDER BY a.place
    """  # noqa: S608


def _resolving_golden(at: str = "") -> str:
    moment = ", %s::timestamptz AS at" if at else ""
    before = f" AND unlinked_at <= {at}" if at else ""
    return f"""
        SELECT g.status, g.domain, coalesce(held.ids, '{{}}'), there.title, held.method,
            held.match_weight, held.rule_version, g.since_at, g.until_at, known.identifiers
        FROM (SELECT %s::uuid AS id{moment}) a
        CROSS JOIN LATERAL ({ranges.golden("a.id", at)}) g
        LEFT JOIN LATERAL (
            SELECT array_agg(golden_id ORDER BY records DESC, golden_id) AS ids,
                max(method) AS method, max(match_weight) AS match_weight,
                max(rule_version) AS rule_version
            FROM (
                SELECT now.golden_id, count(*) AS records, max(merge.method) AS method,
                    max(merge.match_weight) AS match_weight, max(merge.rule_version) AS rule_version
                FROM mdm_crosswalklink was
                CROSS JOIN LATERAL ({ranges.links("record_id", "was.record_id", at)} OFFSET 0) now
                LEFT JOIN LATERAL ({ranges.ever("record_id", "was.record_id")} OFFSET 0) merge
                    ON merge.linked_at = was.unlinked_at AND merge.golden_id <> was.golden_id
                WHERE g.status = 'merged' AND was.golden_id = a.id
                AND was.unlinked_at = (SELECT max(unlinked_at) FROM mdm_crosswalklink
                    WHERE golden_id = a.id{before} AND unlinked_at IS NOT NULL)
                GROUP BY now.golden_id
            ) holders
        ) held ON true
        LEFT JOIN LATERAL ({
        ranges.golden("CASE WHEN g.status = 'merged' THEN held.ids[1] ELSE a.id END", at)
    }) there ON true
        LEFT JOIN LATERAL ({_siblings("there.id", at)}) known ON true
    """  # noqa: S608


def _following(at: str = "") -> str:
    moment = ", %s::timestamptz AS at" if at else ""
    return f"""
        WITH RECURSIVE asked AS (SELECT %s::uuid AS id{moment}),
        chain AS (
            SELECT g.id, g.merged_into_id, 0 AS step
            FROM asked a CROSS JOIN LATERAL ({ranges.golden("a.id", at)}) g
            UNION ALL
            SELECT g.id, g.merged_into_id, chain.step + 1
            FROM chain CROSS JOIN asked a
            CROSS JOIN LATERAL ({ranges.golden("chain.merged_into_id", at)}) g
        )
        SELECT id FROM chain ORDER BY step DESC LIMIT 1
    """  # noqa: S608


_BEHIND: str = import_string(settings.DECISION_BEHIND_A_LINK)
_RESOLVE, _RESOLVE_AS_OF = _resolving(), _resolving("coalesce(a.at, 'infinity')")
_RESOLVE_GOLDEN, _RESOLVE_GOLDEN_AS_OF = _resolving_golden(), _resolving_golden("a.at")
_FOLLOW, _FOLLOW_AS_OF = _following(), _following("a.at")
_REFERENCES = """
    SELECT wanted.system, wanted.key, l.golden_id
    FROM unnest(%s::text[], %s::text[]) AS wanted(system, key)
    JOIN mdm_sourcesystem s ON s.code = wanted.system
    JOIN mdm_sourcerecord r
      ON r.system_id = s.id AND r.domain = %s AND r.source_key = wanted.key
    JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
"""
