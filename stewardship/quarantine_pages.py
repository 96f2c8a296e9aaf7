"""Pages about rows in quarantine: found by cause, repaired, sent again, or dismissed."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.http import urlencode
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from mdm.domains import ENTITY_TYPES
from mdm.feeds import quarantine as rows_that_wait
from mdm.feeds.batches import BatchStateError
from mdm.feeds.quarantine import RowStateError
from mdm.governance import access
from mdm.models import FeedRow
from mdm.observability import cause_of
from stewardship import company, opening
from stewardship.asked import number, visible_domain, whole
from stewardship.feed_values import Sight, in_words, shown
from stewardship.models import StewardshipTask

PAGE = 50
MOST_AT_ONCE = 10_000


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.FEEDS, raise_exception=True)
def quarantine(request: HttpRequest) -> HttpResponse:
    """Rows that wait for a person, by feed and cause; chosen ones are sent again or dismissed."""
    asked = _asked(request)
    found = _open_rows(request, asked)
    if request.method == "POST":
        return _act(request, found, asked)
    facets = _open_rows(request, {**asked, "feed": "", "cause": ""}).order_by()
    page = found.order_by("pk")
    if after := request.GET.get("after", ""):
        page = page.filter(pk__gt=number(after))
    rows = list(page.select_related("batch__feed", "batch__mapping")[: PAGE + 1])
    here = listed(request, **asked)
    more = f"{here}&after={rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    by_feed = facets.values_list("batch__feed__code", "batch__feed__name")
    by_cause = facets.filter(**_of_feed(asked["feed"])).values_list("cause")
    causes = [
        (cause, FeedRow.Cause(cause).label, count)
        for cause, count in by_cause.annotate(count=Count("pk")).order_by("-count")
    ]
    context = {
        "rows": in_words(request.user, rows[:PAGE]),
        "asked": asked,
        "listed": here,
        "inbox": opening.filters_of(request).query,
        "feeds": list(by_feed.annotate(count=Count("pk")).order_by("batch__feed__name")),
        "causes": causes,
        "total": sum(count for cause, _, count in causes if asked["cause"] in ("", cause)),
        "next_page": more,
        "most": MOST_AT_ONCE,
    }
    return render(request, "feeds/quarantine.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.FEEDS, raise_exception=True)
def row(request: HttpRequest, row_id: int) -> HttpResponse:
    """One row as it came, with what is wrong and what would mend it; repaired and sent again."""
    known = FeedRow.objects.select_related("batch__feed__system", "batch__mapping")
    found = get_object_or_404(known, pk=row_id)
    visible_domain(request, found.batch.feed.domain)
    sight = Sight(request.user, found.batch)
    asked = _asked(request)
    if request.method == "POST":
        done = _repair(request, found, sight, asked)
        if done is not None:
            return done
        found = known.get(pk=row_id)
    cells = found.raw if "line" in found.raw else _whole(found)
    typed = request.POST
    context = {
        "row": found,
        "said": in_words(request.user, [found])[0]["message"],
        "cells": [
            {
                "name": f"cell{place}",
                "column": column,
                "value": typed.get(f"cell{place}", sight.cell(column, value)),
                "editable": sight.of(column) and not isinstance(value, list),
                "wrong": column == found.column,
                "long": column == "line" or len(shown(value)) > 80,
            }
            for place, (column, value) in enumerate(cells.items())
            if column != "delimiter"
        ],
        "is_open": found.state == FeedRow.State.OPEN,
        "listed": listed(request, **asked),
        "inbox": opening.filters_of(request).query,
        "following": _following(request, found, asked),
        "company": company.at_row(request, found),
    }
    return render(request, "feeds/row.html", context)


def _open_rows(request: HttpRequest, asked: dict[str, str]) -> "QuerySet[FeedRow]":
    allowed = [name for name in ENTITY_TYPES if access.may_view(request.user, name)]
    found = FeedRow.objects.filter(state=FeedRow.State.OPEN, batch__feed__domain__in=allowed)
    if asked["cause"] in FeedRow.Cause.values:
        found = found.filter(cause=asked["cause"])
    if asked["batch"]:
        found = found.filter(batch=number(asked["batch"]))
    return found.filter(**_of_feed(asked["feed"]))


def _asked(request: HttpRequest) -> dict[str, str]:
    """Which rows the list holds from which a page was opened; "" asks nothing."""
    return {name: str(request.GET.get(name, "")) for name in ("feed", "cause", "batch")}


def listed(request: HttpRequest, **asked: str) -> str:
    """A list of rows, as an address carries it, and the inbox that led to it."""
    said = {**asked, "inbox": opening.filters_of(request).query}
    return urlencode({name: value for name, value in said.items() if value})


def _following(request: HttpRequest, found: FeedRow, asked: dict[str, str]) -> str:
    """Where the next open row of the list is, of which the first follows the last; "" for none."""
    others = _open_rows(request, asked).exclude(pk=found.pk).order_by("pk")
    ids = others.values_list("pk", flat=True)
    pk = ids.filter(pk__gt=found.pk).first() or ids.first()
    return f"{reverse('quarantined-row', args=[pk])}?{listed(request, **asked)}" if pk else ""


def _on(request: HttpRequest, asked: dict[str, str], otherwise: HttpResponse) -> HttpResponse:
    """After the last row of a batch to the next stewardship task; else where it would have gone."""
    batch = whole(asked["batch"])
    if batch is None or not request.user.has_perm(access.STEWARD):
        return otherwise
    if FeedRow.objects.filter(batch=batch, state=FeedRow.State.OPEN).exists():
        return otherwise
    return opening.go_on(request, StewardshipTask.Kind.QUARANTINE, batch)


def _of_feed(code: str) -> dict[str, str]:
    return {"batch__feed__code": code} if code else {}


def _act(request: HttpRequest, found: "QuerySet[FeedRow]", asked: dict[str, str]) -> HttpResponse:
    """Send rows again, or dismiss them: those that are ticked, or all that the filter finds."""
    if not request.user.has_perm(access.RUN_FEEDS):
        raise PermissionDenied
    here = redirect(f"{request.path}?{listed(request, **asked)}")
    if "all" in request.POST:
        ids = list(found.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
    else:
        ticked = [id_ for each in request.POST.getlist("row") if (id_ := whole(each)) is not None]
        ids = list(found.filter(pk__in=ticked).values_list("pk", flat=True))
    if not ids:
        messages.warning(request, gettext("Tick the rows, or choose all that the filter finds."))
        return here
    try:
        _carry_out(request, ids)
    except (RowStateError, BatchStateError) as error:
        messages.error(request, gettext("Nothing was changed: {error}.").format(error=error))
    return _on(request, asked, here)


def _carry_out(request: HttpRequest, ids: Collection[int]) -> bool:
    """Send rows again, or dismiss them; False where the reason is missing, which is told."""
    rows = ngettext("{count} row", "{count} rows", len(ids)).format(
        count=number_format(len(ids), force_grouping=True)
    )
    if request.POST.get("action") == "dismiss":
        reason = request.POST.get("reason", "").strip()
        if not reason:
            messages.warning(
                request, gettext("Say why they are dismissed: the next person will ask.")
            )
            return False
        rows_that_wait.dismiss(ids, cause=cause_of(request, reason=reason))
        messages.success(request, gettext("Dismissed {rows}.").format(rows=rows))
    elif request.POST.get("action") == "resubmit":
        sent = rows_that_wait.resubmit_all(ids, cause=cause_of(request))
        names = ", ".join(gettext("batch {pk}").format(pk=each.pk) for each in sent)
        messages.success(
            request, gettext("Sent {rows} again, as {names}.").format(rows=rows, names=names)
        )
    else:
        raise Http404
    return True


def _repair(
    request: HttpRequest, found: FeedRow, sight: Sight, asked: dict[str, str]
) -> HttpResponse | None:
    """Send a row again, or dismiss it, and go on; None after a refusal, which the page tells."""
    if not request.user.has_perm(access.RUN_FEEDS):
        raise PermissionDenied
    try:
        if request.POST.get("action") == "dismiss":
            done = _carry_out(request, [found.pk])
            return _after(request, found, asked, redirect("quarantine")) if done else None
        corrections = _corrections(request, found, sight)
        batch = rows_that_wait.resubmit(found.pk, corrections, cause=cause_of(request))
    except (RowStateError, BatchStateError) as error:
        messages.error(request, gettext("Nothing was sent: {error}.").format(error=error))
        return None
    messages.success(
        request,
        gettext("Row {row_number} was sent again, as batch {pk}.").format(
            row_number=found.row_number, pk=batch.pk
        ),
    )
    return _after(request, found, asked, redirect("batch", batch.pk))


def _after(
    request: HttpRequest, found: FeedRow, asked: dict[str, str], last: HttpResponse
) -> HttpResponse:
    """To the next row of the list; after its last one on with the inbox, or to what it led to."""
    of_batch = {"feed": "", "cause": "", "batch": asked["batch"]}
    following = _following(request, found, asked)
    following = following or (asked["batch"] and _following(request, found, of_batch))
    return redirect(following) if following else _on(request, asked, last)


def _corrections(request: HttpRequest, found: FeedRow, sight: Sight) -> dict[str, str]:
    """The cells that the person changed; those that they may not see stay as they are."""
    cells: dict[str, Any] = found.raw if "line" in found.raw else _whole(found)
    said = {
        column: request.POST.get(f"cell{place}")
        for place, column in enumerate(cells)
        if sight.of(column)
    }
    return {
        column: text.replace("\r\n", "\n")
        for column, text in said.items()
        if text is not None and text.replace("\r\n", "\n") != shown(cells[column])
    }


def _whole(found: FeedRow) -> dict[str, Any]:
    """The row with every column of its batch."""
    return {**dict.fromkeys(found.batch.columns, ""), **found.raw}
