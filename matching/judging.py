"""What people settled about source records, read from their decisions and from links they made."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from matching.engine.judgements import Judgement
from mdm.bulk import fetch
from mdm.models import CrosswalkLink

Linked = Literal["confirmed", "all"]
"""Which golden records count as said: those that people confirmed, or whatever stands."""

_SETTLING = [CrosswalkLink.Method.STEWARD.value, CrosswalkLink.Method.CLAIM.value]
"""The links that were made by somebody who knows, and not by the engine."""

_DECISIONS = """
    SELECT 'decision ' || id, verdict, ARRAY[left_id], ARRAY[right_id], decided_by, decided_at,
           reason, 0 AS kind, id
    FROM matching_decision
    WHERE superseded_at IS NULL AND verdict IN ('match', 'no_match') AND {of_pairs}
    UNION ALL
    SELECT 'group decision ' || d.id, d.verdict, array_agg(m.record_id) FILTER (WHERE m.side = 0),
           coalesce(array_agg(m.record_id) FILTER (WHERE m.side = 1), '{{}}'), d.decided_by,
           d.decided_at, d.reason, 1, d.id
    FROM matching_clusterdecision d JOIN matching_decidedmember m ON m.decision_id = d.id
    WHERE d.superseded_at IS NULL AND {of_groups}
    GROUP BY d.id ORDER BY kind, id
"""
_IN_FORCE = _DECISIONS.format(of_pairs="domain = %s", of_groups="d.domain = %s")
_TOUCHING = _DECISIONS.format(
    of_pairs="(left_id = ANY(%s) OR right_id = ANY(%s))",
    of_groups="d.id IN (SELECT decision_id FROM matching_decidedmember WHERE record_id = ANY(%s))",
)

_CONFIRMED = """
    SELECT l.golden_id, max(l.linked_at) FROM mdm_crosswalklink l
    WHERE l.golden_id = ANY(%s) AND l.unlinked_at IS NULL AND l.method = ANY(%s)
    GROUP BY l.golden_id
    UNION
    SELECT l.golden_id, max(d.decided_at) FROM mdm_crosswalklink l
    JOIN matching_decision d ON d.left_id = l.record_id
     AND d.superseded_at IS NULL AND d.verdict = 'match'
    JOIN mdm_crosswalklink other ON other.record_id = d.right_id
     AND other.unlinked_at IS NULL AND other.golden_id = l.golden_id
    WHERE l.golden_id = ANY(%s) AND l.unlinked_at IS NULL GROUP BY l.golden_id
    UNION
    SELECT l.golden_id, max(d.decided_at) FROM mdm_crosswalklink l
    JOIN matching_decidedmember m ON m.record_id = l.record_id
    JOIN matching_clusterdecision d ON d.id = m.decision_id
     AND d.superseded_at IS NULL AND d.verdict = 'match'
    WHERE l.golden_id = ANY(%s) AND l.unlinked_at IS NULL
    GROUP BY l.golden_id, d.id HAVING count(*) > 1
