"""Pages for people. Each view gets its object, asks one verb, and renders."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from mdm import crosswalk, history, timeline
from mdm.governance import access
from mdm.models import GoldenRecord
from mdm.schema import EntityType
from mdm.standardise.text import clean
from mdm.timeline import Cursor, Timeline
from stewardship import around, golden_pages, history_pages, opening
from stewardship.asked import moment, standing_record, visible_domain
from stewardship.models import StewardshipTask

PAGE = 50


@require_safe
@login_required
def golden_list(request: HttpRequest, domain: str) -> HttpResponse:
    """Golden records of a domain, newest first, or those that a search finds."""
    declared = visible_domain(request, domain)
    query = clean(request.GET.get("q", ""))
    if query:
        page = golden_pages.search(request.user, declared, query, PAGE)
    else:
        page = golden_pages.browse(request.user, declared, request.GET.get("before", ""), PAGE)
    context = {"entity_type": declared, "query": query, **page}
    return render(request, "golden/list.html", context)


@require_safe
@login_required
def golden(request: HttpRequest, domain: str, golden_id: UUID) -> HttpResponse:
    """One golden record: values with their provenance, sources, identifiers; or its history."""
    declared = visible_domain(request, domain)
    if request.GET.get("as_of"):
        return _golden_then(request, declared, golden_id)
    record = standing_record(domain, golden_id)
    context: golden_pages.Page = {
        "entity_type": declared,
        "record": record,
        "title": golden_pages.title(request.user, declared, record),
        "redirected_from": golden_id if golden_id != record.pk else None,
    }
    if "history" in request.GET or "before" in request.GET:
        told = _timeline(request, record)
        context |= history_pages.entries(request.user, record, declared, told)
        template = "golden/_timeline.html" if request.htmx else "golden/history.html"  # type: ignore[attr-defined]
        return render(request, template, context)
    context |= golden_pages.grid(request.user, record)
    context["related"] = around.related(request.user, record)
    if request.user.has_perm(access.STEWARD):
        context["tasks"] = around.open_tasks(record)
        if any(each.kind == StewardshipTask.Kind.CONTESTED_RATE for each in context["tasks"]):
            context["opened"] = opening.opened(
                request, StewardshipTask.Kind.CONTESTED_RATE, record.pk
            )
    return render(request, "golden/record.html", context)


def _golden_then(request: HttpRequest, declared: EntityType, golden_id: UUID) -> HttpResponse:
    """The golden record as it was at a moment, under whichever id it then had."""
    record = get_object_or_404(GoldenRecord.objects.of(declared.domain), pk=golden_id)
    as_of = moment(request.GET["as_of"])
    found = crosswalk.resolve_golden(golden_id, as_of)
    state = history.as_of(found.golden_id, as_of) if found.golden_id else None
    context = {"entity_type": declared, "record": record, "as_of": as_of, "state": state}
    if state is not None:
        context |= {
            **history_pages.heading(request.user, declared, state),
            "redirected_from": golden_id if golden_id != state.id else None,
            "held_by": history_pages.elsewhere(found),
            "lines": history_pages.then(request.user, declared, state),
            **golden_pages.listed(found.identifiers),
        }
    return render(request, "golden/past.html", context)


def _timeline(request: HttpRequest, record: GoldenRecord) -> Timeline:
    before = request.GET.get("before")
    try:
        return timeline.read(record.pk, before=Cursor.parse(before) if before else None)
    except ValueError:
        raise Http404 from None
