"""Relationships that stewards assert, refute and place: each with a reason and an event."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from mdm import events, hierarchy
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.hierarchy import Days, Edge
from mdm.models import GoldenRecord, Relationship
from mdm.relationships import circles
from mdm.relationships.stating import (
    PARENT_OF,
    REFUTED,
    Reference,
    Stated,
    edges_above,
    restate,
    stated,
    tell,
    write,
)

End = UUID | int
"""A golden record, or one of its source records."""

_ANCHOR = """
    SELECT r.id, r.domain, s.code, r.source_key, l.golden_id FROM mdm_sourcerecord r
    JOIN mdm_sourcesystem s ON s.id = r.system_id
    JOIN mdm_crosswalklink l ON l.record_id = r.id AND l.unlinked_at IS NULL
    WHERE {} ORDER BY r.inactive_at IS NOT NULL, r.id LIMIT 1
"""


class RelationshipRefusedError(RuntimeError):
    """A relationship that cannot be asserted or changed: why, in words for who tried."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The source record by which an end of a relationship is kept."""

    record_id: int
    domain: str
    system: str
    key: str
    golden_id: UUID

    @property
    def reference(self) -> Reference:
        return Reference(self.domain, self.system, self.key)


@transaction.atomic
def assert_relationship(
    kind: str,
    record: End,
    other: End,
    *,
    days: Days = Days(),  # noqa: B008
    confidence: float | None = None,
    cause: Cause,
) -> Relationship:
    """Say that `record` has a relationship with `other`; for *parent of*, `other` is the parent.

    Each is a golden id, or the id of the source record of which it is said: that decides to whom
    the relationship goes when the golden record comes apart. Raises RelationshipRefusedError for
    one without a reason, that stands already, or that would close a circle, which it names.
    """
    _require_reason(cause)
    mine, theirs = _anchor(record), _anchor(other)
    _lock_records(mine.record_id)
    _check_ends(kind, mine, theirs)
    if kind == PARENT_OF:
        circles.lock(mine.domain)
        _refuse_circle(mine.golden_id, theirs.golden_id, days)
    new = Stated(
        0, kind, mine.record_id, "", *theirs.reference, cause.at, cause.at, cause.by, days,
        confidence, "", isinstance(record, UUID), isinstance(other, UUID),
    )  # fmt: skip
    _refuse_repetition(new)
    (id_,) = write([], [new], cause)
    _record("relationship.asserted", id_, new, cause)
    if kind == PARENT_OF:
        circles.settle(mine.domain, [], [new], cause)
    return Relationship.objects.get(pk=id_)


@transaction.atomic
def withdraw_relationship(relationship_id: int, *, cause: Cause) -> None:
    """Take back what a steward asserted, or refute what a source asserts.

    A source's relationship is kept as refuted, out of effect, until that source says otherwise.
    """
    _require_reason(cause)
    was = _hold(relationship_id)
    if was.held_back == REFUTED:
        raise RelationshipRefusedError(gettext("a steward has refuted this relationship already"))
    if was.attribute:
        restate([(was, {"held_back": REFUTED})], cause)
    else:
        write([was.id], [], cause)
    _record("relationship.withdrawn", was.id, was, cause)
    tell("relationships.settled", was.other_domain, cause, relationships=[was.id])
    if was.kind == PARENT_OF:
        circles.settle(was.other_domain, [was], [], cause)


@transaction.atomic
def place_relationship(
    relationship_id: int, *, record_id: int = 0, other_id: int = 0, cause: Cause
) -> Relationship:
    """Settle to which source records a steward's relationship belongs, after they came apart.

    An end that is not named stays with the record that stands for it now.
    """
    _require_reason(cause)
    was = _hold(relationship_id)
    if was.attribute:
        raise RelationshipRefusedError(
            gettext("what a source record asserts goes where that record goes")
        )
    changes = {"of_golden": False, "to_golden": False}
    mine = _anchor(record_id or was.record_id)
    reference = _anchor(other_id).reference if other_id else was.other
    _check_ends(was.kind, mine, _anchor_of(reference))
    moved = was._replace(
        record_id=mine.record_id,
        other_domain=reference.domain,
        other_system=reference.system,
        other_key=reference.key,
    )
    if was.kind == PARENT_OF:
        _refuse_circle(mine.golden_id, _anchor_of(reference).golden_id, was.valid_on, but=was.id)
    (id_,) = restate([(moved, changes)], cause)
    _record("relationship.placed", id_, moved, cause)
    tell("relationships.settled", was.other_domain, cause, relationships=[was.id])
    if was.kind == PARENT_OF:
        circles.settle(was.other_domain, [was], [moved], cause)
    return Relationship.objects.get(pk=id_)


