"""Pages of reports: on screen with filters and sorting, as files, and frozen by a close."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from matching.charts.bars import Bar, bar_scale, bar_table
from matching.charts.bars import Row as Drawn
from mdm.governance import access
from mdm.observability import cause_of
from mdm.words import moment as moment_in_words
from stewardship.asked import moment, page_of, whole
from stewardship.models import FrozenReport, PeriodClose
from stewardship.reports import REPORTS, closing
from stewardship.reports.exports import EXPORTS
from stewardship.reports.table import Kind, Report, Value, written

PAGE = 200
"""Rows of a report on one page of the screen; files have all."""
CLOSES = 24
_CLASSES = {
    Kind.NUMBER: "number",
    Kind.MONEY: "number",
    Kind.SHARE: "number",
    Kind.DATE: "text-nowrap",
    Kind.MOMENT: "text-nowrap",
}
DRAWN = 12
"""Rows that the picture shows."""


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.REPORTS, raise_exception=True)
def reports(request: HttpRequest) -> HttpResponse:
    """The reports there are, and the periods that were closed; closes one, too."""
    if request.method == "POST":
        return _close(request)
    closes, more = page_of(request, PeriodClose.objects.order_by("-closed_at", "-pk"), CLOSES)
    context = {
        "reports": [(code, kind.title) for code, kind in REPORTS.items()],
        "closes": closes,
        "next_page": more,
        "this_period": f"{timezone.now():%Y-%m}",
    }
    return render(request, "reports/list.html", context)


@require_safe
@permission_required(access.REPORTS, raise_exception=True)
def report(request: HttpRequest, code: str) -> HttpResponse:
    """One report: as of now or of a moment, or as a close froze it; on screen or as a file."""
    if code not in REPORTS:
        raise Http404
    if request.GET.get("as_of") and not REPORTS[code].of_any_moment:
        messages.warning(
            request, gettext("This report only says what is so now, or was at a close.")
        )
        return redirect("report", code)
    period = request.GET.get("period", "")
    close = get_object_or_404(PeriodClose, period=period) if period else None
    found = _asked(request, _made(request, code, close))
    if kind := request.GET.get("format"):
        return _file(found, kind, close)
    page = _page_of(request)
    rows = found.rows[page * PAGE : (page + 1) * PAGE]
    context = {
        "report": found,
        "close": close,
        "rows": [
            {
                "cells": [
                    {"text": _shown(value), "kind": _CLASSES.get(column.kind, "")}
                    for value, column in zip(row.values, found.columns, strict=True)
                ],
                "url": row.url,
            }
            for row in rows
        ],
        "headings": _headings(request, found),
        "totals": [(label, _shown(value)) for label, value in found.totals],
        "picture": _picture(found),
        "formats": [(kind, _with(request, format=kind)) for kind in EXPORTS],
        "next_page": _with(request, page=str(page + 2))[1:]
        if len(found.rows) > (page + 1) * PAGE
        else "",
        "as_of": request.GET.get("as_of", ""),
    }
    return render(request, "reports/report.html", context)


@require_http_methods(["POST"])
@permission_required(access.CLOSE, raise_exception=True)
def certify(request: HttpRequest, close_id: int) -> HttpResponse:
    """Vouch for the figures of a close."""
    get_object_or_404(PeriodClose, pk=close_id)
    try:
        done = closing.certify(close_id, cause=cause_of(request))
        as_of = moment_in_words(done.as_of)
        messages.success(
            request,
            gettext("{period} is certified as of {as_of}.").format(period=done.period, as_of=as_of),
        )
    except closing.CloseError as refused:
        messages.error(
            request, gettext("Nothing was certified: {refused}.").format(refused=refused)
        )
    return redirect("reports")


def _close(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(access.CLOSE):
        raise PermissionDenied
    period, note = (request.POST.get(name, "").strip() for name in ("period", "note"))
    try:
        done = closing.close(period, request.user, note=note, cause=cause_of(request))
        messages.success(
            request,
            gettext("{period} is closed; its figures are frozen.").format(period=done.period),
        )
    except closing.CloseError as refused:
        messages.error(request, gettext("Nothing was closed: {refused}.").format(refused=refused))
    return redirect("reports")


def _made(request: HttpRequest, code: str, close: PeriodClose | None) -> Report:
    if close:
        if not closing.may_read(close, request.user):
            raise PermissionDenied
        try:
            return closing.frozen(close, code)
        except FrozenReport.DoesNotExist:
            raise Http404 from None
    as_of = moment(request.GET["as_of"]) if request.GET.get("as_of") else None
    return REPORTS[code].make(as_of or timezone.now(), request.user)


def _asked(request: HttpRequest, found: Report) -> Report:
    """The rows that the person asks for, in the order asked for."""
    wanted = {column.name: request.GET.get(column.name, "") for column in found.columns}
    order = request.GET.get("sort", "")
    kept = found.filtered(wanted)
    return kept.sorted_by(order.lstrip("-"), descending=order.startswith("-")) if order else kept


def _file(found: Report, kind: str, close: PeriodClose | None) -> HttpResponse:
    if kind not in EXPORTS:
        raise Http404
    content_type, make = EXPORTS[kind]
    when = close.period if close else f"{found.as_of:%Y-%m-%d}"
    answer = HttpResponse(make(found), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.code}-{when}.{kind}"'
    return answer


def _headings(request: HttpRequest, found: Report) -> list[dict[str, Any]]:
    order = request.GET.get("sort", "")
    headings = []
    for column in found.columns:
        turned = f"-{column.name}" if order == column.name else column.name
        sorts = {column.name: "ascending", f"-{column.name}": "descending"}.get(order, "none")
        headings.append(
            {
                "column": column,
                "sort": _with(request, sort=turned, page=""),
                "sorted": sorts,
                "wanted": found.filters.get(column.name, ""),
            }
        )
    return headings


def _picture(found: Report) -> str:
    """Bars of the first rows by their drawn column; "" where there is nothing to draw."""
    places = {column.name: place for place, column in enumerate(found.columns)}
    if not found.bars or not found.rows:
        return ""
    place = places[found.bars]
    heading = found.columns[place].label
    largest = found.sorted_by(found.bars, descending=True).rows[:DRAWN]
    scale = bar_scale([0.0, *(float(str(row.values[place] or 0)) for row in largest)])
    rows = [
        Drawn(
            ", ".join(
                _shown(value)
                for value, column in zip(row.values, found.columns, strict=True)
                if not column.is_numeric and value
            ),
            [written(row.values[place])],
            [Bar(0.0, float(str(row.values[place] or 0)), "quiet")],
            f"{heading}: {written(row.values[place])}",
        )
        for row in largest
    ]
    return bar_table(heading, [gettext("What"), heading, ""], rows, scale)


def _shown(value: Value) -> str:
    """A value on the screen: a moment as on the clock of whoever looks."""
    return moment_in_words(value) if isinstance(value, datetime) else written(value)


def _page_of(request: HttpRequest) -> int:
    return max(whole(request.GET.get("page", "")) or 1, 1) - 1


def _with(request: HttpRequest, **changes: str) -> str:
    """The address with other parameters; those that are empty are left out."""
    asked = request.GET.copy()
    for name, value in changes.items():
        asked[name] = value
    for name in [name for name, value in asked.items() if not value]:
        del asked[name]
    return f"?{asked.urlencode()}"
