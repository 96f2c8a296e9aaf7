"""Golden records: created, rebuilt from their facts, and merged. Nothing else writes them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction

from mdm import golden_ids, rates
from mdm.bulk import as_array, copy_in, copy_into, execute, fetch
from mdm.cause import Cause
from mdm.derivation import Derived, Stored, derive, retired, standing
from mdm.events import Change, record_changes
from mdm.golden_ids import Member
from mdm.models import CrosswalkLink, GoldenRecord
from mdm.parting import Part, part
from mdm.vetoes import vetoes


class MergeRefusedError(RuntimeError):
    """Golden records that cannot be merged: why, in words for the person who tried."""


class SeparationRefusedError(RuntimeError):
    """Source records that cannot be taken out: why, in words for the person who tried."""


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
    _create(domain, joined, {}, cause)
    _refresh_projections(domain, [], joined.values(), cause)
    return ids


def _create(
    domain: str,
    joined: Mapping[UUID, Sequence[Link]],
    details: Mapping[UUID, dict[str, Any]],
    cause: Cause,
) -> None:
    """Golden records under new ids, of source records that are linked to them already."""
    states = derive(domain, list(joined), cause.at)
    _insert(domain, states, cause)
    record_changes(
        (
            Change(
                "golden.created",
                domain,
                id_,
                1,
                {**_event_content(states[id_], links), **details.get(id_, {})},
            )
            for id_, links in joined.items()
        ),
        cause=cause,
    )
    _refresh_projections(domain, list(joined), [], cause)


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
    return _write(
        domain, stored, changes or LinkChanges(), type_, details or {}, _after(stored, cause)
    )


def _write(
    domain: str,
    stored: Mapping[UUID, Stored],
    changes: LinkChanges,
    type_: str,
    details: Mapping[UUID, dict[str, Any]],
    cause: Cause,
) -> list[UUID]:
    """Bring the locked golden records in `stored` in step with their facts."""
    states = derive(domain, list(stored), cause.at)
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
                    **details.get(id_, {}),
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
        raise MergeRefusedError(_what_became_of(missing))
    if forbidden := vetoes(domain, [each.ids for each in merges]):
        raise MergeRefusedError("; ".join(map(str, forbidden)))
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


@transaction.atomic
def separate(
    domain: str,
    leaving: Mapping[UUID, Sequence[Collection[int]]],
    *,
    method: str,
    cause: Cause,
) -> dict[UUID, list[UUID]]:
    """Take groups of source records out of golden records; returns the ids of the parts.

    What is not in a group stays together and is the last part, if anything is left. Each part gets
    the id that docs/unmerge.md says; links under a reclaimed id are as they were before, others
    get `method`. Raises SeparationRefusedError, and changes nothing, when a golden record no longer
    stands or no longer holds the records.
    """
    stored = standing(leaving, lock=True)
    if missing := leaving.keys() - stored.keys():
        raise SeparationRefusedError(_what_became_of(missing))
    members = members_of(leaving)
    groups = {id_: _groups(id_, members[id_], leaving[id_]) for id_ in leaving}
    came_by = {id_ for each in members.values() for member in each for id_ in member.via}
    former = retired(came_by)
    cause = _after(former, _after(stored, cause))
    parts = {id_: part(id_, groups[id_], came_by - former.keys()) for id_ in leaving}
    ids = _with_new_ids(parts, cause)
    moved = _move_parts(parts, ids, method, cause)
    reinstated = {id_: former[id_] for id_ in moved if id_ in former}
    joined = _record_ids(moved)
    left = {
        id_: [record for other in ids[id_] if other != id_ for record in joined[other]]
        for id_ in ids
    }
    origin = {other: {"from": str(id_)} for id_ in ids for other in ids[id_]}
    _create(domain, {id_: moved[id_] for id_ in moved if id_ not in former}, origin, cause)
    _write(domain, reinstated, LinkChanges(linked=joined), "golden.reinstated", origin, cause)
    _write(
        domain,
        stored,
        LinkChanges(unlinked=left),
        "golden.split",
        {id_: {"parts": {str(other): joined.get(other, []) for other in ids[id_]}} for id_ in ids},
        cause,
    )
    _redirect(domain, [*leaving, *reinstated], cause)
    _refresh_projections(domain, [], moved.values(), cause)
    return ids


def _groups(
    golden_id: UUID, members: Sequence[Member], leaving: Sequence[Collection[int]]
) -> list[list[Member]]:
    """The members of each leaving group, and of what stays."""
    by_record = {member.record_id: member for member in members}
    named = [record_id for group in leaving for record_id in group]
    if len(set(named)) < len(named) or not all(leaving):
        raise SeparationRefusedError("a group is empty, or a source record is in two groups")
    if strange := set(named) - by_record.keys():
        records = ", ".join(map(str, sorted(strange)))
        raise SeparationRefusedError(
            f"source record {records} is not, or no longer, in golden record {golden_id}"
        )
    groups = [[by_record[record_id] for record_id in sorted(group)] for group in leaving]
    rest = [by_record[record_id] for record_id in sorted(by_record.keys() - set(named))]
    groups += [rest] if rest else []
    if len(groups) < 2:
        raise SeparationRefusedError(
            f"that is all of golden record {golden_id}; name the records that leave the others"
        )
    return groups


def _with_new_ids(parts: Mapping[UUID, Sequence[Part]], cause: Cause) -> dict[UUID, list[UUID]]:
    """The ids of the parts, new ones where they have no claim to an old one."""
    fresh = iter(
        golden_ids.mint(sum(each.id is None for made in parts.values() for each in made), cause.at)
    )
    return {id_: [each.id or next(fresh) for each in made] for id_, made in parts.items()}


def _move_parts(
    parts: Mapping[UUID, Sequence[Part]],
    ids: Mapping[UUID, Sequence[UUID]],
    method: str,
    cause: Cause,
) -> dict[UUID, list[Link]]:
    """Link the members of each part to its id; returns the links of the parts that moved."""
    named = [(to, each) for id_ in parts for to, each in zip(ids[id_], parts[id_], strict=True)]
    moving = {to: each.members for to, each in named if to not in parts}
    before = _former_links(moving)
    moved = {
        to: [
            replace(
                before.get((to, member.record_id), Link(member.record_id, method)), via=member.via
            )
            for member in members
        ]
        for to, members in moving.items()
    }
    _end_links([link.record_id for links in moved.values() for link in links], cause)
    _insert_links(moved, cause)
    _note_ways([member for to, each in named if to in parts for member in each.members])
    return moved


def _former_links(moving: Mapping[UUID, Sequence[Member]]) -> dict[tuple[UUID, int], Link]:
    """The last link that each record had with the golden id to which it returns."""
    pairs = [(to, member.record_id) for to, members in moving.items() for member in members]
    rows = fetch(
        """
        SELECT DISTINCT ON (l.golden_id, l.record_id)
               l.golden_id, l.record_id, l.method, l.match_weight, l.rule_version
        FROM unnest(%s::uuid[], %s::bigint[]) AS wanted(golden_id, record_id)
        JOIN mdm_crosswalklink l USING (golden_id, record_id) WHERE l.unlinked_at IS NOT NULL
        ORDER BY l.golden_id, l.record_id, l.unlinked_at DESC, l.id DESC
        """,
        [[to for to, _ in pairs], [record_id for _, record_id in pairs]],
    )
    return {(golden_id, record_id): Link(record_id, *rest) for golden_id, record_id, *rest in rows}


def _note_ways(members: Sequence[Member]) -> None:
    """Correct by which retired ids the members that stay came: some of these are in use again."""
    execute(
        """
        UPDATE mdm_crosswalklink l SET via = way.via::uuid[]
        FROM unnest(%s::bigint[], %s::text[]) AS way(record_id, via)
        WHERE l.record_id = way.record_id AND l.unlinked_at IS NULL AND l.via <> way.via::uuid[]
        """,
        [[each.record_id for each in members], [as_array(each.via) for each in members]],
    )


def _redirect(domain: str, ids: Sequence[UUID], cause: Cause) -> None:
    """Lead retired ids on the way to `ids` to where most of the records are that they held last.

    Where the next id on the way leads there already, it is left as it is.
    """
    rows = fetch(_ASTRAY, [list(ids)])
    if not rows:
        return
    leading = {id_: target for id_, target, _ in rows}
    _keep_versions(leading, cause)
    execute(
        """
        UPDATE mdm_goldenrecord g
        SET merged_into_id = r.target, version = g.version + 1, changed_at = %s
        FROM unnest(%s::uuid[], %s::uuid[]) AS r(id, target) WHERE g.id = r.id
        """,
        [cause.at, list(leading), list(leading.values())],
    )
    record_changes(
        (
            Change("golden.redirected", domain, id_, version + 1, {"into": str(target)})
            for id_, target, version in rows
        ),
        cause=cause,
    )


_ASTRAY = """
    WITH RECURSIVE way AS (
        SELECT id, merged_into_id FROM mdm_goldenrecord WHERE merged_into_id = ANY(%s)
        UNION
        SELECT g.id, g.merged_into_id FROM mdm_goldenrecord g JOIN way ON g.merged_into_id = way.id
    ), held AS (
        SELECT way.id, link.record_id
        FROM way
        CROSS JOIN LATERAL (
            SELECT max(unlinked_at) AS at FROM mdm_crosswalklink
            WHERE golden_id = way.id AND unlinked_at IS NOT NULL
        ) ending
        JOIN mdm_crosswalklink link ON link.golden_id = way.id AND link.unlinked_at = ending.at
    ), target AS (
        SELECT DISTINCT ON (held.id) held.id, live.golden_id
        FROM held JOIN mdm_crosswalklink live
          ON live.record_id = held.record_id AND live.unlinked_at IS NULL
        GROUP BY held.id, live.golden_id ORDER BY held.id, count(*) DESC, live.golden_id
    )
    SELECT way.id, target.golden_id, g.version
    FROM way JOIN target USING (id) JOIN mdm_goldenrecord g USING (id)
    LEFT JOIN target next ON next.id = way.merged_into_id
    WHERE coalesce(next.golden_id, way.merged_into_id) <> target.golden_id
    ORDER BY way.id