def _require_reason(cause: Cause) -> None:
    if not cause.reason.strip():
        raise RelationshipRefusedError(gettext("say why, for whoever wonders later"))


def _anchor(end: End) -> _Anchor:
    condition = "l.golden_id = %s" if isinstance(end, UUID) else "r.id = %s"
    rows = fetch(_ANCHOR.format(condition), [end])
    if not rows:
        raise RelationshipRefusedError(f"{end} is not a golden record that stands, nor a member")
    return _Anchor(*rows[0])


def _anchor_of(reference: Reference) -> _Anchor:
    condition = "r.domain = %s AND s.code = %s AND r.source_key = %s"
    rows = fetch(_ANCHOR.format(condition), reference)
    if not rows:
        raise RelationshipRefusedError(f"{reference.system}:{reference.key} is not known here")
    return _Anchor(*rows[0])


def _lock_records(record_id: int) -> None:
    """Let feeds and other stewards who change the record's relationships wait."""
    fetch("SELECT FROM mdm_sourcerecord WHERE id = %s FOR NO KEY UPDATE", [record_id])


def _check_ends(kind: str, mine: _Anchor, theirs: _Anchor) -> None:
    if kind not in Relationship.Kind.values:
        raise RelationshipRefusedError(
            f"{kind} is not one of {', '.join(Relationship.Kind.values)}"
        )
    if mine.golden_id == theirs.golden_id:
        raise RelationshipRefusedError("a golden record has no relationship with itself")
    if kind == PARENT_OF and (
        mine.domain != theirs.domain or not circles.is_hierarchical(mine.domain)
    ):
        raise RelationshipRefusedError(f"a {mine.domain} has no parent that is a {theirs.domain}")


def _refuse_circle(child: UUID, parent: UUID, days: Days, but: int = 0) -> None:
    edges = [
        each.edge
        for each in edges_above([parent])
        if not each.stated.held_back and each.stated.id != but
    ]
    chain = hierarchy.chain(hierarchy.upwards_of(edges), Edge(0, child, parent, days))
    if chain:
        titles = dict(GoldenRecord.objects.filter(pk__in=chain).values_list("pk", "title"))
        named = " → ".join(titles[id_] for id_ in chain)
        raise RelationshipRefusedError(
            gettext("that would close a circle of parents: {names}").format(names=named)
        )


def _refuse_repetition(new: Stated) -> None:
    again = stated(
        "e.attribute = '' AND e.record_id = %s AND e.kind = %s AND e.other_domain = %s"
        " AND e.other_system = %s AND e.other_key = %s AND e.valid_on && %s::daterange",
        [new.record_id, new.kind, *new.other, str(new.valid_on)],
    )
    if again:
        raise RelationshipRefusedError(
            gettext("{who} has asserted that already").format(who=again[0].asserted_by)
        )


def _hold(relationship_id: int) -> Stated:
    """The live relationship, locked with what orders its changes: record, hierarchy, row."""
    rows = stated("e.id = %s", [relationship_id])
    if rows:
        _lock_records(rows[0].record_id)
        if rows[0].kind == PARENT_OF:
            circles.lock(rows[0].other_domain)
        rows = stated("e.id = %s", [relationship_id])
    if not rows:
        raise RelationshipRefusedError(
            gettext("relationship {relationship_id} does not stand any more").format(
                relationship_id=relationship_id
            )
        )
    return rows[0]


def _record(type_: str, id_: int, row: Stated, cause: Cause) -> None:
    content = {"relationship": id_, "kind": row.kind, "record": row.record_id}
    events.record(type_, domain=row.other_domain, content=content, cause=cause)