"""


def in_force(domain: str) -> list[Judgement]:
    """Every decision of a domain that says whether records are one thing."""
    return _decisions(_IN_FORCE, domain, domain)


def of_whole_domain(domain: str, linked: Linked = "confirmed") -> list[Judgement]:
    """Every decision, and the golden records that people confirmed as far as decisions touch them.

    Of such a golden record only those members are listed that some decision names.
    """
    decided = in_force(domain)
    named = frozenset[int]().union(*(each.records for each in decided))
    return [*decided, *_golden(named, linked, only=named)]


def around(
    record_ids: Iterable[int],
    linked: Linked = "confirmed",
    *,
    both_ends: bool = False,
    known: Iterable[Judgement] | None = None,
) -> list[Judgement]:
    """All that bears on these records, and on whatever is one thing with them.

    With `both_ends` also what bears on the records that they are kept apart from. `known` is what
    bears on the records themselves, where that was read before.
    """
    found, reached = dict[str, Judgement](), set[int]()
    waiting = set(record_ids)
    while waiting:
        reached |= waiting
        read = _touching(waiting, linked) if known is None else known
        known = None
        new = {each.name: each for each in read}
        found |= new
        waiting = set().union(*(each.records for each in new.values() if each.joins)) - reached
        if not waiting and both_ends:
            both_ends = False
            waiting = set().union(*(each.records for each in found.values())) - reached
    return sorted(found.values(), key=lambda each: each.name)


def touching(record_ids: Iterable[int]) -> list[Judgement]:
    """The decisions that name any of these records."""
    ids = list(record_ids)
    return _decisions(_TOUCHING, ids, ids, ids)


def as_one(
    golden_id: UUID, members: Iterable[int], by: str = "", at: datetime | None = None
) -> Judgement:
    """That members of a golden record are one thing: as it stands, or as people confirmed it."""
    return Judgement(f"golden record {golden_id}", (frozenset(members),), by, at)


def confirmed(ids: Iterable[UUID]) -> set[UUID]:
    """The golden records that people confirmed: they linked a member, or decided *match* in it."""
    return {golden_id for golden_id, _ in _confirmed(list(ids))}


def confirmed_in(domain: str) -> list[int]:
    """The source records of a domain that golden records hold which people confirmed."""
    rows = fetch(
        "SELECT DISTINCT l.golden_id FROM mdm_crosswalklink l"
        " JOIN mdm_goldenrecord g ON g.id = l.golden_id AND g.domain = %s"
        " WHERE l.unlinked_at IS NULL AND l.method = ANY(%s)"
        " UNION SELECT l.golden_id FROM mdm_crosswalklink l WHERE l.unlinked_at IS NULL"
        " AND l.record_id = ANY(%s)",
        [domain, _SETTLING, _named_in(domain)],
    )
    ids = list(confirmed(row[0] for row in rows))
    members = fetch(
        "SELECT record_id FROM mdm_crosswalklink WHERE golden_id = ANY(%s) AND unlinked_at IS NULL",
        [ids],
    )
    return [row[0] for row in members]


def _named_in(domain: str) -> list[int]:
    """The records that a decision of the domain makes one thing."""
    return sorted(set().union(*(each.records for each in in_force(domain) if each.joins)))


def _touching(record_ids: Collection[int], linked: Linked) -> Iterator[Judgement]:
    yield from touching(record_ids)
    yield from _golden(record_ids, linked)


def _decisions(statement: str, *parameters: Any) -> list[Judgement]:
    return [
        Judgement(name, _sides(verdict, one, other), *said)
        for name, verdict, one, other, *said, _, _ in fetch(statement, parameters)
    ]


def _sides(verdict: str, one: list[int], other: list[int]) -> tuple[frozenset[int], ...]:
    if verdict == "match":
        return (frozenset([*one, *other]),)
    return frozenset(one), frozenset(other)


def _golden(
    record_ids: Collection[int], linked: Linked, only: Collection[int] | None = None
) -> Iterator[Judgement]:
    """The golden records of these records, each as a judgement that its members are one thing."""
    rows = fetch(
        "SELECT l.golden_id, array_agg(l.record_id) FROM mdm_crosswalklink l"
        " WHERE l.unlinked_at IS NULL AND l.golden_id IN (SELECT golden_id FROM mdm_crosswalklink"
        "  WHERE record_id = ANY(%s) AND unlinked_at IS NULL)"
        " GROUP BY l.golden_id HAVING count(*) > 1",
        [list(record_ids)],
    )
    by, at = "people" if linked == "confirmed" else "", {}
    if linked == "confirmed" and rows:
        at = dict(sorted(_confirmed([row[0] for row in rows]), key=lambda row: row[1]))
        rows = [row for row in rows if row[0] in at]
    for golden_id, members in rows:
        named = frozenset(members if only is None else set(members) & set(only))
        if len(named) > 1:
            yield as_one(golden_id, named, by, at.get(golden_id))


def _confirmed(ids: list[UUID]) -> list[tuple[UUID, datetime]]:
    """Golden records that people confirmed, with when they did."""
    return fetch(_CONFIRMED, [ids, _SETTLING, ids, ids]) if ids else []
