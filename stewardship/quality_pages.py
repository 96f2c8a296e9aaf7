"""Pages of data quality: the scorecard, and one domain rule by rule."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from matching.charts.bars import Bar, bar_scale, bar_table
from matching.charts.bars import Row as Drawn
from matching.charts.markup import Markup, tag
from matching.charts.sparkline import sparkline
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance import access
from mdm.models import HubCheck, QualityRun, Work
from mdm.observability import cause_of
from mdm.quality import scorecard, scoring
from mdm.quality.rules import rules_of, uncovered
from mdm.quality.scorecard import Line, Tally
from mdm.schema import Dimension, EntityType
from mdm.words import translated
from stewardship.asked import visible_domain
from stewardship.reports.exports import EXPORTS
from stewardship.reports.quality import (
    GOLDEN,
    failing_address,
    label_of,
    of_lines,
    percent,
    share,
)
from stewardship.reports.table import written

_OPEN = (Work.State.WAITING, Work.State.RUNNING)
_FILTERS: dict[str, Callable[[Line], str]] = {
    "dimension": lambda line: translated(line.dimension.value),
    "system": lambda line: line.system or translated(GOLDEN),
    "accountable": lambda line: line.accountable or gettext("nobody"),
    "steward": lambda line: line.steward or gettext("nobody"),
}
"""What the rules of a domain can be narrowed to."""
_HEADINGS = {
    "dimension": gettext_lazy("Dimension"),
    "system": gettext_lazy("System"),
    "accountable": gettext_lazy("Accountable"),
    "steward": gettext_lazy("Steward"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.QUALITY, raise_exception=True)
def quality(request: HttpRequest) -> HttpResponse:
    """The scorecard by domain, source and owner; has everything scored, too."""
    domains = access.domains(request.user)
    if request.method == "POST":
        return _score_now(request, domains)
    now = timezone.now()
    lines = scorecard.lines(request.user, domains, now)
    runs = scorecard.runs(domains, now)
    trend = scorecard.trend(request.user, domains, now)
    context = {
        "domains": [
            _of_domain(
                ENTITY_TYPES[name],
                runs.get(name),
                [each for each in lines if each.domain == name],
                trend.get(name, {}),
            )
            for name in domains
        ],
        "dimensions": list(Dimension),
        "by_system": _grouped(lines, "system"),
        "by_owner": _grouped(lines, "accountable"),
        "by_steward": _grouped([each for each in lines if each.steward], "steward"),
        "uncovered": [_uncovered(request.user, ENTITY_TYPES[name], lines) for name in domains],
        "hidden": _hidden(request.user, domains),
        "waiting": _under_way(domains),
        "check": HubCheck.objects.order_by("-checked_at", "-pk").first(),
    }
    return render(request, "quality/scorecard.html", context)


@require_safe
@permission_required(access.QUALITY, raise_exception=True)
def progress(request: HttpRequest) -> HttpResponse:
    """How far scorings are; once they are over the whole page is asked for again."""
    waiting = _under_way(access.domains(request.user))
    answer = render(request, "quality/_progress.html", {"waiting": waiting})
    if not waiting:
        answer["HX-Refresh"] = "true"
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.QUALITY, raise_exception=True)
def domain_quality(request: HttpRequest, domain: str) -> HttpResponse:
    """One domain rule by rule, on screen or as a file; its dimensions are weighed here."""
    declared = visible_domain(request, domain)
    if request.method == "POST":
        return _weigh(request, declared)
    now = timezone.now()
    all_lines = scorecard.lines(request.user, [domain], now)
    run = scorecard.runs([domain], now).get(domain)
    asked = {name: request.GET.get(name, "") for name in _FILTERS}
    lines = [
        each
        for each in all_lines
        if all(not wanted or _FILTERS[name](each) == wanted for name, wanted in asked.items())
    ]
    if kind := request.GET.get("format"):
        return _file(lines, kind, run)
    weights = scoring.weights(domain)
    context = {
        "entity_type": declared,
        "run": run,
        "score": _percent(scorecard.score(lines)),
        "picture": _dimensions(lines) if lines else "",
        "trends": _trends(scorecard.trend(request.user, [domain], now).get(domain, {})),
        "lines": [_shown(each) for each in sorted(lines, key=lambda line: line.share)],
        "filters": [
            (name, _HEADINGS[name], asked[name], sorted({said(each) for each in all_lines}))
            for name, said in _FILTERS.items()
        ],
        "formats": [
            (kind, urlencode({**{k: v for k, v in asked.items() if v}, "format": kind}))
            for kind in EXPORTS
        ],
        "weights": [(each, weights[each]) for each in Dimension],
        "hidden": _hidden(request.user, [domain]),
    }
    return render(request, "quality/domain.html", context)


def _score_now(request: HttpRequest, domains: list[str]) -> HttpResponse:
    if not request.user.has_perm(access.RUN_QUALITY):
        raise PermissionDenied
    wanted = [each for each in scoring.with_records() if each in domains]
    scoring.ask(wanted, cause=cause_of(request))
    messages.success(request, gettext("Asked. Workers start as soon as they can; it shows here."))
    return redirect("quality")


def _weigh(request: HttpRequest, declared: EntityType) -> HttpResponse:
    if not request.user.has_perm(access.RUN_QUALITY):
        raise PermissionDenied
    said = {each: request.POST.get(f"weight_{each}", "").strip() for each in Dimension}
    try:
        wanted = {each: _weight(text) for each, text in said.items()}
        scoring.weigh(declared.domain, wanted, cause=cause_of(request))
        messages.success(request, gettext("Weighed so; everything is scored anew by it."))
    except ValueError as refused:
        messages.error(request, gettext("Nothing was changed: {refused}.").format(refused=refused))
    return redirect("quality-domain", declared.domain)


def _weight(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > 100:
        raise ValueError(gettext("a weight is a whole number from 0 to 100"))
    return int(text)


def _file(lines: list[Line], kind: str, run: QualityRun | None) -> HttpResponse:
    if kind not in EXPORTS:
        raise Http404
    as_of = run.scored_at if run else timezone.now()
    content_type, make = EXPORTS[kind]
    answer = HttpResponse(make(of_lines(lines, as_of)), content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="quality-{as_of:%Y-%m-%d}.{kind}"'
    return answer


def _of_domain(
    declared: EntityType,
    run: QualityRun | None,
    lines: list[Line],
    days: dict[date, list[Tally]],
) -> dict[str, Any]:
    address = reverse("quality-domain", args=[declared.domain])
    return {
        "entity_type": declared,
        "run": run,
        "score": _percent(scorecard.score(lines)),
        "failed": sum(each.failed for each in lines),
        "trend": _spark(
            gettext("{plural}: score").format(plural=translated(declared.plural)),
            {day: scorecard.score(said) for day, said in days.items()},
        ),
        "dimensions": _cells(lines, address),
    }


def _cells(lines: Iterable[Line], address: str, **more: str) -> list[dict[str, Any]]:
    """A figure for each dimension, which leads to the rules that it is made of."""
    found = scorecard.by_dimension(lines)
    return [
        {
            "share": share(found[each]),
            "url": f"{address}?{urlencode({'dimension': each.value, **more})}",
        }
        if each in found
        else {}
        for each in Dimension
    ]


def _grouped(lines: list[Line], name: str) -> list[dict[str, Any]]:
    """The lines by domain and one of the filters, the worst score first."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for each in lines:
        groups.setdefault((_FILTERS[name](each), each.domain), []).append(each)
    found = []
    for (who, domain), group in groups.items():
        address = reverse("quality-domain", args=[domain])
        total = scorecard.score(group)
        found.append(
            {
                "who": who,
                "plural": translated(ENTITY_TYPES[domain].plural),
                "score": _percent(total),
                "width": round(100 * (total or 0)),
                "failed": sum(each.failed for each in group),
                "url": f"{address}?{urlencode({name: who})}",
                "dimensions": _cells(group, address, **{name: who}),
                "order": 2.0 if total is None else total,
            }
        )
    return sorted(found, key=lambda row: (row["order"], row["who"]))


