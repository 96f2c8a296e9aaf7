"""Taking back what stewards did: one action, or a whole batch."""

from collections.abc import Mapping, Sequence
from typing import TypedDict
from uuid import UUID

from django.utils.translation import gettext, gettext_lazy

from matching import decisions, isolation
from matching.conflicts import DecisionRefusedError
from matching.deciding_many import in_force_on, renew_undecided
from matching.decisions import Made
from matching.models import ClusterDecision, Decision
from matching.settling import settle
from mdm import golden, lifecycle, overrides
from mdm.again import atomically
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.golden import Link, SeparationRefusedError
from mdm.models import Override, SourceRecord
from mdm.words import moment, person
from stewardship.models import StewardAction
from stewardship.remembering import Kind, decisions_of, links_before, lock, name_of, renewed_as

_PINS = {
    Kind.OVERRIDE: overrides.take_back_override,
    Kind.END_OVERRIDE: overrides.restore_override,
}
_DEEDS = {
    "golden.merged": gettext_lazy("{who} merged them at {at}"),
    "golden.split": gettext_lazy("{who} took records out of them at {at}"),
    "golden.restored": gettext_lazy("{who} put them back at {at}"),
}
_JUDGED = {Kind.CONDITION: "condition", Kind.ISOLATE: "isolated"}


class _Said(TypedDict):
    """What a decision says besides its verdict."""

    reason: str
    reason_code: str
    decided_by: str
    cause: Cause


class UndoRefusedError(RuntimeError):
    """An action that cannot be taken back: why, in words for the person who tried."""


@atomically
def undo(action_id: int, *, cause: Cause) -> StewardAction:
    """Take an action back as if it had not been done; its decisions no longer hold.

    Raises UndoRefusedError when it was undone before, or somebody has regrouped the records,
    decided on them or judged them since.
    """
    action = StewardAction.objects.select_for_update().get(pk=action_id)
    if action.undone_at:
        who, when = person(action.undone_by), moment(action.undone_at)
        raise UndoRefusedError(
            gettext("{who} has undone this at {when}").format(who=who, when=when)
        )
    if action.kind in _PINS:
        _regret_pin(action, cause)
    elif action.kind in _JUDGED:
        _regret_judgement(action, cause)
    else:
        _regret(action, cause)
    action.undone_at, action.undone_by = cause.at, cause.by
    action.save(update_fields=["content", "undone_at", "undone_by"])
    return action


def _regret_pin(action: StewardAction, cause: Cause) -> None:
    verb = _PINS[Kind(action.kind)]
    try:
        verb(action.content["override"], cause=cause)
    except overrides.OverrideError as refused:
        raise UndoRefusedError(str(refused)) from None


def _regret_judgement(action: StewardAction, cause: Cause) -> None:
    """Say of a source record what was said before, as long as it is what the action made it."""
    record_id, was = action.content["record"], action.content["was"]
    record = SourceRecord.objects.select_for_update().get(pk=record_id)
    stands = getattr(record, _JUDGED[Kind(action.kind)])
    if stands != action.content.get("now", stands):  # older actions do not tell
        raise UndoRefusedError(
            gettext("{who} has judged the source record since").format(
                who=_judge_of(record_id, action)
            )
        )
    if action.kind == Kind.CONDITION:
        lifecycle.set_condition([record_id], was, cause=cause)
    else:
        verb = isolation.isolate if was else isolation.readmit
        verb(action.domain, [record_id], cause=cause)


def _judge_of(record_id: int, action: StewardAction) -> str:
    """Who last judged a source record as an action did."""
    judged = StewardAction.objects.filter(kind=action.kind, content__record=record_id)
    last = judged.filter(pk__gt=action.pk).order_by("pk").last()
    return person(last.undone_by or last.done_by) if last else "somebody"


def _regret(action: StewardAction, cause: Cause) -> None:
    """Put links back as they were, and decisions too."""
    before = links_before(action)
    named = [*decisions_of(action, "made"), *decisions_of(action, "superseded")]
    about = set().union(*map(decisions.records_of, named))
    lock(about.union(link.record_id for links in before.values() for link in links))
    made, broken = _standing(action), decisions_of(action, "superseded")
    for override_id in action.content.get("pins", ()):
        if Override.objects.filter(pk=override_id, ended_at=None).exists():
            overrides.end_override(override_id, cause=cause)
    if before:
        _put_back(action, before, cause)
    decisions.supersede(made, cause=cause)
    renewed = _renew(action.domain, broken, cause)
    action.content["renewed"] = {name_of(was): now.pk for was, now in renewed}


def _standing(action: StewardAction) -> list[Made]:
    """The decisions that an action made, or what they were renewed as.

    Raises UndoRefusedError when one of them holds no longer, as somebody decided since.
    """
    made = decisions_of(action, "made")
    found = [each for each in made if not each.superseded_at]
    found += renewed_as(each for each in made if each.superseded_at)
    for each in found:
        if each.superseded_at:
            raise UndoRefusedError(
                gettext("{who} has decided since").format(who=person(each.superseded_by))
            )
    return found


@atomically
def undo_batch(batch: UUID, *, cause: Cause) -> list[StewardAction]:
    """Take back all that a bulk batch did, the last first: all of it, or nothing."""
    actions = StewardAction.objects.filter(batch=batch, undone_at=None).order_by("-pk")
    return [undo(action.pk, cause=cause) for action in actions]


def _renew(domain: str, ended: Sequence[Made], cause: Cause) -> list[tuple[Made, Made]]:
    """Let hold again what was decided before the action that is undone; each with what it is now.

    Those that left open what two records are contradict nothing, and come back as a set.
    """
    pairs = [each for each in ended if isinstance(each, Decision)]
    for since in in_force_on(pairs):
        raise UndoRefusedError(
            gettext("{who} has decided since").format(who=person(since.decided_by))
        )
    undecided = [each for each in pairs if each.verdict in Decision.Verdict.undecided()]
    renewed = list[tuple[Made, Made]](renew_undecided(domain, undecided, cause=cause))
    for each in ended:
        if each.verdict not in Decision.Verdict.undecided():
            renewed.append((each, _decide_again(each, cause)))
    return renewed


def _decide_again(each: Made, cause: Cause) -> Made:
    said = _Said(
        reason=each.reason,
        reason_code=each.reason_code,
        decided_by=each.decided_by,
        cause=cause,
    )
    try:
        if isinstance(each, Decision):
            return decisions.decide(
                each.left_id, each.right_id, Decision.Verdict(each.verdict), **said
            )
        sides: dict[int, list[int]] = {}
        for record_id, side in each.members.values_list("record_id", "side"):
            sides.setdefault(side, []).append(record_id)
        named = [sides[side] for side in sorted(sides)]
        verdict = ClusterDecision.Verdict(each.verdict)
        return decisions.decide_groups(each.domain, named, verdict, **said)
    except DecisionRefusedError as refused:
        raise UndoRefusedError(str(refused)) from None


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
    return "; ".join(_DEEDS[type_].format(who=person(by), at=moment(at)) for type_, by, at in rows)
