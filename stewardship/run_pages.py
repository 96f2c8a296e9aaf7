"""Pages about match runs: what they are doing and did, started, watched, cancelled, compared."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from matching import rematching, run_history
from matching.domains import MODELS
from matching.models import MatchRun
from matching.shards import comparing
from mdm import events
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance import access
from mdm.models import Event, Work
from mdm.observability import cause_of
from mdm.words import translated
from stewardship.asked import number, visible_domain

PAGE = 30
State = MatchRun.State
_OPEN = (Work.State.WAITING, Work.State.RUNNING)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.MATCHES, raise_exception=True)
def runs(request: HttpRequest) -> HttpResponse:
    """The models, what is under way, and all runs, newest first."""
    if request.method == "POST":
        return _start(request)
    allowed = [name for name in MODELS if access.may_view(request.user, name)]
    found = MatchRun.objects.filter(domain__in=allowed).defer("weights").order_by("-pk")
    domain = str(request.GET.get("domain", ""))
    if domain in allowed:
        found = found.filter(domain=domain)
    if before := request.GET.get("before", ""):
        found = found.filter(pk__lt=number(before))
    page = list(found[: PAGE + 1])
    more = (
        urlencode({"domain": domain, "before": str(page[PAGE - 1].pk)}) if len(page) > PAGE else ""
    )
    context = {
        "models": [{"model": MODELS[name], "entity_type": entity_type(name)} for name in allowed],
        "runs": [_line(each) for each in page[:PAGE]],
        "waiting": _under_way(allowed),
        "domain": domain if domain in allowed else "",
        "next_page": more,
    }
    return render(request, "matching/runs.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.MATCHES, raise_exception=True)
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: how far it is, what it found, how long it took, and what changed by it."""
    found = get_object_or_404(MatchRun, pk=run_id)
    declared = visible_domain(request, found.domain)
    if request.method == "POST":
        return _cancel(request, found)
    others = MatchRun.objects.filter(domain=found.domain, state=State.FINISHED).exclude(pk=run_id)
    earlier = others.filter(pk__lt=run_id).order_by("-pk").first()
    counted = found.report.get("outcomes", {})
    context = {
        "run": found,
        "entity_type": declared,
        "progress": _progress(found),
        "seconds": found.report.get("seconds", {}),
        "outcomes": [(label, counted.get(name, 0)) for name, label in _OUTCOMES] if counted else [],
        "refusals": found.report.get("refusals", 0),
        "passes": found.report.get("passes", []),
        "batches": found.report.get("batches", []),
        "earlier": earlier,
        "moved": _in_words(run_history.moved(earlier, found)) if earlier else [],
        "others": others.defer("weights", "report").order_by("-pk")[:20],
    }
    return render(request, "matching/run.html", context)


@require_safe
@permission_required(access.MATCHES, raise_exception=True)
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """How far a run is; once it is over the whole page is asked for again."""
    found = get_object_or_404(MatchRun, pk=run_id)
    visible_domain(request, found.domain)
    answer = render(
        request, "matching/_progress.html", {"run": found, "progress": _progress(found)}
    )
    if found.state not in State.under_way():
        answer["HX-Refresh"] = "true"
    return answer


@require_safe
@permission_required(access.MATCHES, raise_exception=True)
def compare(request: HttpRequest) -> HttpResponse:
    """Two runs of one domain: pairs new, gone or graded otherwise, and levels that moved."""
    ids = sorted(number(request.GET.get(name, "")) for name in ("one", "other"))
    known = {each.pk: each for each in MatchRun.objects.filter(pk__in=ids)}
    if len(known) != 2:
        raise Http404
    earlier, later = (known[each] for each in ids)
    declared = visible_domain(request, later.domain)
    if earlier.domain != later.domain:
        raise Http404
    moved = run_history.moved(earlier, later)
    kind = (request.GET.get("before", ""), request.GET.get("after", ""))
    if kind not in {(each.before, each.after) for each in moved}:
        kind = (moved[0].before, moved[0].after) if moved else ("", "")
    behind = number(request.GET.get("behind", "0"))
    pairs = run_history.moved_pairs(earlier, later, *kind, behind=behind, limit=PAGE + 1)
    ends = {"one": str(earlier.pk), "other": str(later.pk)}
    asked = {**ends, "before": kind[0], "after": kind[1]}
    context = {
        "entity_type": declared,
        "earlier": earlier,
        "later": later,
        "moved": _in_words(moved),
        "kind": kind,
        "kind_words": [run_history.in_words(each) for each in kind],
        "pairs": pairs[:PAGE],
        "levels": run_history.moved_levels(earlier, later),
        "next_page": urlencode({**asked, "behind": str(pairs[PAGE - 1].pair_id)})
        if len(pairs) > PAGE
        else "",
    }
    return render(request, "matching/compare.html", context)


