"""From an identifier to the golden record, and from there to every other system, at any moment.

History is read from the ranges of links, never replayed from events.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from mdm.bulk import fetch, fetch_prepared
from mdm.prepared import Prepared
from mdm.xref_statements import (
    FOLLOW,
    FOLLOW_AS_OF,
    NAMES,
    RECORDS,
    REFERENCES,
    RESOLVE,
    RESOLVE_AS_OF,
    RESOLVE_GOLDEN,
    RESOLVE_GOLDEN_AS_OF,
    RESOLVE_ONE,
)

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


class Asked(NamedTuple):
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


class Resolution(NamedTuple):
    """The answer to *what is this identifier*, with the link that says so.

    `valid_to` is when that link ended, as known now; None while it holds. `decision` is the one
    behind a steward's link, such as "group decision 12". It is a tuple because one call makes ten
    thousand of them.
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


_RESOLVE_ONE = Prepared("resolve_one", RESOLVE_ONE)

Reference = tuple[str, str]
"""A source system's code and a source key in it."""


def resolve(system: str, domain: str, source_key: str, as_of: datetime | None = None) -> Resolution:
    """What `source_key` of `system` means; never raises for an identifier it does not know."""
    asked = Asked(system, domain, source_key, as_of)
    if as_of:
        return resolve_many([asked])[0]
    [row] = _RESOLVE_ONE.fetch([_storable(each) for each in asked[:3]])
    return _resolution(asked, row)


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
    rows = fetch_prepared(RESOLVE_AS_OF if past else RESOLVE, columns)
    return [_resolution(each, row) for each, row in zip(asked, rows, strict=True)]


def resolve_golden(golden_id: UUID, as_of: datetime | None = None) -> GoldenResolution:
    """What a golden id means: itself, its successor, or all that hold what it held last."""
    rows = fetch(
        RESOLVE_GOLDEN_AS_OF if as_of else RESOLVE_GOLDEN,
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
    return _translation(resolve(system, domain, key, as_of), to_system)


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
    rows = fetch(FOLLOW_AS_OF, [golden_id, as_of]) if as_of else fetch(FOLLOW, [golden_id])
    return rows[0][0] if rows else None


def resolve_references(domain: str, references: list[Reference]) -> dict[Reference, UUID]:
    """The golden records that references into `domain` mean now, as far as they are known."""
    found = resolve_across([(domain, *each) for each in references])
    return {(system, key): golden_id for (_, system, key), golden_id in found.items()}


def resolve_across(references: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], UUID]:
    """As `resolve_references`, of several domains: each is a domain, a system and a key."""
    if not references:
        return {}
    domains, systems, keys = map(list, zip(*references, strict=True))
    rows = fetch(REFERENCES, [domains, systems, keys])
    return {(domain, system, key): golden_id for domain, system, key, golden_id in rows}


def records_of(domain: str, identifiers: Collection[Reference]) -> dict[Reference, int]:
    """The ids of the source records that have arrived under identifiers."""
    columns = [[system for system, _ in identifiers], [key for _, key in identifiers]]
    rows = fetch(RECORDS, [*columns, domain])
    return {(system, key): id_ for system, key, id_ in rows}


def names_of(record_ids: Iterable[int]) -> dict[int, Reference]:
    """The identifiers of source records by their ids."""
    rows = fetch(NAMES, [sorted(record_ids)])
    return {id_: (system, key) for id_, system, key in rows}


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
