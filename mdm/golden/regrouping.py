"""Regrouping: which source records form which golden records from now on, in one step.

Merging, separating and taking either back are this one thing, with different links wished for.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from mdm import relationships
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.derivation import Stored, retired, standing
from mdm.golden.linking import Link, Links, links_of, move_links, note_ways, record_ids
from mdm.golden.writing import (
    Details,
    LinkChanges,
    not_before,
    redirect,
    refresh_projections,
    reinstate,
    retire,
    write,
    write_new,
)
from mdm.golden_ids import Member


def hold(domain: str, ids: Collection[UUID]) -> tuple[dict[UUID, Stored], dict[UUID, list[Link]]]:
    """The standing golden records among `ids`, locked, with their live links."""
    relationships.guard(domain)
    stored = standing(ids, lock=True)
    return stored, links_of(stored)


def regroup(
    domain: str,
    stored: Mapping[UUID, Stored],
    now: Links,
    wished: Links,
    *,
    type_: str,
    details: Details,
    cause: Cause,
) -> None:
    """Link source records as `wished` says, and bring every golden record in step with that.

    `stored` are locked golden records that stand, `now` their live links; `wished` links the same
    source records. A golden record without a wish becomes a redirect to the one that gets most of
    its records; one that was retired stands again; one that nobody knows is created.
    """
    former = retired(wished.keys() - stored.keys())
    cause = not_before(former, not_before(stored, cause))
    home = {link.record_id: id_ for id_, links in now.items() for link in links}
    before = {link.record_id: link for links in now.values() for link in links}
    moving = {
        id_: moved
        for id_, links in wished.items()
        if (moved := [link for link in links if home[link.record_id] != id_])
    }
    move_links(moving, cause)
    other_ways = [
        link
        for id_, links in wished.items()
        for link in links
        if home[link.record_id] == id_ and link.via != before[link.record_id].via
    ]
    note_ways(other_ways)
    came_from = {
        id_: {"from": sorted({str(home[link.record_id]) for link in links})}
        for id_, links in moving.items()
    }
    joined = record_ids(moving)
    members = {
        id_: [Member(link.record_id, link.via) for link in links] for id_, links in now.items()
    }
    retire(domain, _successors(stored, now, wished), stored, members, cause)
    reinstate(former, cause)
    new = {id_: wished[id_] for id_ in wished.keys() - stored.keys() - former.keys()}
    if new or former or other_ways:
        redirect(domain, _astray([*stored, *former]), cause)
    write_new(domain, new, came_from, cause)
    write(domain, former, LinkChanges(linked=joined), "golden.reinstated", came_from, cause)
    changes = LinkChanges(joined, _left(moving, home))
    kept = {id_: each for id_, each in stored.items() if id_ in wished}
    write(domain, kept, changes, type_, details, cause)
    moved_ids = [record_id for ids in joined.values() for record_id in ids]
    refresh_projections(domain, [], moved_ids, cause)


def _left(moving: Links, home: Mapping[int, UUID]) -> dict[UUID, list[int]]:
    """The source records that each golden record loses."""
    left: dict[UUID, list[int]] = {}
    for links in moving.values():
        for link in links:
            left.setdefault(home[link.record_id], []).append(link.record_id)
    return left


def _successors(stored: Collection[UUID], now: Links, wished: Links) -> dict[UUID, UUID]:
    """For each golden record without a wish the one that gets most of its records."""
    goes_to = {link.record_id: id_ for id_, links in wished.items() for link in links}
    into = {}
    for id_ in stored:
        if id_ not in wished:
            counts = Counter(goes_to[link.record_id] for link in now[id_])
            into[id_] = min(counts, key=lambda to: (-counts[to], to))
    return into


def _astray(ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, int]]:
    """Retired ids on the way to `ids` that no longer lead to where most of their last records are.

    With the next id on the way by which these records came there, and their versions.
    """
    rows = fetch(
        """
        WITH RECURSIVE way AS (
            SELECT id, merged_into_id FROM mdm_goldenrecord WHERE merged_into_id = ANY(%s)
            UNION
            SELECT g.id, g.merged_into_id
            FROM mdm_goldenrecord g JOIN way ON g.merged_into_id = way.id
        ), held AS (
            SELECT way.id, link.record_id
            FROM way
            CROSS JOIN LATERAL (
                SELECT max(unlinked_at) AS at FROM mdm_crosswalklink
                WHERE golden_id = way.id AND unlinked_at IS NOT NULL
            ) ending
            JOIN mdm_crosswalklink link
              ON link.golden_id = way.id AND link.unlinked_at = ending.at
        ), target AS (
            SELECT DISTINCT ON (held.id) held.id, live.golden_id, (array_agg(
                coalesce(live.via[array_position(live.via, held.id) + 1], live.golden_id)
                ORDER BY live.record_id))[1] AS next
            FROM held JOIN mdm_crosswalklink live
              ON live.record_id = held.record_id AND live.unlinked_at IS NULL
            GROUP BY held.id, live.golden_id ORDER BY held.id, count(*) DESC, live.golden_id
        )
        SELECT way.id, target.next, g.version
        FROM way JOIN target USING (id) JOIN mdm_goldenrecord g USING (id)
        WHERE way.merged_into_id <> target.next
        ORDER BY way.id
        """,
        [list(ids)],
    )
    return {id_: (target, version) for id_, target, version in rows}
