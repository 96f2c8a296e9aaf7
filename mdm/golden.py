"""Golden records: created, rebuilt from their facts, and merged. Nothing else writes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from mdm import golden_ids, rates
from mdm.bulk import as_array, copy_in, copy_into, execute, fetch
from mdm.cause import Cause
from mdm.derivation import Derived, Stored, derive, standing
from mdm.events import Change, record_changes
from mdm.golden_ids import Member
from mdm.models import CrosswalkLink, GoldenRecord
from mdm.moment import evaluated_at
from mdm.pins import note_rivals


class MergeRefusedError(RuntimeError):
    """Golden records that cannot be merged: why, in words for the person who tried."""


@dataclass(frozen=True, slots=True)
class Link:
    """A source record to be linked, with the evidence for it."""

    record_id: int
    method: str
    match_weight: float | None = None
    rule_version: str = ""
    via: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Merge:
    """Golden records that are one thing, with the evidence for it.

    `survivor` is the one that goes on, where a person chose it.
    """

    ids: frozenset[UUID]
    method: str
    match_weight: float | None = None
    rule_version: str = ""
    survivor: UUID | None = None

    def link(self, member: Member, loser: UUID) -> Link:
        """The link that a source record of `loser` gets by this merge."""
        via = (*member.via, loser)
        return Link(member.record_id, self.method, self.match_weight, self.rule_version, via)


@dataclass(slots=True)
class LinkChanges:
    """Source records that joined or left golden records, for the event."""

    linked: dict[UUID, list[int]] = field(default_factory=dict)
    unlinked: dict[UUID, list[int]] = field(default_factory=dict)


@transaction.atomic
def create(domain: str, clusters: Sequence[Sequence[Link]], *, cause: Cause) -> list[UUID]:
    """One new golden record for each cluster of unlinked source records; returns their ids."""
    ids = golden_ids.mint(len(clusters), cause.at)
    joined = dict(zip(ids, clusters, strict=True))
    _insert_links(joined, cause)
    states = derive(domain, ids, evaluated_at(domain, cause.at))
    _insert(domain, states, cause)
    record_changes(
        (
            Change("golden.created", domain, id_, 1, _event_content(states[id_], joined[id_]))
            for id_ in ids
        ),
        cause=cause,
    )
    _refresh_projections(domain, ids, joined.values(), cause)
    return ids


@transaction.atomic
def attach(domain: str, joining: Mapping[UUID, Sequence[Link]], *, cause: Cause) -> None:
    """Link unlinked source records to golden records that stand."""
    cause = _after(standing(joining, lock=True), cause)
    _insert_links(joining, cause)
    changes = LinkChanges(linked=_record_ids(joining))
    rebuild(domain, list(joining), changes=changes, cause=cause)
    _refresh_projections(domain, [], joining.values(), cause)


@transaction.atomic
def rebuild(
    domain: str,
    ids: Iterable[UUID],
    *,
    changes: LinkChanges | None = None,
    type_: str = "golden.changed",
    details: dict[UUID, dict[str, Any]] | None = None,
    cause: Cause,
) -> list[UUID]:
    """Derive standing golden records again; returns those that changed.

    A golden record whose content and links are as before is left alone, and no event is recorded.
    """
    stored = standing(ids, lock=True)
    cause = _after(stored, cause)
    states = derive(domain, list(stored), evaluated_at(domain, cause.at))
    note_rivals(domain, (pin for state in states.values() for pin in state.pinned), cause=cause)
    changes = changes or LinkChanges()
    touched = changes.linked.keys() | changes.unlinked.keys()
    changed = {
        id_: state for id_, state in states.items() if id_ in touched or stored[id_].differs(state)
    }
    _update(changed, stored, cause)
    record_changes(
        (
            Change(
                type_,
                domain,
                id_,
                stored[id_].version + 1,
                {
                    **_change_content(stored[id_], state),
                    "linked": changes.linked.get(id_, []),
                    "unlinked": changes.unlinked.get(id_, []),
                    **(details or {}).get(id_, {}),
                },
            )
            for id_, state in changed.items()
        ),
        cause=cause,
    )
    _refresh_projections(domain, list(changed), [], cause)
    return list(changed)


@transaction.atomic
def merge(domain: str, merges: Sequence[Merge], *, cause: Cause) -> list[UUID]:
    """Merge each group of standing golden records into its member with most source records.

    Ties go to the oldest. Moves links; deletes nothing. The other ids redirect to the survivor for
    ever. No golden record may be in two groups. Returns the survivors, in the order of `merges`.
    Raises MergeRefusedError, and merges nothing, when one of them was merged meanwhile.
    """
    wanted = {id_ for each in merges for id_ in each.ids}
    stored = standing(wanted, lock=True)
    if missing := wanted - stored.keys():
        raise MergeRefusedError(
            f"{', '.join(sorted(map(str, missing)))} no longer stands; look at what it became"
        )
    cause = _after(stored, cause)
    members = members_of(wanted)
    survivors = [each.survivor or _survivor(each.ids, members) for each in merges]
    into = {
        id_: survivor
        for each, survivor in zip(merges, survivors, strict=True)
        for id_ in each.ids
        if id_ != survivor
    }
    moved: dict[UUID, list[Link]] = {survivor: [] for survivor in survivors}
    for each, survivor in zip(merges, survivors, strict=True):
        for loser in sorted(set(each.ids) - {survivor}):
            moved[survivor] += [each.link(member, loser) for member in members.get(loser, ())]
    _end_links([link.record_id for links in moved.values() for link in links], cause)
    _insert_links(moved, cause)
    _retire(domain, into, stored, members, cause)
    losers: dict[UUID, list[str]] = {}
    for loser in sorted(into):
        losers.setdefault(into[loser], []).append(str(loser))
    rebuild(
        domain,
        survivors,
        changes=LinkChanges(linked=_record_ids(moved)),
        type_="golden.merged",
        details={survivor: {"merged": ids} for survivor, ids in losers.items()},
        cause=cause,
    )
    _refresh_projections(domain, sorted(into), moved.values(), cause)
    return survivors


def _after(stored: Mapping[UUID, Stored], cause: Cause) -> Cause:
    """The cause, not before the last change: who waited for a lock read the clock before that."""
    return cause.later(max([cause.at, *(each.changed_at for each in stored.values())]))


def _survivor(ids: Iterable[UUID], members: Mapping[UUID, Sequence[Member]]) -> UUID:
    """The id that goes on: most source records, then the oldest."""
    return min(ids, key=lambda id_: (-len(members.get(id_, ())), id_))


def members_of(ids: Iterable[UUID]) -> dict[UUID, list[Member]]:
    """The source records that are linked to each golden record now, in order of their ids."""
    members: dict[UUID, list[Member]] = {}
    for golden_id, record_id, via in fetch(
        "SELECT golden_id, record_id, via FROM mdm_crosswalklink"
        " WHERE golden_id = ANY(%s) AND unlinked_at IS NULL ORDER BY record_id",
        [list(ids)],
    ):
        members.setdefault(golden_id, []).append(Member(record_id, tuple(via)))
    return members


def fed_by(record_ids: Sequence[int]) -> list[UUID]:
    """The golden records to which source records are linked."""
    rows = fetch(
        "SELECT DISTINCT golden_id FROM mdm_crosswalklink"
        " WHERE record_id = ANY(%s) AND unlinked_at IS NULL",
        [list(record_ids)],
    )
    return [row[0] for row in rows]


def _insert_links(joining: Mapping[UUID, Sequence[Link]], cause: Cause) -> None:
    at = cause.at.isoformat()  # written once, not once a row
    copy_in(
        CrosswalkLink,
        ("record_id", "golden_id", "method", "match_weight", "rule_version", "via", "linked_at"),
        (
            (
                link.record_id,
                id_,
                link.method,
                link.match_weight,
                link.rule_version,
                as_array(link.via),
                at,
            )
            for id_, links in joining.items()
            for link in links
        ),
    )


def _end_links(record_ids: Sequence[int], cause: Cause) -> None:
    execute(
        "UPDATE mdm_crosswalklink SET unlinked_at = %s"
        " WHERE record_id = ANY(%s) AND unlinked_at IS NULL",
        [cause.at, list(record_ids)],
    )


def _insert(domain: str, states: dict[UUID, Derived], cause: Cause) -> None:
    at = cause.at.isoformat()
    copy_in(
        GoldenRecord,
        (
            "id", "domain", "title", "search_text", "attributes", "provenance", "status",
            "version", "created_at", "changed_at",
        ),
        (
            (
                id_,
                domain,
                state.title,
                state.search_text,
                _json(state.content.attributes),
                _json(state.content.provenance),
                state.status,
                1,
                at,
                at,
            )
            for id_, state in states.items()
        ),
    )  # fmt: skip


def _keep_versions(ids: Iterable[UUID], cause: Cause) -> None:
    """Keep what golden records say before it changes, for answers about the past."""
    execute(
        """
        INSERT INTO mdm_goldenrecordversion (golden_id, number, title, attributes, provenance,
            status, merged_into_id, since_at, until_at)
        SELECT id, version, title, attributes, provenance, status, merged_into_id, changed_at, %s
        FROM mdm_goldenrecord WHERE id = ANY(%s)
        """,
        [cause.at, list(ids)],
    )


def _update(states: dict[UUID, Derived], stored: dict[UUID, Stored], cause: Cause) -> None:
    if not states:
        return
    _keep_versions(states, cause)
    columns = ("id", "title", "search_text", "attributes", "provenance", "status", "version")
    execute(
        "CREATE TEMP TABLE derived (id uuid, title text, search_text text, attributes jsonb,"
        " provenance jsonb, status text, version int) ON COMMIT DROP"
    )
    copy_into(
        "derived",
        columns,
        (
            (
                id_,
                state.title,
                state.search_text,
                _json(state.content.attributes),
                _json(state.content.provenance),
                state.status,
                stored[id_].version + 1,
            )
            for id_, state in states.items()
        ),
    )
    execute(
        """
        UPDATE mdm_goldenrecord g
        SET title = d.title, search_text = d.search_text, attributes = d.attributes,
            provenance = d.provenance, status = d.status, version = d.version, changed_at = %s
        FROM derived d WHERE g.id = d.id
        """,
        [cause.at],
    )
    execute("DROP TABLE derived")


def _retire(
    domain: str,
    into: dict[UUID, UUID],
    stored: dict[UUID, Stored],
    members: Mapping[UUID, Sequence[Member]],
    cause: Cause,
) -> None:
    """Make the losers redirects: without members they have no values of their own."""
    losers = sorted(into)
    _keep_versions(losers, cause)
    execute(
        """
        UPDATE mdm_goldenrecord g
        SET status = 'merged', merged_into_id = r.survivor, attributes = '{}', provenance = '{}',
            search_text = '', version = g.version + 1, changed_at = %s
        FROM unnest(%s::uuid[], %s::uuid[]) AS r(loser, survivor) WHERE g.id = r.loser
        """,
        [cause.at, losers, [into[loser] for loser in losers]],
    )
    record_changes(
        (
            Change(
                "golden.redirected",
                domain,
                loser,
                stored[loser].version + 1,
                {
                    "into": str(into[loser]),
                    "unlinked": [member.record_id for member in members.get(loser, ())],
                },
            )
            for loser in losers
        ),
        cause=cause,
    )


def _refresh_projections(
    domain: str, ids: Sequence[UUID], joined: Iterable[Sequence[Link]], cause: Cause
) -> None:
    """Keep the typed projections in step with what was derived, and with what moved."""
    if domain == "rate":
        rates.project(ids, cause=cause)
    elif domain in rates.REFERRED:
        moved = [link.record_id for links in joined for link in links]
        rates.project_referring(domain, moved, cause=cause)


def _record_ids(joining: Mapping[UUID, Sequence[Link]]) -> dict[UUID, list[int]]:
    return {id_: [link.record_id for link in links] for id_, links in joining.items()}


def _event_content(state: Derived, links: Sequence[Link]) -> dict[str, Any]:
    return {
        "attributes": sorted(state.content.attributes),
        "linked": [link.record_id for link in links],
        **({} if state.status == GoldenRecord.Status.ACTIVE else {"status": state.status}),
    }


def _change_content(stored: Stored, state: Derived) -> dict[str, Any]:
    """Names of the attributes whose values changed; never the values."""
    before, after = stored.attributes, state.content.attributes
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    status = {"status": state.status} if state.status != stored.status else {}
    return {"attributes": sorted(changed), **status}


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value).decode()
