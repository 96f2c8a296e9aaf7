"""Pages on which people change what is one thing: each shows what would happen before it does."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from matching import suspects
from matching.charts.waterfall import waterfall
from matching.conflicts import DecisionRefusedError
from matching.explaining import explanation_of
from matching.models import Decision, MatchPair, SuspectCluster
from mdm import crosswalk
from mdm.domains import ENTITY_TYPES
from mdm.golden import MergeRefusedError, SeparationRefusedError
from mdm.governance import access
from mdm.models import GoldenRecord, SourceRecord
from mdm.observability import cause_of
from mdm.preview import PreviewOutdatedError
from mdm.schema import EntityType
from mdm.standardise.text import clean
from stewardship import golden_pages, itinerary, review, splitting
from stewardship.asked import id_of, visible_domain
from stewardship.comparing import side_by_side
from stewardship.itinerary import Itinerary
from stewardship.models import StewardAction, StewardshipTask

PAGE = 50
UNDOABLE = 20
PARTS = (1, 2, 3, 4, 5, 6)
"""Into how many parts a person can split a cluster at once."""
REFUSALS = (
    MergeRefusedError,
    SeparationRefusedError,
    DecisionRefusedError,
    PreviewOutdatedError,
    suspects.SuspectSettledError,
    review.UndoRefusedError,
)
"""What a verb raises when it cannot be done: in words for the person who tried."""


@require_safe
@permission_required(access.STEWARD, raise_exception=True)
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for a person, newest first."""
    allowed = [name for name in ENTITY_TYPES if access.may_view(request.user, name)]
    found = StewardshipTask.objects.filter(state="open", domain__in=allowed).order_by("-pk")
    kind = request.GET.get("kind", "")
    if kind in StewardshipTask.Kind.values:
        found = found.filter(kind=kind)
    if (before := request.GET.get("before", "")).isdigit():
        found = found.filter(pk__lt=int(before))
    page = list(found[: PAGE + 1])
    more = f"kind={kind}&before={page[PAGE - 1].pk}" if len(page) > PAGE else ""
    context = {
        "tasks": page[:PAGE],
        "kinds": StewardshipTask.Kind.choices,
        "kind": kind,
        "next_page": more,
    }
    return render(request, "stewardship/inbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def pair(request: HttpRequest, pair_id: int) -> HttpResponse:
    """Two source records side by side, with the evidence, and what a person says of them."""
    found = get_object_or_404(
        MatchPair.objects.select_related("run", "left__system", "right__system"), pk=pair_id
    )
    declared = visible_domain(request, found.domain)
    if request.method == "POST":
        return _decide(request, found)
    records = [found.left, found.right]
    homes = crosswalk_of(records)
    explanation = explanation_of(found)
    context = {
        "pair": found,
        "entity_type": declared,
        "records": [
            {"record": each, "url": each.system.url_of(each.domain, each.source_key), "home": home}
            for each, home in zip(records, homes, strict=True)
        ],
        "lines": side_by_side(request.user, declared, [each.attributes for each in records]),
        "sentence": explanation.sentence,
        "chart": waterfall(explanation),
        "decisions": Decision.objects.filter(left=found.left_id, right=found.right_id).order_by(
            "-decided_at"
        ),
        "verdicts": [each for each in Decision.Verdict.choices if each[0] != "match"],
        "reasons": Decision.Reason.choices,
        "together": homes[0] == homes[1],
        "merge_with": homes[1],
    }
    return render(request, "stewardship/pair.html", context)


def crosswalk_of(records: Collection[SourceRecord]) -> list[UUID | None]:
    """The golden ids to which source records belong now."""
    references = [(each.system.code, each.source_key) for each in records]
    domain = next(iter(records)).domain
    found = crosswalk.resolve_references(domain, references)
    return [found.get(reference) for reference in references]


def _decide(request: HttpRequest, pair: MatchPair) -> HttpResponse:
    """Record the verdict, and go on with the next pair that waits."""
    verdict = request.POST.get("verdict", "")
    if verdict not in Decision.Verdict.values:
        raise Http404
    try:
        review.decide(
            pair.left_id,
            pair.right_id,
            Decision.Verdict(verdict),
            reason_code=_offered(request, "reason_code", Decision.Reason.values),
            cause=cause_of(request, reason=request.POST.get("reason", "").strip()),
        )
    except REFUSALS as refused:
        messages.error(request, f"Nothing was decided: {refused}.")
        return redirect("pair", pair.pk)
    messages.success(request, f"Decided: {Decision.Verdict(verdict).label.lower()}.")
    waiting = MatchPair.objects.filter(domain=pair.domain, state=MatchPair.State.PENDING)
    following = waiting.order_by("-match_weight", "pk").first()
    return redirect("pair", following.pk) if following else redirect("inbox")


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def merge(request: HttpRequest, domain: str, golden_id: UUID) -> HttpResponse:
    """Merge a golden record with others: found by search, previewed, committed."""
    declared = visible_domain(request, domain)
    record = get_object_or_404(GoldenRecord.objects.of(domain).standing(), pk=golden_id)
    asked = request.POST if request.method == "POST" else request.GET
    ids = list(dict.fromkeys([record.pk, *map(id_of, asked.getlist("with"))]))
    survivor = id_of(asked["survivor"]) if asked.get("survivor") else None
    if request.method == "POST":
        return _commit(
            request,
            lambda: review.merge(
                domain,
                ids,
                request.POST.get("token", ""),
                survivor=survivor,
                cause=cause_of(request, reason=request.POST.get("reason", "").strip()),
            ),
        )
    query = clean(request.GET.get("q", ""))
    context: dict[str, Any] = {
        "entity_type": declared,
        "record": record,
        "title": access.title_for(request.user, declared, record.title),
        "query": query,
        "with": ids[1:],
        "survivor": survivor,
    }
    if query:
        found = golden_pages.search(request.user, declared, query, PAGE)["records"]
        context["found"] = [each for each in found if each["id"] not in ids]
    if len(ids) > 1:
        context |= _planned(
            request,
            declared,
            lambda: itinerary.of_merge(domain, ids, survivor=survivor, cause=cause_of(request)),
        )
    return render(request, "stewardship/merge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def take_out(request: HttpRequest, domain: str, golden_id: UUID) -> HttpResponse:
    """Take source records out of a golden record: the itinerary first, then the commit."""
    declared = visible_domain(request, domain)
    record = get_object_or_404(GoldenRecord.objects.of(domain).standing(), pk=golden_id)
    asked = request.POST if request.method == "POST" else request.GET
    named = [int(each) for each in asked.getlist("record") if each.isdigit()]
    if not named:
        messages.info(request, "Choose the source records that leave.")
        return redirect("golden", domain, golden_id)
    tree = asked.get("mode") == "tree"

    def leaving() -> list[list[int]]:
        return [review.tree_of(golden_id, named[0]) if tree else named]

    if request.method == "POST":
        return _commit(
            request,
            lambda: review.separate(
                domain,
                golden_id,
                leaving(),
                request.POST.get("token", ""),
                apart="apart" in request.POST,
                cause=cause_of(request, reason=request.POST.get("reason", "").strip()),
            ),
        )
    context = {
        "entity_type": declared,
        "record": record,
        "title": access.title_for(request.user, declared, record.title),
        "named": named,
        "tree": tree,
        "single": len(named) == 1,
        **_planned(
            request,
            declared,
            lambda: itinerary.of_separation(domain, golden_id, leaving(), cause=cause_of(request)),
        ),
    }
    return render(request, "stewardship/take_out.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def suspect(request: HttpRequest, suspect_id: int) -> HttpResponse:
    """A golden record that may hold two things: where to draw the line, or that it is fine."""
    found = get_object_or_404(SuspectCluster, pk=suspect_id)
    declared = visible_domain(request, found.domain)
    asked = request.POST if request.method == "POST" else request.GET
    part_of = _parts(found, asked)
    groups = [[each for each in found.members if part_of[each] == part] for part in PARTS]
    groups = [group for group in groups if group]
    if request.method == "POST":
        cause = cause_of(request, reason=request.POST.get("reason", "").strip())
        try:
            if request.POST.get("action") == "fine":
                suspects.mark_fine(found.pk, reason=cause.reason, cause=cause)
                messages.success(request, "It is one thing; nobody is asked again while it is so.")
            else:
                splitting.split(found.pk, groups, cause=cause)
                messages.success(request, "Split. You can undo it under My actions.")
        except REFUSALS as refused:
            messages.error(request, f"Nothing was changed: {refused}.")
        return redirect("inbox")
    records = SourceRecord.objects.filter(pk__in=found.members).select_related("system")
    in_order = sorted(records, key=lambda each: (part_of[each.pk], each.pk))
    context = {
        "suspect": found,
        "entity_type": declared,
        "members": [
            {"record": each, "part": part_of[each.pk], "bridge": each.pk in found.bridge}
            for each in in_order
        ],
        "sides": side_by_side(request.user, declared, [each.attributes for each in in_order]),
        "parts": PARTS,
        **_planned(
            request,
            declared,
            lambda: itinerary.of_separation(
                found.domain, found.golden_id, groups[1:], cause=cause_of(request)
            ),
        ),
    }
    return render(request, "stewardship/suspect.html", context)


def _parts(found: SuspectCluster, asked: QueryDict) -> dict[int, int]:
    """In which part each member is: as the person says, else as proposed."""
    proposed = {record_id: n for n, part in enumerate(found.parts, 1) for record_id in part}
    return {
        record_id: int(said)
        if (said := asked.get(f"part{record_id}", "")).isdigit() and int(said) in PARTS
        else min(proposed.get(record_id, PARTS[0]), PARTS[-1])
        for record_id in found.members
    }


@require_safe
@permission_required(access.STEWARD, raise_exception=True)
def actions(request: HttpRequest) -> HttpResponse:
    """What the person did last, each to be undone."""
    mine = StewardAction.objects.filter(done_by=cause_of(request).by).order_by("-pk")
    return render(request, "stewardship/actions.html", {"actions": mine[:UNDOABLE]})


@require_POST
@permission_required(access.STEWARD, raise_exception=True)
def undo(request: HttpRequest, action_id: int) -> HttpResponse:
    """Take back what the person did."""
    action = get_object_or_404(StewardAction, pk=action_id)
    if action.done_by != cause_of(request).by:
        raise PermissionDenied
    try:
        review.undo(action.pk, cause=cause_of(request, reason="undo"))
        messages.success(request, f"Undone: {action.get_kind_display().lower()}.")
    except REFUSALS as refused:
        messages.error(request, f"Nothing was undone: {refused}.")
    return redirect("actions")


def _planned(request: HttpRequest, declared: EntityType, plan: Any) -> dict[str, Any]:
    """The itinerary, and the records side by side as they are and will be; or the refusal."""
    try:
        planned: Itinerary = plan()
    except REFUSALS as refused:
        return {"refused": str(refused)}
    now = [each.attributes for each in planned.before]
    then = [each.outcome.attributes for each in planned.stops]
    return {
        "plan": planned,
        "titles": [access.title_for(request.user, declared, each.title) for each in planned.before],
        "lines": side_by_side(request.user, declared, [*now, *then]),
    }


def _commit(request: HttpRequest, verb: Any) -> HttpResponse:
    """Carry out what was previewed; a refusal leads back to a new preview."""
    try:
        action: StewardAction = verb()
    except REFUSALS as refused:
        messages.error(request, f"Nothing was changed: {refused}.")
        return redirect(f"{request.path}?{_again(request)}")
    messages.success(request, f"{action.get_kind_display()}. You can undo it under My actions.")
    (first, *_) = action.content["before"]
    return redirect("golden", action.domain, first)


def _again(request: HttpRequest) -> str:
    """What was asked, without the secrets of the form."""
    asked = request.POST.copy()
    for name in ("csrfmiddlewaretoken", "token"):
        asked.pop(name, None)
    return asked.urlencode()


def _offered(request: HttpRequest, name: str, choices: Collection[str]) -> str:
    value = request.POST.get(name, "")
    return value if value in choices else ""
