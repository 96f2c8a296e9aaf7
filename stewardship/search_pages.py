"""The search page: what is found at once, and behind it what is spelt alike."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from mdm.domains import entity_type
from mdm.governance import access
from mdm.standardise.text import clean
from mdm.words import translated
from stewardship import searching
from stewardship.searching import Hit


@require_safe
@login_required
def search(request: HttpRequest) -> HttpResponse:
    """Whatever has that name, id, e-mail or phone, in any domain."""
    query = _query(request)
    hits = searching.at_once(request.user, query) if query else []
    exact = [hit for hit in hits if "id" in hit.by.split() or ":" in hit.by]
    if len(hits) == len(exact) == 1 and not request.htmx:  # type: ignore[attr-defined]
        return redirect("golden", hits[0].domain, hits[0].golden_id)
    shown = ",".join(_short(hit) for hit in hits)
    context: dict[str, Any] = {"query": query, "groups": _grouped(hits), "shown": shown}
    if request.GET.get("alike"):
        context |= {"alike": _grouped(searching.alike(request.user, query)), "looked": True}
    return render(request, "search.html", context)


@require_safe
@login_required
def search_alike(request: HttpRequest) -> HttpResponse:
    """The second wave: names spelt alike, without those that are shown already."""
    query = _query(request)
    known = set(request.GET.get("shown", "").split(",")) - {""}
    hits = [hit for hit in searching.alike(request.user, query) if _short(hit) not in known]
    context = {"query": query, "groups": _grouped(hits), "nothing_before": not known}
    return render(request, "_fragments/alike.html", context)


def _short(hit: Hit) -> str:
    """Enough of an id to tell it from others on a page, so that an address can carry many."""
    return hit.golden_id.hex[-12:]


def _query(request: HttpRequest) -> str:
    if not access.domains(request.user):
        raise PermissionDenied
    return clean(request.GET.get("q", ""))[:200]


def _grouped(hits: list[Hit]) -> list[tuple[str, list[Hit]]]:
    groups: dict[str, list[Hit]] = {}
    for hit in hits:
        groups.setdefault(translated(entity_type(hit.domain).plural), []).append(hit)
    return list(groups.items())
