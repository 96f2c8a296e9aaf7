"""What a person did last: told with a button that takes it back, and listed."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from matching.decisions import Made
from matching.models import Decision, MatchPair
from matching.telling import labels_of
from mdm.domains import entity_type
from mdm.governance import access
from mdm.models import GoldenRecord
from mdm.observability import cause_of
from mdm.words import inside, person
from stewardship import regret
from stewardship.models import BulkDecision, StewardAction
from stewardship.refusals import REFUSALS
from stewardship.remembering import name_of

UNDOABLE = 20
NAMED = 10
"""How many golden records of one action are named; the rest are counted."""


def announce(request: HttpRequest, action: StewardAction, words: str) -> None:
    """Tell what was done; the message brings a button that undoes it."""
    messages.success(request, words, extra_tags=str(action.pk))


def told_of(decisions: Sequence[Made]) -> list[dict[str, str]]:
    """Decisions in words, each by the name that a form gives it to set it aside."""
    pairs = [each for each in decisions if isinstance(each, Decision)]
    labels = labels_of({end for each in pairs for end in (each.left_id, each.right_id)})
    return [{"name": name_of(each), "words": _words(each, labels)} for each in decisions]


def _words(each: Made, labels: Mapping[int, str]) -> str:
    about = gettext("a group of records")
    if isinstance(each, Decision):
        about = gettext("{left} and {right}").format(
            left=labels[each.left_id], right=labels[each.right_id]
        )
    said = gettext("{about}: {verdict}, says {who}, {day}").format(
        about=about,
        verdict=inside(each.get_verdict_display()),
        who=person(each.decided_by),
        day=date_format(timezone.localtime(each.decided_at), "DATE_FORMAT"),
    )
    return said + (f": {each.reason}" if each.reason else "")


@require_safe
@permission_required(access.STEWARD, raise_exception=True)
def actions(request: HttpRequest) -> HttpResponse:
    """What the person did last, each to be undone."""
    mine = StewardAction.objects.filter(done_by=cause_of(request).by).order_by("-pk")
    listed = list(mine[:UNDOABLE])
    about = _about(request, listed)
    rows = [{"action": each, "about": about[each.pk]} for each in listed]
    return render(request, "stewardship/actions.html", {"rows": rows})


@require_POST
@permission_required(access.STEWARD, raise_exception=True)
def undo(request: HttpRequest, action_id: int) -> HttpResponse:
    """Take back what the person did, and show what it was about."""
    action = get_object_or_404(StewardAction, pk=action_id)
    if action.done_by != cause_of(request).by:
        raise PermissionDenied
    try:
        cause = cause_of(request, reason="undo")
        if action.batch and not BulkDecision.objects.filter(pk=action.batch).exists():
            done = regret.undo_batch(action.batch, cause=cause)
            messages.success(
                request,
                ngettext(
                    "Undone: its one step.", "Undone: all {count} steps of it.", len(done)
                ).format(count=len(done)),
            )
        else:
            regret.undo(action.pk, cause=cause)
            messages.success(
                request, gettext("Undone: {what}.").format(what=inside(action.get_kind_display()))
            )
    except REFUSALS as refused:
        messages.error(request, gettext("Nothing was undone: {refused}.").format(refused=refused))
    return redirect(_address(action) if "there" in request.POST else reverse("actions"))


def _address(action: StewardAction) -> str:
    """The page of what an action was about."""
    if "record" in action.content:
        return reverse("source-record", args=[action.domain, action.content["record"]])
    for kind, decision_id in action.content.get("made", ()):
        decision = Decision.objects.filter(pk=decision_id).first() if kind == "pair" else None
        if decision is not None:
            ends = {"left": decision.left_id, "right": decision.right_id}
            pair = MatchPair.objects.filter(**ends).values_list("pk", flat=True).first()
            if pair is not None:
                return reverse("pair", args=[pair])
    for golden_id in action.content.get("before", ()):
        return reverse("golden", args=[action.domain, golden_id])
    return reverse("actions")


def _about(request: HttpRequest, listed: list[StewardAction]) -> dict[int, list[tuple[str, str]]]:
    """What each action was about: words and an address."""
    batches = {each.batch for each in listed if each.batch}
    bulks = set(BulkDecision.objects.filter(pk__in=batches).values_list("pk", flat=True))
    alone = [each for each in listed if each.batch not in bulks]
    ids = {id_ for each in alone for id_ in _named(each)}
    found = {str(each.pk): each for each in GoldenRecord.objects.filter(pk__in=ids)}
    decided = _decided(alone)
    about = {each.pk: [_in_bulk(each)] for each in listed if each.batch in bulks}
    for each in alone:
        about[each.pk] = decided.get(each.pk) or [
            (
                access.title_for(request.user, entity_type(each.domain), found[id_].title)
                or "withdrawn",
                reverse("golden", args=[each.domain, id_]),
            )
            for id_ in _named(each)
            if id_ in found
        ]
        more = len(each.content.get("before", ())) - NAMED
        if more > 0 and each.pk not in decided:
            words = ngettext("{count} more", "{count} more", more)
            about[each.pk].append((words.format(count=more), ""))
    return about


def _named(action: StewardAction) -> list[str]:
    """The golden records that a list names for an action."""
    return list(action.content.get("before", ()))[:NAMED]


def _in_bulk(action: StewardAction) -> tuple[str, str]:
    """A part of a bulk decision: how many reviews, and the page of the whole."""
    count = len(action.content["made"])
    words = ngettext("{count} review in bulk", "{count} reviews in bulk", count)
    return words.format(count=count), reverse("bulk-decision", args=[action.batch])


def _decided(listed: list[StewardAction]) -> dict[int, list[tuple[str, str]]]:
    """For decisions on pairs: the verdict on which records, and the page of the pair."""
    named = {
        decision_id: each.pk
        for each in listed
        if each.kind == StewardAction.Kind.DECIDE
        for kind, decision_id in each.content["made"]
        if kind == "pair"
    }
    decisions = Decision.objects.filter(pk__in=named)
    ends = [each.left_id for each in decisions], [each.right_id for each in decisions]
    pairs = MatchPair.objects.filter(left__in=ends[0], right__in=ends[1])
    address = {(each.left_id, each.right_id): each.pk for each in pairs}
    labels = labels_of({*ends[0], *ends[1]})
    return {
        named[each.pk]: [
            (
                f"{each.get_verdict_display()}: {labels[each.left_id]}, {labels[each.right_id]}",
                reverse("pair", args=[address[each.left_id, each.right_id]])
                if (each.left_id, each.right_id) in address
                else "",
            )
        ]
        for each in decisions
    }
