"""Pages of reports: on screen with filters and sorting, as files, and frozen by a close."""

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from matching.charts.bars import Bar, bar_scale, bar_table
from matching.charts.bars import Row as Drawn
from mdm import crosswalk, history
from mdm.governance import access
from mdm.models import Work
from mdm.observability import cause_of
from mdm.words import inside, translated
from mdm.words import moment as moment_in_words
from stewardship.asked import moment, page_of, standing_record, visible_domain, whole
from stewardship.models import AskedClose, FrozenReport, KeptReport, PeriodClose
from stewardship.reports import REPORTS, closing, keeping, record
from stewardship.reports.exports import EXPORTS
from stewardship.reports.keeping import Wanted
from stewardship.reports.table import Kind, Report, Row, Value, written

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
ATTRIBUTE_NAME = 64
"""No attribute has ever had a longer name."""
DRAWN = 12
"""Rows that the picture shows."""


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.REPORTS, raise_exception=True)
def reports(request: HttpRequest) -> HttpResponse:
    """The reports there are, and the periods that were closed; closes one, too."""
    if request.method == "POST":
        return _close(request)
    asked = closing.asked_for()
    closes, more = page_of(request, PeriodClose.objects.order_by("-closed_at", "-pk"), CLOSES)
    context = {
        "reports": [(code, kind.title) for code, kind in REPORTS.items()],
        "closes": closes,
        "asked": asked,
        "goes_on": _any_goes_on(asked),
        "next_page": more,
        "this_period": f"{timezone.now():%Y-%m}",
    }
    return render(request, "reports/list.html", context)


@require_safe
@permission_required(access.REPORTS, raise_exception=True)
def closes_progress(request: HttpRequest) -> HttpResponse:
    """Which periods are being closed; once none is the whole page is asked for again."""
    asked = closing.asked_for()
    goes_on = _any_goes_on(asked)
    answer = render(request, "reports/_closing.html", {"asked": asked, "goes_on": goes_on})
    if not goes_on:
        answer["HX-Refresh"] = "true"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.REPORTS, raise_exception=True)
def report(request: HttpRequest, code: str) -> HttpResponse:
    """One report: as of now or of a moment, or as a close froze it; on screen or as a file.

    What takes a worker is shown as it is kept, and is made anew when that is posted.
    """
    if code not in REPORTS:
        raise Http404
    if request.GET.get("as_of") and not REPORTS[code].of_any_moment:
        messages.warning(
            request, gettext("This report only says what is so now, or was at a close.")
        )
        return redirect("report", code)
    period = request.GET.get("period", "")
    if period:
        close = get_object_or_404(PeriodClose, period=period)
        return _answer(request, _asked(request, _frozen(request, code, close)), close)
    as_of = moment(request.GET["as_of"]) if request.GET.get("as_of") else None
    return _current(request, Wanted(code, as_of))


@require_safe
@permission_required(access.REPORTS, raise_exception=True)
def report_progress(request: HttpRequest, kept_id: int) -> HttpResponse:
    """How far the making of a report is; once it is over the whole page is asked for again."""
    found = get_object_or_404(KeptReport, pk=kept_id, sight=access.sight(request.user))
    work = keeping.making(found)
    answer = render(request, "reports/_progress.html", {"kept": found, "work": work})
    if work is None or work.state == work.State.PARKED:
        answer["HX-Refresh"] = "true"
    return answer


