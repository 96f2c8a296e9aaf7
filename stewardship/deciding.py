"""Pages on which people change what is one thing: each shows what would happen before it does."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from matching import suspects
from matching.models import SuspectCluster
from mdm.governance import access
from mdm.models import GoldenRecord, SourceRecord
from mdm.observability import cause_of
from mdm.schema import EntityType
from mdm.standardise.text import clean
from stewardship import (
    company,
    consenting,
    evidence,
    golden_pages,
    itinerary,
    opening,
    refusals,
    resolving,
    review,
    splitting,
)
from stewardship.asked import PARTS, id_of, parts, visible_domain, whole
from stewardship.comparing import side_by_side
from stewardship.itinerary import Itinerary
from stewardship.models import MergeConsent, StewardAction, StewardshipTask
from stewardship.refusals import REFUSALS
from stewardship.remembering import name_of
from stewardship.review import Groups
from stewardship.undoing import announce, told_of

PAGE = 50
MOST = 100
"""Members of a cluster that a page shows at once."""


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def merge(request: HttpRequest, domain: str, golden_id: UUID) -> HttpResponse:
    """Merge a golden record with others: found by search, previewed, committed."""
    declared = visible_domain(request, domain)
    record = get_object_or_404(GoldenRecord.objects.of(domain).standing(), pk=golden_id)
    asked = request.POST if request.method == "POST" else request.GET
    ids = list(dict.fromkeys([record.pk, *map(id_of, asked.getlist("with"))]))
    survivor = id_of(asked["survivor"]) if asked.get("survivor") else None
    supersedes = resolving.made(asked.getlist("supersede"), domain, resolving.records_of(ids))
    wanted = opening.wish_of(request, domain)
    if request.method == "POST":
        done = _commit(
            request,
            lambda: review.merge(
                domain,
                ids,
                request.POST.get("token", ""),
                survivor=survivor,
                supersedes=supersedes,
                cause=cause_of(request, reason=request.POST.get("reason", "").strip()),
            ),
        )
        if done is not None:
            return opening.go_on(request, consenting.KIND, wanted.pk) if wanted else done
    query = clean(request.GET.get("q", ""))
    context: dict[str, Any] = {
        "entity_type": declared,
        "record": record,
        "title": access.title_for(request.user, declared, record.title),
        "query": query,
        "with": ids[1:],
        "survivor": survivor,
        "supersede": [name_of(each) for each in supersedes],
    }
    context |= company.at_merge(request, domain, ids, wanted)
    if query:
        found = golden_pages.search(request.user, declared, query, PAGE)["records"]
        context["found"] = [each for each in found if each["id"] not in ids]
    if len(ids) > 1:
        context |= _planned(
            request,
            declared,
            lambda: itinerary.of_merge(
                domain, ids, survivor=survivor, supersedes=supersedes, cause=cause_of(request)
            ),
        )
        context["stands"] = told_of(resolving.keeping_apart(ids)) if "refused" in context else []
    return render(request, "stewardship/merge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def consent(request: HttpRequest, consent_id: int) -> HttpResponse:
    """The merge that another person wants, with all that was chosen: to be done, or declined."""
    found = get_object_or_404(MergeConsent, pk=consent_id)
    visible_domain(request, found.domain)
    if request.method == "POST":
        return _decline(request, found)
    standing = GoldenRecord.objects.standing().filter(pk__in=found.golden_ids)
    if standing.count() < len(found.golden_ids):
        messages.info(
            request, gettext("They are no longer as they were; nothing waits for you here.")
        )
        return opening.go_on(request, consenting.KIND, found.pk)
    return redirect(_led_by(request, found))


def _led_by(request: HttpRequest, found: MergeConsent) -> str:
    """The page of the merge, which knows by which task it was opened."""
    said = urlencode({"consent": str(found.pk), "inbox": opening.filters_of(request).query})
    return f"{found.address()}&{said}"


def _decline(request: HttpRequest, found: MergeConsent) -> HttpResponse:
    """Nobody is asked any more whether to merge what one person would."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.warning(request, gettext("Say why not: whoever wants it will ask."))
        return redirect(_led_by(request, found))
    subject = found.pk
    if consenting.decline(found, cause=cause_of(request, reason=reason)):
        messages.success(request, gettext("Declined. They stay as they are."))
    else:
        messages.info(request, gettext("Somebody was quicker: nothing waits for you here."))
    return opening.go_on(request, consenting.KIND, subject)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def take_out(request: HttpRequest, domain: str, golden_id: UUID) -> HttpResponse:
    """Take source records out of a golden record: the itinerary first, then the commit."""
    declared = visible_domain(request, domain)
    record = get_object_or_404(GoldenRecord.objects.of(domain).standing(), pk=golden_id)
    asked = request.POST if request.method == "POST" else request.GET
    named = [id_ for each in asked.getlist("record") if (id_ := whole(each)) is not None]
    if not named:
        messages.info(request, gettext("Choose the source records that leave."))
        return redirect("golden", domain, golden_id)
    tree = asked.get("mode") == "tree"

    def leaving() -> list[list[int]]:
        return [review.tree_of(golden_id, named[0]) if tree else named]

    if request.method == "POST":
        done = _commit(
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
        if done is not None:
            return done
    context = {
        "entity_type": declared,
        "record": record,
        "title": access.title_for(request.user, declared, record.title),
        "named": named,
        "tree": tree,
        "single": len(named) == 1,
        "company": company.at_golden(request, domain, [golden_id]),
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
    proposed = {record_id: n for n, part in enumerate(found.parts, 1) for record_id in part}
    part_of = parts(asked, {id_: proposed.get(id_, PARTS[0]) for id_ in found.members})
    groups = [[each for each in found.members if part_of[each] == part] for part in PARTS]
    groups = [group for group in groups if group]
    if request.method == "POST" and _settled(request, found, groups):
        return opening.go_on(request, StewardshipTask.Kind.SUSPECT_CLUSTER, found.pk)
    bridges_first = sorted(found.members, key=lambda id_: (id_ not in found.bridge, id_))
    shown = sorted(bridges_first[:MOST], key=lambda id_: (part_of[id_], id_))
    records = SourceRecord.objects.select_related("system").in_bulk(shown)
    in_order = [records[id_] for id_ in shown]
    edges, weaker = evidence.edges_between(shown)
    context = {
        "graph": evidence.drawn(shown, edges, part_of),
        "edges": evidence.numbered(edges, shown),
        "weaker": weaker,
        "suspect": found,
        "unseen": len(found.members) - len(shown),
        "opened": opening.opened(request, StewardshipTask.Kind.SUSPECT_CLUSTER, found.pk),
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


def _settled(request: HttpRequest, found: SuspectCluster, groups: Groups) -> bool:
    """Split a suspect cluster, or find it fine; False after a refusal, which the page tells."""
    cause = cause_of(request, reason=request.POST.get("reason", "").strip())
    action = request.POST.get("action")
    if action not in ("fine", "split"):
        raise Http404
    try:
        if action == "fine":
            suspects.mark_fine(found.pk, reason=cause.reason, cause=cause)
            messages.success(
                request, gettext("It is one thing; nobody is asked again while it is so.")
            )
        else:
            announce(request, splitting.split(found.pk, groups, cause=cause), gettext("Split."))
    except REFUSALS as refused:
        messages.error(request, gettext("Nothing was changed: {refused}.").format(refused=refused))
        return False
    return True


def _planned(request: HttpRequest, declared: EntityType, plan: Any) -> dict[str, Any]:
    """The itinerary, and the records side by side as they are and will be; or the refusal.

    An itinerary is found out by doing it and taking it back. A page does not wait for that: it is
    told where to ask for it.
    """
    if request.method != "POST" and "plan" not in request.GET:
        asked = request.GET.copy()
        asked["plan"] = "1"
        return {"later": f"{request.path}?{asked.urlencode()}"}
    try:
        planned: Itinerary = plan()
    except REFUSALS as refused:
        return {"refused": str(refused)}
    now = [each.attributes for each in planned.before]
    then = [each.outcome.attributes for each in planned.stops]
    return {
        "plan": planned,
        "broken": told_of(planned.broken),
        "kept": told_of(planned.kept),
        "titles": [access.title_for(request.user, declared, each.title) for each in planned.before],
        "lines": side_by_side(request.user, declared, [*now, *then]),
    }


def _commit(request: HttpRequest, verb: Any) -> HttpResponse | None:
    """Carry out what was previewed; None after a refusal, which a new preview tells."""
    try:
        action: StewardAction = verb()
    except REFUSALS as refused:
        refusals.note(refused, cause_of(request, reason=request.POST.get("reason", "").strip()))
        messages.error(request, gettext("Nothing was changed: {refused}.").format(refused=refused))
        return None
    announce(request, action, f"{action.get_kind_display()}.")
    (first, *_) = action.content["before"]
    return redirect("golden", action.domain, first)