_OUTCOMES = (
    ("merge", gettext_lazy("pairs within one golden record")),
    ("review", gettext_lazy("pairs that people are asked about")),
    ("veto", gettext_lazy("pairs kept apart by an identifier")),
    ("apart", gettext_lazy("pairs kept apart by a decision")),
    ("refused", gettext_lazy("strong pairs that were not joined")),
)


def _start(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(access.RUN_MATCHES):
        raise PermissionDenied
    domain = visible_domain(request, request.POST.get("domain", "")).domain
    if "anew" in request.POST:
        rematching.ask(domain, cause=cause_of(request))
    else:
        events.record("match_run.asked", domain=domain, content={}, cause=cause_of(request))
    messages.success(request, gettext("Asked. Workers start as soon as they can; it shows here."))
    return redirect("match-runs")


def _cancel(request: HttpRequest, run: MatchRun) -> HttpResponse:
    if not request.user.has_perm(access.RUN_MATCHES):
        raise PermissionDenied
    if comparing.cancel(run.pk, cause=cause_of(request)):
        messages.success(
            request, gettext("Cancelled; nothing of it was kept. The next run does its work.")
        )
    else:
        messages.warning(request, gettext("Too late: it is being applied, or over."))
    return redirect("match-run", run.pk)


def _line(run: MatchRun) -> dict[str, Any]:
    counted = run.report.get("outcomes", {})
    return {
        "run": run,
        "plural": translated(ENTITY_TYPES[run.domain].plural),
        "seconds": sum(run.report.get("seconds", {}).values()),
        "merged": counted.get("merge", 0),
        "asked": counted.get("review", 0),
        "active": run.state in State.under_way(),
    }


def _under_way(allowed: list[str]) -> list[dict[str, Any]]:
    """Matches that are asked for and not stored as runs yet, with their stage."""
    waiting = list(Work.objects.filter(kind="match", state__in=_OPEN).order_by("pk")[:20])
    domains = dict(
        Event.objects.filter(pk__in=[each.subject for each in waiting]).values_list("pk", "domain")
    )
    shown = [{"work": each, "domain": domains.get(int(each.subject), "")} for each in waiting]
    return [
        {**each, "plural": translated(entity_type(each["domain"]).plural)}
        for each in shown
        if each["domain"] in allowed
    ]


def _progress(run: MatchRun) -> dict[str, Any]:
    """Ranges compared per pass while comparing, chunks applied after that."""
    under_way = run.state in State.under_way()
    if run.state == State.COMPARING:
        passes = run.ranges.values("blocking").annotate(
            all=Count("pk"),
            done=Count("pk", filter=~Q(compared_at=None)),
            pairs=Sum("pairs"),
        )
        lines = [_of_pass(run, each) for each in passes.order_by("blocking")]
        done, all_ = sum(each["done"] for each in lines), sum(each["all"] for each in lines)
        return {
            "lines": lines,
            "done": done,
            "all": all_,
            "stage": gettext("Comparing"),
            "on": under_way,
        }
    done = run.chunks.exclude(applied_at=None).count()
    return {
        "lines": [],
        "done": done,
        "all": run.chunks.count(),
        "stage": gettext("Making golden records"),
        "on": under_way,
    }


def _of_pass(run: MatchRun, counted: Any) -> dict[str, Any]:
    passes = run.report.get("passes", [])
    place = counted["blocking"]
    name = passes[place]["name"] if place < len(passes) else f"pass {place + 1}"
    return {"name": name, **counted}


def _in_words(moved: list[run_history.Moved]) -> list[dict[str, Any]]:
    return [
        {
            "before": each.before,
            "after": each.after,
            "from": run_history.in_words(each.before),
            "to": run_history.in_words(each.after),
            "pairs": each.pairs,
        }
        for each in moved
    ]
