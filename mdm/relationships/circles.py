"""Hierarchies have no circles: whatever changes edges, or moves records, has them judged here.

Edges take effect in order of precedence; one that would close a circle with those before it is
held back. That is a function of the facts, so taking a merge back also takes back what it closed.

Whoever writes an edge or moves links in a hierarchy holds its lock to the end of the transaction,
and asks for it before any lock on golden records, after those on source records.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from mdm import crosswalk, hierarchy
from mdm.bulk import execute, fetch
from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.relationships.stating import (
    CIRCLE,
    PARENT_OF,
    ParentEdge,
    Stated,
    edges_above,
    restate,
    stated,
    tell,
)

_LOCK = "hashtextextended(%s, 0)"

SOME_EDGE = """EXISTS (SELECT FROM mdm_relationship
    WHERE kind = 'parent_of' AND withdrawn_at IS NULL AND other_domain = %s)"""

_REFERENCES = """SELECT s.code, r.source_key FROM mdm_sourcerecord r
    JOIN mdm_sourcesystem s ON s.id = r.system_id WHERE r.id = ANY(%s)"""


def is_hierarchical(domain: str) -> bool:
    """Whether golden records of the domain have parents."""
    return any(
        getattr(each.type, "relation", "") == PARENT_OF for each in entity_type(domain).relations
    )


def lock(domain: str) -> None:
    """Keep everybody else from changing the hierarchy until the end of the transaction."""
    execute(f"SELECT pg_advisory_xact_lock({_LOCK})", [f"hierarchy {domain}"])


def guard(domain: str) -> None:
    """To be called first by what moves links: nobody else changes the hierarchy meanwhile.

    While a domain has no edge, all may move links at once, and only the first edge waits for them.
    """
    if is_hierarchical(domain):
        name = f"hierarchy {domain}"
        execute(
            f"SELECT CASE WHEN {SOME_EDGE} THEN pg_advisory_xact_lock({_LOCK})::text"
            f" ELSE pg_advisory_xact_lock_shared({_LOCK})::text END",
            [domain, name, name],
        )


def settle(domain: str, before: Sequence[Stated], now: Sequence[Stated], cause: Cause) -> None:
    """Judge what edges that were withdrawn and stated may have opened or closed."""
    rows = [*before, *now]
    records = {each.record_id for each in rows}
    references = [(each.other_system, each.other_key) for each in rows]
    parents = crosswalk.resolve_references(domain, references)
    touched = _goldens_of(records) | set(parents.values())
    judge(domain, touched, _goldens_of({each.record_id for each in before}), cause)


def follow(domain: str, moved: Sequence[int], cause: Cause) -> None:
    """Judge the hierarchy where source records came to belong to other golden records."""
    edges = _touching(domain, moved)
    if edges:
        lock(domain)
        left = _goldens_left(moved)
        children = {each.record_id for each in edges}
        parents = crosswalk.resolve_references(
            domain, [(each.other_system, each.other_key) for each in edges]
        )
        touched = _goldens_of(children) | set(parents.values()) | left
        judge(domain, touched, touched if left else (), cause)


def _touching(domain: str, record_ids: Sequence[int]) -> list[Stated]:
    """The edges of which an end is one of some source records."""
    from_them = stated("e.kind = 'parent_of' AND e.record_id = ANY(%s)", [list(record_ids)])
    names = fetch(_REFERENCES, [list(record_ids)])
    to_them = stated(
        "e.kind = 'parent_of' AND e.other_domain = %s AND (e.other_system, e.other_key) IN"
        " (SELECT * FROM unnest(%s::text[], %s::text[]))",
        [domain, [name[0] for name in names], [name[1] for name in names]],
    )
    return [*from_them, *to_them]


def judge(domain: str, touched: Iterable[UUID], once_unclear: Iterable[UUID], cause: Cause) -> None:
    """Hold back, and let go, the edges above golden records; tell what a person must look at.

    `once_unclear` are those that may have had several parents before.
    """
    touched = set(touched)
    edges = edges_above(touched)
    held = hierarchy.closing(each.edge for each in edges)
    wrong = [each for each in edges if (each.stated.id in held) != (each.stated.held_back != "")]
    restated = dict(zip((each.stated.id for each in wrong), _turn(wrong, held, cause), strict=True))
    in_effect = [each.edge for each in edges if each.stated.id not in held]
    several = hierarchy.with_several_parents(in_effect, cause.at.date()) & touched
    now_held = [id_ for was, id_ in restated.items() if was in held]
    let_go = [was for was in restated if was not in held]
    alone = set(once_unclear) - several
    tell("relationships.unclear", domain, cause, held_back=now_held, several_parents=several)
    tell("relationships.settled", domain, cause, relationships=let_go, golden_ids=alone)


def _turn(wrong: Sequence[ParentEdge], held: set[int], cause: Cause) -> list[int]:
    changes = (
        (each.stated, {"held_back": CIRCLE if each.stated.id in held else ""}) for each in wrong
    )
    return restate(changes, cause)


def _goldens_of(record_ids: Iterable[int]) -> set[UUID]:
    rows = fetch(
        "SELECT golden_id FROM mdm_crosswalklink WHERE record_id = ANY(%s) AND unlinked_at IS NULL",
        [list(record_ids)],
    )
    return {row[0] for row in rows}


def _goldens_left(record_ids: Sequence[int]) -> set[UUID]:
    """The golden records that source records belonged to before."""
    rows = fetch(
        "SELECT DISTINCT golden_id FROM mdm_crosswalklink"
        " WHERE record_id = ANY(%s) AND unlinked_at IS NOT NULL",
        [list(record_ids)],
    )
    return {row[0] for row in rows}