def _uncovered(actor: access.Actor, declared: EntityType, lines: list[Line]) -> dict[str, Any]:
    """Attributes of which nothing is known: no rule looks at them, or none found any to look at."""
    visible = access.visible(actor, declared)
    unruled = [each for each in visible if each in uncovered(declared)]
    looked = {name for each in lines if each.domain == declared.domain for name in each.rule.reads}
    unmet = [each for each in visible if each not in unruled and each.name not in looked]
    return {
        "entity_type": declared,
        "unruled": [translated(each.label) for each in unruled],
        "unmet": [translated(each.label) for each in unmet],
        "scored": bool(looked),
    }


def _hidden(actor: access.Actor, domains: Iterable[str]) -> int:
    """How many rules are left out, as the person may not see what they read."""
    return sum(
        len(rules_of(entity_type(name))) - len(scorecard.visible_rules(actor, name))
        for name in domains
    )


def _under_way(domains: list[str]) -> list[dict[str, Any]]:
    waiting = Work.objects.filter(kind=scoring.WORK, state__in=_OPEN, subject__in=domains)
    return [
        {"work": each, "plural": translated(ENTITY_TYPES[each.subject].plural)}
        for each in waiting.order_by("pk")[:20]
    ]


def _shown(line: Line) -> dict[str, Any]:
    return {
        "line": line,
        "label": label_of(line),
        "system": line.system or translated(GOLDEN),
        "share": share(line),
        "url": failing_address(line),
    }


