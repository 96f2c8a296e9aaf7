"""Links between source records and golden records: read, made, and ended; never deleted."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from mdm.bulk import as_array, copy_in, execute, fetch
from mdm.cause import Cause
from mdm.golden_ids import Member
from mdm.models import CrosswalkLink


@dataclass(frozen=True, slots=True)
class Link:
    """A source record to be linked, with the evidence for it.

    `via` are the retired golden ids under which the record came, the first one first.
    """

    record_id: int
    method: str
    match_weight: float | None = None
    rule_version: str = ""
    via: tuple[UUID, ...] = ()


Links = Mapping[UUID, Sequence[Link]]
"""Golden ids with links to each."""


def links_of(ids: Iterable[UUID]) -> dict[UUID, list[Link]]:
    """The live links of each golden record, in order of their source records."""
    links: dict[UUID, list[Link]] = {}
    for golden_id, record_id, method, match_weight, rule_version, via in fetch(
        "SELECT golden_id, record_id, method, match_weight, rule_version, via"
        " FROM mdm_crosswalklink WHERE golden_id = ANY(%s) AND unlinked_at IS NULL"
        " ORDER BY record_id",
        [list(ids)],
    ):
        link = Link(record_id, method, match_weight, rule_version, tuple(via))
        links.setdefault(golden_id, []).append(link)
    return links


def members_of(ids: Iterable[UUID]) -> dict[UUID, list[Member]]:
    """The source records that are linked to each golden record, in order of their ids."""
    return {
        id_: [Member(link.record_id, link.via) for link in links]
        for id_, links in links_of(ids).items()
    }


def fed_by(record_ids: Sequence[int]) -> list[UUID]:
    """The golden records to which source records are linked."""
    rows = fetch(
        "SELECT DISTINCT golden_id FROM mdm_crosswalklink"
        " WHERE record_id = ANY(%s) AND unlinked_at IS NULL",
        [list(record_ids)],
    )
    return [row[0] for row in rows]


def former_links(wanted: Mapping[UUID, Iterable[int]]) -> dict[tuple[UUID, int], Link]:
    """The last link that each source record had with the golden id to which it is to return."""
    pairs = [(id_, record_id) for id_, record_ids in wanted.items() for record_id in record_ids]
    rows = fetch(
        """
        SELECT DISTINCT ON (l.golden_id, l.record_id)
               l.golden_id, l.record_id, l.method, l.match_weight, l.rule_version
        FROM unnest(%s::uuid[], %s::bigint[]) AS wanted(golden_id, record_id)
        JOIN mdm_crosswalklink l USING (golden_id, record_id) WHERE l.unlinked_at IS NOT NULL
        ORDER BY l.golden_id, l.record_id, l.unlinked_at DESC, l.id DESC
        """,
        [[id_ for id_, _ in pairs], [record_id for _, record_id in pairs]],
    )
    return {(golden_id, record_id): Link(record_id, *rest) for golden_id, record_id, *rest in rows}


def insert_links(joining: Links, cause: Cause) -> None:
    """Link source records that have no live link."""
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


def move_links(moving: Links, cause: Cause) -> None:
    """Link source records to other golden records than now."""
    execute(
        "UPDATE mdm_crosswalklink SET unlinked_at = %s"
        " WHERE record_id = ANY(%s) AND unlinked_at IS NULL",
        [cause.at, [link.record_id for links in moving.values() for link in links]],
    )
    insert_links(moving, cause)


def note_ways(links: Sequence[Link]) -> None:
    """Correct by which retired ids source records came that stay where they are."""
    if not links:
        return
    execute(
        """
        UPDATE mdm_crosswalklink l SET via = way.via::uuid[]
        FROM unnest(%s::bigint[], %s::text[]) AS way(record_id, via)
        WHERE l.record_id = way.record_id AND l.unlinked_at IS NULL
        """,
        [[each.record_id for each in links], [as_array(each.via) for each in links]],
    )


def record_ids(joining: Links) -> dict[UUID, list[int]]:
    """The source records of each golden record, as events name them."""
    return {id_: [link.record_id for link in links] for id_, links in joining.items()}