"""


def _what_became_of(ids: Collection[UUID]) -> str:
    """Why golden records no longer stand: who merged each into which other one, and when."""
    rows = fetch(
        """
        SELECT DISTINCT ON (e.golden_id) e.golden_id, e.by, e.at, e.content->>'into'
        FROM mdm_event e WHERE e.golden_id = ANY(%s) AND e.type = 'golden.redirected'
        ORDER BY e.golden_id, e.sequence DESC
        """,
        [list(ids)],
    )
    said = {
        id_: f"{id_} no longer stands: {by} merged it into {into} at {at:%Y-%m-%d %H:%M}"
        for id_, by, at, into in rows
    }
    return "; ".join(said.get(id_, f"there is no golden record {id_}") for id_ in sorted(ids))


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


def _update(states: Mapping[UUID, Derived], stored: Mapping[UUID, Stored], cause: Cause) -> None:
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
            provenance = d.provenance, status = d.status, version = d.version, changed_at = %s,
            merged_into_id = NULL
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
    elif domain in rates.REFERRED and (moved := [link.record_id for ls in joined for link in ls]):
        rates.project_referring(domain, moved, cause=cause)


def _record_ids(joining: Mapping[UUID, Sequence[Link]]) -> dict[UUID, list[int]]:
    return {id_: [link.record_id for link in links] for id_, links in joining.items()}


def _event_content(state: Derived, links: Sequence[Link]) -> dict[str, Any]:
    return {
        "attributes": sorted(state.content.attributes),
        "linked": [link.record_id for link in links],
    }


def _change_content(stored: Stored, state: Derived) -> dict[str, Any]:
    """Names of the attributes whose values changed; never the values."""
    before, after = stored.attributes, state.content.attributes
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    status = {"status": state.status} if state.status != stored.status else {}
    return {"attributes": sorted(changed), **status}


def _json(value: dict[str, Any]) -> str:
    return orjson.dumps(value).decode()