@require_safe
@login_required
def record_report(request: HttpRequest, domain: str, golden_id: UUID) -> HttpResponse:
    """Who owns each value of a golden record, what wrote it and what it beat, now or then."""
    visible_domain(request, domain)
    if request.GET.get("as_of"):
        as_of = moment(request.GET["as_of"])
        resolved = crosswalk.resolve_golden(golden_id, as_of)
        state = history.as_of(resolved.golden_id, as_of) if resolved.golden_id else None
        if state is None or state.domain != domain:
            raise Http404
        made = record.then(state, as_of, request.user)
    else:
        made = record.now(standing_record(domain, golden_id), timezone.now(), request.user)
    return _answer(request, _asked(request, made), up=reverse("golden", args=[domain, golden_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.REPORTS, raise_exception=True)
def conflict_rows(request: HttpRequest, domain: str, attribute: str) -> HttpResponse:
    """The golden records behind a row of the report on conflicts."""
    declared = visible_domain(request, domain)
    if attribute not in declared or not access.may_see(request.user, declared[attribute]):
        raise Http404
    return _current(request, Wanted("conflicts", None, domain, attribute))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.REPORTS, raise_exception=True)
def change_rows(request: HttpRequest, domain: str, attribute: str) -> HttpResponse:
    """The changes behind a row of the report on changes since the last close."""
    visible_domain(request, domain)
    if len(attribute) > ATTRIBUTE_NAME:
        raise Http404
    as_of = moment(request.GET["as_of"]) if request.GET.get("as_of") else None
    return _current(request, Wanted("changes", as_of, domain, attribute))


def _current(request: HttpRequest, wanted: Wanted) -> HttpResponse:
    """A report that no close froze: made now, or as a worker made it, or will."""
    if not wanted.takes_a_worker:
        made = wanted.make(wanted.at_moment or timezone.now(), request.user)
        return _answer(request, _asked(request, made))
    kept = keeping.kept(wanted, request.user, cause=cause_of(request))
    if request.method == "POST":
        keeping.ask(kept, cause=cause_of(request))
        return redirect(request.get_full_path())
    found, work = keeping.as_kept(kept), keeping.making(kept)
    if found is None:
        context = {"title": translated(REPORTS[wanted.code].title), "kept": kept, "work": work}
        return render(request, "reports/making.html", context)
    return _answer(request, _asked(request, found), kept=kept, work=work)


def _answer(
    request: HttpRequest,
    found: Report,
    close: PeriodClose | None = None,
    *,
    up: str = "",
    kept: KeptReport | None = None,
    work: Work | None = None,
) -> HttpResponse:
    """The report as a page, or as the file that is asked for; `up` leads to its golden record."""
    if kind := request.GET.get("format"):
        return _file(found, kind, close)
    page = _page_of(request)
    rows = found.rows[page * PAGE : (page + 1) * PAGE]
    context = {
        "report": found,
        "close": close,
        "up": up,
        "kept": kept,
        "work": work,
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
        done = closing.ask(period, request.user, note=note, cause=cause_of(request))
        said = (
            gettext("{period} is closed; its figures are frozen.")
            if done
            else gettext("{period} is being closed; how far it is stands below.")
        )
        messages.success(request, said.format(period=period))
    except closing.CloseError as refused:
        messages.error(request, gettext("Nothing was closed: {refused}.").format(refused=refused))
    return redirect("reports")


def _any_goes_on(asked: list[tuple[AskedClose, Work | None]]) -> bool:
    return any(work is None or work.state != work.State.PARKED for _, work in asked)


def _frozen(request: HttpRequest, code: str, close: PeriodClose) -> Report:
    if not closing.may_read(close, request.user):
        raise PermissionDenied
    try:
        return closing.frozen(close, code)
    except FrozenReport.DoesNotExist:
        raise Http404 from None


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
    """Bars of the largest rows by their drawn column; "" where there is nothing to draw.

    Of a column of words, how many rows say each of them.
    """
    names = [column.name for column in found.columns]
    if not found.bars or not found.rows:
        return ""
    place = names.index(found.bars)
    column = found.columns[place]
    if column.is_numeric:
        heading, bars = column.label, _bars_of_rows(found, place)
    else:
        heading = gettext("Rows by {column}").format(column=inside(column.label))
        bars = _bars_of_words(found, place)
    scale = bar_scale([0.0, *(float(length) for _, length in bars)])
    rows = [
        Drawn(
            what,
            [written(length)],
            [Bar(0.0, float(length), "quiet")],
            f"{heading}: {written(length)}",
        )
        for what, length in bars
    ]
    return bar_table(heading, [gettext("What"), heading, ""], rows, scale)


def _bars_of_rows(found: Report, place: int) -> list[tuple[str, int | Decimal]]:
    largest = found.sorted_by(found.bars, descending=True).rows[:DRAWN]
    return [(_in_words(found, row), _number(row.values[place])) for row in largest]


def _bars_of_words(found: Report, place: int) -> list[tuple[str, int | Decimal]]:
    counts = Counter(row.values[place] for row in found.rows).most_common(DRAWN)
    return [(_shown(value) or gettext("nothing"), count) for value, count in counts]


def _in_words(found: Report, row: Row) -> str:
    return ", ".join(
        _shown(value)
        for value, column in zip(row.values, found.columns, strict=True)
        if not column.is_numeric and value
    )


def _number(value: Value) -> int | Decimal:
    return value if isinstance(value, int | Decimal) else 0


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
