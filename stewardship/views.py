"""Pages for people. Each view gets its object, asks one verb, and renders."""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from mdm import crosswalk, history, lineage, timeline, work
from mdm.domains import entity_type
from mdm.feeds import batches as feed_batches
from mdm.governance import access
from mdm.models import FeedBatch, FeedRow, GoldenRecord
from mdm.observability import cause_of
from mdm.schema import EntityType
from mdm.standardise.text import clean
from mdm.timeline import Cursor, Timeline
from stewardship import around, golden_pages, history_pages, opening
from stewardship.asked import visible_domain
from stewardship.models import StewardshipTask

PAGE = 50
Read = TypeVar("Read")


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
    """One golden record: values with their provenance, sources, identifiers, history."""
    declared = visible_domain(request, domain)
    if request.GET.get("as_of"):
        return _golden_then(request, declared, golden_id)
    standing = crosswalk.follow(golden_id)
    record = get_object_or_404(GoldenRecord.objects.of(domain), pk=standing)
    sources = lineage.sources_of(record)
    context: dict[str, Any] = {
        "entity_type": declared,
        "record": record,
        "title": golden_pages.title(request.user, declared, record),
        "redirected_from": golden_id if golden_id != record.pk else None,
        "sources": sources,
        "lines": golden_pages.lines(request.user, record, sources),
        "identifiers": crosswalk.identifiers_of(record.pk),
        "related": around.related(request.user, record),
        **history_pages.entries(request.user, record, declared, _timeline(request, record)),
    }
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
    as_of = _read(history.moment, request.GET["as_of"])
    found = crosswalk.resolve_golden(golden_id, as_of)
    state = history.as_of(found.golden_id, as_of) if found.golden_id else None
    context = {"entity_type": declared, "record": record, "as_of": as_of, "state": state}
    if state is not None:
        context |= {
            **history_pages.heading(request.user, declared, state),
            "redirected_from": golden_id if golden_id != state.id else None,
            "held_by": history_pages.elsewhere(found),
            "lines": history_pages.then(request.user, declared, state),
            "identifiers": found.identifiers,
        }
    return render(request, "golden/past.html", context)


def _timeline(request: HttpRequest, record: GoldenRecord) -> Timeline:
    before = request.GET.get("before")
    return timeline.read(record.pk, before=_read(Cursor.parse, before) if before else None)


@require_safe
@permission_required(access.FEEDS, raise_exception=True)
def batches(request: HttpRequest) -> HttpResponse:
    """Feed batches, newest first."""
    found = FeedBatch.objects.select_related("feed").order_by("-pk")
    if before := request.GET.get("before", ""):
        found = found.filter(pk__lt=_number(before))
    page = list(found[: PAGE + 1])
    context = {"batches": page[:PAGE], "next_page": _next_page(page, "before", "pk")}
    return render(request, "feeds/batches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.FEEDS, raise_exception=True)
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One feed batch: its ledger, what it would do, and the rows that were not applied."""
    found = get_object_or_404(FeedBatch.objects.select_related("feed", "mapping"), pk=batch_id)
    if request.method == "POST":
        return _decide(request, found)
    rows = found.rows.exclude(outcome=FeedRow.Outcome.OUT_OF_SCOPE).order_by("row_number")
    if after := request.GET.get("after", ""):
        rows = rows.filter(row_number__gt=_number(after))
    page = list(rows[: PAGE + 1])
    outside = found.rows.filter(outcome=FeedRow.Outcome.OUT_OF_SCOPE).values_list("message")
    error = work.parked(found.correlation_id)
    undecided = found.state in (FeedBatch.State.WAITING, FeedBatch.State.PREVIEWED)
    context = {
        "batch": found,
        "error": error,
        "may_release": error or found.state == FeedBatch.State.WAITING,
        "may_discard": found.state == FeedBatch.State.WAITING
        or (error and found.state == FeedBatch.State.RECEIVED),
        "ledger": [(name.replace("_", " "), count) for name, count in found.ledger.items()],
        "samples": _samples(found.prediction) if undecided else [],
        "reasons": outside.annotate(count=Count("pk")).order_by("-count"),
        "rows": _as_seen_by(request.user, found, page[:PAGE]),
        "next_page": _next_page(page, "after", "row_number"),
    }
    return render(request, "feeds/batch.html", context)


def _decide(request: HttpRequest, batch: FeedBatch) -> HttpResponse:
    """Release or discard a batch that waits for its owner."""
    if not request.user.has_perm(access.RUN_FEEDS):
        raise PermissionDenied
    verbs = {"release": feed_batches.release, "discard": feed_batches.discard}
    verb = verbs.get(request.POST.get("action", ""))
    if verb is None:
        raise Http404
    try:
        verb(batch.pk, cause=cause_of(request))
    except feed_batches.BatchStateError as error:
        messages.warning(request, str(error))
    return redirect("batch", batch.pk)


def _as_seen_by(actor: access.Actor, batch: FeedBatch, rows: list[FeedRow]) -> list[FeedRow]:
    """The rows; their messages quote values only to whoever may see all values of the domain."""
    declared = entity_type(batch.feed.domain)
    if len(access.visible(actor, declared)) < len(declared.attributes):
        for row in rows:
            place = f"Row {row.row_number}, {row.column}" if row.column else f"Row {row.row_number}"
            row.message = f"{place}: {row.get_cause_display().lower()}."
    return rows


def _samples(prediction: dict[str, Any]) -> list[dict[str, Any]]:
    labels = {"created": "Would be created", "updated": "Would change", "inactivated": "Would end"}
    return [
        {"label": label, "keys": prediction[f"{name}_keys"]}
        for name, label in labels.items()
        if prediction.get(f"{name}_keys")
    ]


def _next_page(page: list[Any], parameter: str, attribute: str) -> str:
    return f"{parameter}={getattr(page[PAGE - 1], attribute)}" if len(page) > PAGE else ""


def _number(text: str) -> int:
    return _read(int, text)


def _read(reader: Callable[[str], Read], text: str) -> Read:
    """What `text` of an address means; not found when it means nothing."""
    try:
        return reader(text)
    except ValueError:
        raise Http404 from None
