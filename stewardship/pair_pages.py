"""Pages of two records: side by side with the evidence and a decision; and why they are not one."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from matching.charts.waterfall import waterfall
from matching.conflicts import seen_of
from matching.decisions import ContradictionError, made_by
from matching.explaining import explanation_of
from matching.models import Decision, MatchPair
from matching.sight import as_seen
from mdm.domains import entity_type
from mdm.golden import MergeRefusedError
from mdm.governance import access
from mdm.observability import cause_of
from stewardship import claiming, consenting, decided, opening, refusals, resolving, review, wording
from stewardship.asked import offered, visible_domain
from stewardship.attached import attached_to
from stewardship.comparing import Line, side_by_side
from stewardship.models import StewardshipTask
from stewardship.refusals import REFUSALS
from stewardship.undoing import announce, told_of

REVIEW = StewardshipTask.Kind.MATCH_REVIEW
WORDS = {
    "match": gettext_lazy("One and the same. Merged."),
    "no_match": gettext_lazy("Kept apart for good."),
    "unsure": gettext_lazy("Left open until there is new evidence."),
    "needs_info": gettext_lazy("Left open until somebody knows more."),
}


def _pair(request: HttpRequest, pair_id: int) -> MatchPair:
    pairs = MatchPair.objects.select_related("run", "left__system", "right__system")
    found = get_object_or_404(pairs, pk=pair_id)
    visible_domain(request, found.domain)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def pair(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Two source records side by side, with the evidence, and what a person says of them."""
    found = _pair(request, pair_id)
    if request.method == "POST":
        return _decide(request, found)
    return _shown(request, found, {})


def _shown(request: HttpRequest, found: MatchPair, refused: dict[str, Any]) -> HttpResponse:
    """The page; after a refusal with what the person had typed and chosen."""
    declared = entity_type(found.domain)
    wanted = opening.wish_of(request, found.domain)
    kind, subject = (consenting.KIND, wanted.pk) if wanted else (REVIEW, found.pk)
    records = [found.left, found.right]
    explanation = as_seen(request.user, explanation_of(found))
    attached = attached_to(request.user, [each.pk for each in records], on=timezone.localdate())
    homes = [each.golden_id if each else None for each in attached]
    said = request.POST
    compared = side_by_side(request.user, declared, [each.attributes for each in records])
    lines = [line for line in compared if not line.hidden]
    context = {
        "pair": found,
        "wanted": wanted,
        "opened": opening.opened(request, kind, subject),
        "entity_type": declared,
        "records": [
            {
                "record": each,
                "url": each.system.url_of(each.domain, each.source_key),
                "home": home,
                "attached": hanging,
            }
            for each, home, hanging in zip(records, homes, attached, strict=True)
        ],
        "rows": _rows(found, [line for line in lines if line.differs], said or request.GET),
        "alike": [line for line in lines if not line.differs],
        "sentence": wording.sentence(explanation, declared.label),
        "hidden": [line.label for line in compared if line.hidden],
        "chart": waterfall(explanation),
        "decisions": decided.between(found.left_id, found.right_id),
        "reasons": Decision.Reason.choices,
        "together": homes[0] is not None and homes[0] == homes[1],
        "seen": seen_of(found.left_id, found.right_id),
        "typed": {"reason": said.get("reason", ""), "code": said.get("reason_code", "")},
        **refused,
    }
    return render(request, "stewardship/pair.html", context)


def _rows(found: MatchPair, lines: list[Line], said: Mapping[str, str]) -> list[dict[str, Any]]:
    """What differs: for each attribute both cells, and which one the person chose to keep."""
    ids = (found.left_id, found.right_id)
    return [
        {
            "line": line,
            "cells": [
                {
                    "parts": cell.parts,
                    "pickable": cell.pickable,
                    "record_id": id_,
                    "chosen": said.get(f"pick-{line.name}") == str(id_),
                }
                for id_, cell in zip(ids, line.cells, strict=True)
            ],
        }
        for line in lines
    ]


def _decide(request: HttpRequest, found: MatchPair) -> HttpResponse:
    """Record the verdict, and go on with the next task that the filters let through."""
    verdict = request.POST.get("verdict", "")
    if verdict not in Decision.Verdict.values:
        raise Http404
    code = offered(request, "reason_code", Decision.Reason.values)
    reason = request.POST.get("reason", "").strip()
    seen = request.POST.get("seen")
    at_hand = [found.left_id, found.right_id, *resolving.records_of(resolving.homes_of(found))]
    supersedes = resolving.made(request.POST.getlist("supersede"), found.domain, at_hand)
    try:
        if verdict == Decision.Verdict.MATCH:
            action = resolving.merge_pair(
                found,
                resolving.picked(entity_type(found.domain), found, request.POST),
                supersedes=supersedes,
                seen=seen,
                cause=cause_of(request, reason=reason or _label(code)),
            )
        else:
            action = review.decide(
                found.left_id,
                found.right_id,
                Decision.Verdict(verdict),
                reason_code=code,
                seen=seen,
                supersedes=supersedes,
                cause=cause_of(request, reason=reason),
            )
    except REFUSALS as refused:
        refusals.note(refused, cause_of(request, reason=reason or _label(code)))
        said = {"refused": str(refused), "stands": _standing(found, verdict, refused)}
        return _shown(request, found, said)
    announce(request, action, str(WORDS[verdict]))
    wanted = opening.wish_of(request, found.domain)
    if wanted is None or verdict not in (Decision.Verdict.MATCH, Decision.Verdict.NO_MATCH):
        return opening.go_on(request, REVIEW, found.pk)
    claiming.settle(REVIEW, str(found.pk), cause=cause_of(request))
    return opening.go_on(request, consenting.KIND, wanted.pk)


def _label(code: str) -> str:
    """What is kept as the reason: in English, whoever reads it."""
    with translation.override("en"):
        return str(Decision.Reason(code).label) if code else ""


def _standing(found: MatchPair, verdict: str, refusal: Exception) -> list[dict[str, str]]:
    """The earlier decisions in the way of a verdict, each to be set aside."""
    if isinstance(refusal, ContradictionError):
        decisions = made_by(refusal.chain)
    elif isinstance(refusal, MergeRefusedError) and verdict == Decision.Verdict.MATCH:
        decisions = resolving.keeping_apart(resolving.homes_of(found))
    else:
        decisions = []
    return told_of(decisions)


@require_POST
@permission_required(access.STEWARD, raise_exception=True)
def pair_preview(request: HttpRequest, pair_id: int) -> HttpResponse:
    """The golden record that *same* would make, with the values chosen so far."""
    found = _pair(request, pair_id)
    declared = entity_type(found.domain)
    picks = resolving.picked(declared, found, request.POST)
    context: dict[str, Any] = {"pair": found, "entity_type": declared}
    try:
        seen = resolving.preview_pair(found, picks, cause=cause_of(request, reason="preview"))
    except (*REFUSALS, MergeRefusedError) as refused:
        context["refused"] = str(refused)
    else:
        (outcome,) = seen.outcomes
        records = [found.left.attributes, found.right.attributes]
        compared = side_by_side(request.user, declared, records)
        shown = {line.name for line in compared if line.differs and not line.hidden}
        lines = side_by_side(request.user, declared, [*records, outcome.attributes])
        context["values"] = [
            (line.name, str(line.cells[2])) for line in lines if line.name in shown
        ]
        context["title"] = access.title_for(request.user, declared, outcome.title)
    return render(request, "stewardship/_pair_preview.html", context)
