"""Taking back what stewards did: one action, or a whole batch."""

from collections.abc import Mapping, Sequence
from typing import TypedDict
from uuid import UUID

from matching import decisions, isolation
from matching.decisions import Made
from matching.models import ClusterDecision, Decision
from matching.settling import settle
from mdm import golden, lifecycle, overrides
from mdm.again import atomically
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.golden import Link, SeparationRefusedError
from mdm.models import Override
from stewardship.models import StewardAction
from stewardship.remembering import Kind, decisions_of, links_before, lock

_PINS = {
    Kind.OVERRIDE: overrides.take_back_override,
    Kind.END_OVERRIDE: overrides.restore_override,
}


class _Said(TypedDict):
    """What a decision says besides its verdict."""

    reason: str
    reason_code: str
    cause: Cause


class UndoRefusedError(RuntimeError):
    """An action that cannot be taken back: why, in words for the person who tried."""


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
    before = links_before(action)
    lock(link.record_id for links in before.values() for link in links)
    for override_id in action.content.get("pins", ()):
        if Override.objects.filter(pk=override_id, ended_at=None).exists():
            overrides.end_override(override_id, cause=cause)
    made, broken = decisions_of(action, "made"), decisions_of(action, "superseded")
    if before:
        _put_back(action, before, cause)
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
        decisions.decide_groups(each.domain, named, ClusterDecision.Verdict(each.verdict), **said)


def _put_back(action: StewardAction, links: Mapping[UUID, Sequence[Link]], cause: Cause) -> None:
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