def _dimensions(lines: list[Line]) -> Markup:
    found = scorecard.by_dimension(lines).values()
    rows = [
        Drawn(
            translated(each.dimension.value),
            [written(each.failed), f"{written(share(each))} %"],
            [Bar(0.0, each.share * 100, "for")],
            gettext("{share} % of {checked}").format(
                share=written(share(each)), checked=written(each.checked)
            ),
        )
        for each in found
    ]
    headings = [gettext("Dimension"), gettext("Failed"), gettext("Holds"), ""]
    return bar_table(gettext("What holds, by dimension"), headings, rows, bar_scale([0.0, 100.0]))


def _trends(days: dict[date, list[Tally]]) -> list[dict[str, Any]]:
    """How each dimension went, and the score of all."""
    found = [
        _gone(gettext("Score"), {day: scorecard.score(tallies) for day, tallies in days.items()})
    ]
    for each in Dimension:
        shares = {
            day: tally.share
            for day, tallies in days.items()
            for tally in tallies
            if tally.dimension == each
        }
        found.append(_gone(capfirst(translated(each.value)), shares))
    return [each for each in found if each["line"]]


def _gone(name: str, days: Mapping[date, float | None]) -> dict[str, Any]:
    said = [value for value in days.values() if value is not None]
    return {
        "name": name,
        "line": _spark(name, days),
        "now": percent(said[-1]) if said else "",
    }


def _spark(name: str, days: Mapping[date, float | None]) -> Markup | str:
    """A line of a figure day by day with its first and last value; "" where there is none."""
    points = [(float(day.toordinal()), value) for day, value in days.items() if value is not None]
    if not points:
        return ""
    first, last = (date.fromordinal(round(points[place][0])) for place in (0, -1))
    begins, ends = (percent(points[place][1]) for place in (0, -1))
    words = gettext("{name}: {begins} % on {first}, {ends} % on {last}").format(
        name=name, begins=begins, first=first, ends=ends, last=last
    )
    return tag("figure", sparkline(points, words), class_="match-chart mb-0")


def _percent(score: float | None) -> Any:
    return None if score is None else percent(score)
