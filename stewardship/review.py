"""What stewards do with golden records: merge them, take source records out, and take that back.

Each verb carries out what a preview showed, records the decision behind it, and keeps what it needs
to be undone.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from matching import decisions, isolation
from matching.decisions import Made
from matching.models import ClusterDecision, Decision
from matching.settling import settle
from mdm import golden, lifecycle, overrides, preview
from mdm.again import atomically
from mdm.bulk import execute, fetch
from mdm.cause import Cause
from mdm.golden import Link, Merge, SeparationRefusedError
from mdm.models import CrosswalkLink, Override, SourceRecord
from mdm.parting import brought_together
from mdm.preview import Preview
from stewardship import consenting
from stewardship.models import StewardAction

Kind = StewardAction.Kind
Verdict = ClusterDecision.Verdict
STEWARD = CrosswalkLink.Method.STEWARD

_PINS = {
    Kind.OVERRIDE: overrides.take_back_override,
    Kind.END_OVERRIDE: overrides.restore_override,
}

Groups = Sequence[Collection[int]]
"""Source records that leave a golden record, group by group."""


class _Said(TypedDict):
    """What a decision says besides its verdict."""

    reason: str
    reason_code: str
    cause: Cause


class RecordRefusedError(RuntimeError):
    """Something that cannot be said of a source record: why, in words for who tried."""


class UndoRefusedError(RuntimeError):
    """An action that cannot be taken back: why, in words for the person who tried."""


@atomically
def decide(
    first_id: int,
    second_id: int,
    verdict: Decision.Verdict,
    *,
    reason_code: str = "",
    seen: str | None = None,
    supersedes: Sequence[Made] = (),
    batch: UUID | None = None,
    cause: Cause,
) -> StewardAction:
    """Record what a person says of two source records; see `matching.decisions.decide`."""
    left, right = sorted((first_id, second_id))
    before = Decision.objects.live().filter(left=left, right=right)
    replaced = [*supersedes, *before]
    made = decisions.decide(
        left,
        right,
        verdict,
        reason=cause.reason,
        reason_code=reason_code,
        supersedes=supersedes,
        seen=seen,
        cause=cause,
    )
    return note(Kind.DECIDE, made.domain, {}, [made], replaced, batch, cause)


@atomically
def preview_merge(
    domain: str,
    ids: Collection[UUID],
    *,
    survivor: UUID | None = None,
    supersedes: Sequence[Made] = (),
    cause: Cause,
) -> Preview:
    """What would come of merging golden records; MergeRefusedError when a rule forbids it."""

    def verb() -> list[UUID]:
        decisions.supersede(supersedes, cause=cause)
        return _merge(domain, ids, survivor, cause)

    hold(ids)
    return preview.preview(ids, verb, cause=cause)


@atomically
def merge(
    domain: str,
    ids: Collection[UUID],
    token: str,
    *,
    survivor: UUID | None = None,
    supersedes: Sequence[Made] = (),
    batch: UUID | None = None,
    cause: Cause,
) -> StewardAction:
    """Merge golden records as previewed: a person says that all their source records are one thing.

    Raises PreviewOutdatedError when something has changed, MergeRefusedError when a rule forbids
    it, and ContradictionError when decisions do; these may be superseded. Where more money hangs on
    them than one person may merge, SecondPersonNeededError until another one wants the same.
    """
    before = hold(ids)
    consenting.refuse_alone(domain, ids, token, cause)
    decisions.supersede(supersedes, cause=cause)
    members = [link.record_id for links in before.values() for link in links]
    made = decisions.decide_groups(
        domain, [members], Verdict.MATCH, reason=cause.reason, cause=cause
    )
    preview.commit(ids, lambda: _merge(domain, ids, survivor, cause), token, cause=cause)
    settle(members)
    return note(Kind.MERGE, domain, before, [made], supersedes, batch, cause)


def tree_of(golden_id: UUID, record_id: int) -> list[int]:
    """The source records that came into the golden record in the same merge as `record_id`.

    Raises SeparationRefusedError where no merge brought it.
    """
    members = golden.members_of([golden_id]).get(golden_id, [])
    if record_id not in {member.record_id for member in members}:
        raise SeparationRefusedError(f"source record {record_id} is not in {golden_id}")
    tree = brought_together(members, record_id)
    if len(tree) == len(members):
        raise SeparationRefusedError(
            "no merge brought this record: take it out alone, or split the cluster"
        )
    return [member.record_id for member in tree]


@atomically
def preview_separation(domain: str, golden_id: UUID, leaving: Groups, *, cause: Cause) -> Preview:
    """What would come of taking groups of source records out of a golden record."""
    hold([golden_id])
    return preview.preview(
        [golden_id], lambda: _separate(domain, golden_id, leaving, cause), cause=cause
    )


@atomically
def separate(
    domain: str,
    golden_id: UUID,
    leaving: Groups,
    token: str,
    *,
    apart: bool = True,
    batch: UUID | None = None,
    cause: Cause,
) -> StewardAction:
    """Take groups of source records out as previewed; each stays apart from all that it leaves.

    *Match* decisions between what parts are superseded. With `apart` a *no match* is left between
    each group and the rest, so that the next run does not merge them again. Raises
    PreviewOutdatedError when something has changed, SeparationRefusedError when it cannot be done.
    """
    before = hold([golden_id])
    rest = {link.record_id for link in before.get(golden_id, ())}
    broken = broken_by(leaving, rest)
    decisions.supersede(broken, cause=cause)
    preview.commit(
        [golden_id], lambda: _separate(domain, golden_id, leaving, cause), token, cause=cause
    )
    settle(rest)
    made = [*_narrowed(broken, leaving, cause)]
    for group in leaving if apart else ():
        rest -= set(group)
        if rest:
            sides = [sorted(rest), sorted(group)]
            made.append(
                decisions.decide_groups(
                    domain, sides, Verdict.NO_MATCH, reason=cause.reason, cause=cause
                )
            )
    return note(Kind.SEPARATE, domain, before, made, broken, batch, cause)


def broken_by(leaving: Groups, members: Collection[int]) -> list[Made]:
    """The live *match* decisions between source records that would part."""
    part = {record_id: place for place, group in enumerate(leaving) for record_id in group}
    pairs = Decision.objects.live().filter(
        verdict=Verdict.MATCH, left__in=members, right__in=members
    )
    broken: list[Made] = [
        each for each in pairs if part.get(each.left_id, -1) != part.get(each.right_id, -1)
    ]
    groups = ClusterDecision.objects.live().filter(
        verdict=Verdict.MATCH, members__record__in=members
    )
    for group in groups.distinct().prefetch_related("members"):
        named = {member.record_id for member in group.members.all()} & set(members)
        if len({part.get(record_id, -1) for record_id in named}) > 1:
            broken.append(group)
    return broken


def _narrowed(broken: Sequence[Made], leaving: Groups, cause: Cause) -> Iterator[Made]:
    """What is left of *match* decisions on groups, part by part."""
    for each in broken:
        if isinstance(each, ClusterDecision):
            named = set(each.members.values_list("record_id", flat=True))
            rest = named.difference(*leaving)
            for part in (rest, *(named & set(group) for group in leaving)):
                if len(part) > 1:
                    yield decisions.decide_groups(
                        each.domain,
                        [sorted(part)],
                        Verdict.MATCH,
                        reason=each.reason,
                        reason_code=each.reason_code,
                        cause=cause,
                    )


@atomically
def pin(
    golden_id: UUID,
    attribute: str,
    value: Any,
    *,
    expires_at: datetime | None = None,
    cause: Cause,
) -> StewardAction:
    """Pin a value, as `mdm.overrides.set_override` does, so that it can be undone."""
    made = overrides.set_override(
        golden_id, attribute, value, reason=cause.reason, expires_at=expires_at, cause=cause
    )
    return _note_pin(Kind.OVERRIDE, made, cause)


@atomically
def unpin(override_id: int, *, cause: Cause) -> StewardAction:
    """Let sources decide again, as `mdm.overrides.end_override` does, so that it can be undone."""
    overrides.end_override(override_id, cause=cause)
    ended = Override.objects.select_related("golden").get(pk=override_id)
    return _note_pin(Kind.END_OVERRIDE, ended, cause)


@atomically
def set_condition(record_id: int, condition: str, *, cause: Cause) -> StewardAction:
    """Hold something against a source record, or nothing ("") any more, so that it can be undone.

    Raises RecordRefusedError without a reason, or when it is so already.
    """
    record = _stated(record_id, cause)
    if not lifecycle.set_condition([record_id], condition, cause=cause):
        raise RecordRefusedError("it is so already")
    return _note_record(Kind.CONDITION, record, record.condition, cause)


@atomically
def isolate(record_id: int, isolated: bool, *, cause: Cause) -> StewardAction:
    """Let a source record take no part in matching, or take part again, so that it can be undone.

    Raises RecordRefusedError without a reason, or when it is so already.
    """
    record = _stated(record_id, cause)
    verb = isolation.isolate if isolated else isolation.readmit
    if not verb(record.domain, [record_id], cause=cause):
        raise RecordRefusedError("it is so already")
    return _note_record(Kind.ISOLATE, record, record.isolated, cause)


def _stated(record_id: int, cause: Cause) -> SourceRecord:
    """The source record as it is before a person says something about it."""
    if not cause.reason:
        raise RecordRefusedError("say why, for whoever wonders later")
    return SourceRecord.objects.select_for_update().get(pk=record_id)


def _note_record(
    kind: StewardAction.Kind, record: SourceRecord, was: str | bool, cause: Cause
) -> StewardAction:
    return StewardAction.objects.create(
        kind=kind,
        domain=record.domain,
        content={"record": record.pk, "was": was},
        done_by=cause.by,
        done_at=cause.at,
        correlation_id=cause.correlation_id,
    )


def _note_pin(kind: StewardAction.Kind, pinned: Override, cause: Cause) -> StewardAction:
    return StewardAction.objects.create(
        kind=kind,
        domain=pinned.golden.domain,
        content={"override": pinned.pk, "before": {str(pinned.golden_id): []}},
        done_by=cause.by,
        done_at=cause.at,
        correlation_id=cause.correlation_id,
    )


@atomically
def undo(action_id: int, *, cause: Cause) -> StewardAction:
    """Take an action back as if it had not been done; its decisions no longer hold.

    Raises UndoRefusedError when it was undone before, or somebody has regrouped the records since.
    """
    action = StewardAction.objects.select_for_update().get(pk=action_id)
    if action.undone_at:
        raise UndoRefusedError(f"{action.undone_by} has undone this at {action.undone_at:%H:%M}")
    if action.kind in _PINS:
        _regret_pin(action, cause)
    elif action.kind == Kind.CONDITION:
        lifecycle.set_condition([action.content["record"]], action.content["was"], cause=cause)
    elif action.kind == Kind.ISOLATE:
        verb = isolation.isolate if action.content["was"] else isolation.readmit
        verb(action.domain, [action.content["record"]], cause=cause)
    else:
        _regret(action, cause)
    action.undone_at, action.undone_by = cause.at, cause.by
    action.save(update_fields=["undone_at", "undone_by"])
    return action


def _regret_pin(action: StewardAction, cause: Cause) -> None:
    verb = _PINS[Kind(action.kind)]
    try:
        verb(action.content["override"], cause=cause)
    except overrides.OverrideError as refused:
        raise UndoRefusedError(str(refused)) from None


def _regret(action: StewardAction, cause: Cause) -> None:
    """Put links back as they were, and decisions too."""
    _lock(record_id for rows in action.content["before"].values() for record_id, *_ in rows)
    for override_id in action.content.get("pins", ()):
        if Override.objects.filter(pk=override_id, ended_at=None).exists():
            overrides.end_override(override_id, cause=cause)
    made = _decisions(action.content["made"])
    broken = _decisions(action.content["superseded"])
    _put_back(action, cause)
    live = [each for each in made if each.superseded_at is None]
    decisions.supersede(live, cause=cause)
    for each in broken:
        _renew(each, cause)


@atomically
def undo_batch(batch: UUID, *, cause: Cause) -> list[StewardAction]:
    """Take back all that a bulk batch did, the last first: all of it, or nothing."""
    actions = StewardAction.objects.filter(batch=batch, undone_at=None).order_by("-pk")
    return [undo(action.pk, cause=cause) for action in actions]


def _renew(each: Made, cause: Cause) -> None:
    """Decide again what was decided before the action that is undone."""
    said = _Said(reason=each.reason, reason_code=each.reason_code, cause=cause)
    if isinstance(each, Decision):
        decisions.decide(each.left_id, each.right_id, Decision.Verdict(each.verdict), **said)
    else:
        sides: dict[int, list[int]] = {}
        for record_id, side in each.members.values_list("record_id", "side"):
            sides.setdefault(side, []).append(record_id)
        named = [sides[side] for side in sorted(sides)]
        decisions.decide_groups(each.domain, named, Verdict(each.verdict), **said)


def _put_back(action: StewardAction, cause: Cause) -> None:
    links = {
        UUID(id_): [
            Link(record_id, method, weight, rule, tuple(map(UUID, via)))
            for record_id, method, weight, rule, via in rows
        ]
        for id_, rows in action.content["before"].items()
    }
    if not links:
        return
    try:
        golden.put_back(action.domain, links, cause=cause)
    except SeparationRefusedError as refused:
        raise UndoRefusedError(f"{refused}: {_who_came_after(action, links)}") from None
    settle(link.record_id for each in links.values() for link in each)


def _who_came_after(action: StewardAction, links: Mapping[UUID, Sequence[Link]]) -> str:
    """Who regrouped the records of an action after it."""
    rows = fetch(
        "SELECT type, by, at FROM mdm_event WHERE golden_id IN ("
        "  SELECT golden_id FROM mdm_crosswalklink WHERE record_id = ANY(%s))"
        " AND at > %s AND type IN ('golden.merged', 'golden.split', 'golden.restored')"
        " ORDER BY id DESC LIMIT 1",
        [[link.record_id for each in links.values() for link in each], action.done_at],
    )
    return "; ".join(f"{by} did ({type_}) at {at:%Y-%m-%d %H:%M}" for type_, by, at in rows)


def _merge(domain: str, ids: Collection[UUID], survivor: UUID | None, cause: Cause) -> list[UUID]:
    merges = [Merge(frozenset(ids), STEWARD, survivor=survivor)]
    return golden.merge(domain, merges, cause=cause)


def _separate(domain: str, golden_id: UUID, leaving: Groups, cause: Cause) -> list[UUID]:
    parts = golden.separate(domain, {golden_id: leaving}, method=STEWARD, cause=cause)
    return parts[golden_id]


def hold(ids: Collection[UUID]) -> dict[UUID, list[Link]]:
    """The live links of golden records; feeds and deciders wait for their source records."""
    _lock(link.record_id for links in golden.links_of(ids).values() for link in links)
    return golden.links_of(ids)


def _lock(record_ids: Iterable[int]) -> None:
    """Lock source records, before golden records and in the order of ids, as feeds do."""
    execute(
        "SELECT FROM mdm_sourcerecord WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        [sorted(record_ids)],
    )


def note(
    kind: StewardAction.Kind,
    domain: str,
    before: Mapping[UUID, Sequence[Link]],
    made: Sequence[Made],
    superseded: Sequence[Made],
    batch: UUID | None,
    cause: Cause,
) -> StewardAction:
    """Keep what the action needs to be undone: ids, and nothing else."""
    links = {
        str(id_): [
            [each.record_id, each.method, each.match_weight, each.rule_version,
             [str(way) for way in each.via]]
            for each in rows
        ]
        for id_, rows in before.items()
    }  # fmt: skip
    return StewardAction.objects.create(
        kind=kind,
        domain=domain,
        content={"before": links, "made": _named(made), "superseded": _named(superseded)},
        batch=batch,
        done_by=cause.by,
        done_at=cause.at,
        correlation_id=cause.correlation_id,
    )


def _named(made: Sequence[Made]) -> list[tuple[str, int]]:
    return [("pair" if isinstance(each, Decision) else "group", each.pk) for each in made]


def _decisions(named: Sequence[Any]) -> list[Made]:
    pairs = Decision.objects.filter(pk__in=[pk for kind, pk in named if kind == "pair"])
    groups = ClusterDecision.objects.filter(pk__in=[pk for kind, pk in named if kind == "group"])
    return [*pairs, *groups]
