"""Pages on which one verdict is given on many match reviews, watched, and taken back."""

from collections.abc import Sequence
from math import log2
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from matching import sight
from matching.domains import MODELS
from matching.engine.weights import probability
from matching.models import Decision, MatchPair
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance import access
from mdm.models import SourceSystem
from mdm.observability import cause_of
from mdm.schema import EntityType
from mdm.words import translated
from stewardship import bulk
from stewardship.asked import page_of, visible_domain
from stewardship.bulk import BulkRefusedError, Rule
from stewardship.guarding import Placed
from stewardship.models import BulkDecision

PAGE = 30
VERDICTS = {
    "match": gettext_lazy("One thing: merge them"),
    "no_match": gettext_lazy("Not one thing: keep them apart"),
}
State = BulkDecision.State


@require_safe
@permission_required((access.BULK, access.STEWARD), raise_exception=True)
def bulk_list(request: HttpRequest) -> HttpResponse:
    """Where reviews can be decided in bulk, and what was decided so."""
    allowed = [name for name in ENTITY_TYPES if access.may_view(request.user, name)]
    found = BulkDecision.objects.filter(domain__in=allowed).order_by("-asked_at", "-pk")
    bulks, more = page_of(request, found, PAGE)
    context = {
        "domains": [
            {
                "domain": name,
                "plural": translated(entity_type(name).plural),
                "count": bulk.waiting_in(name),
            }
            for name in allowed
        ],
        "bulks": [
            {"bulk": each, "plural": translated(entity_type(each.domain).plural)} for each in bulks
        ],
        "next_page": more,
    }
    return render(request, "bulk/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required((access.BULK, access.STEWARD), raise_exception=True)
def choose(request: HttpRequest, domain: str) -> HttpResponse:
    """Choose reviews by a rule, look at a sample of them, and decide on all."""
    declared = visible_domain(request, domain)
    asked = request.POST if request.method == "POST" else request.GET
    verdict = asked.get("verdict", "match")
    if verdict not in VERDICTS:
        raise Http404
    offered = sight.comparisons(request.user, MODELS[domain])
    rule = _rule(asked, domain, [each.name for each in offered])
    if request.method == "POST":
        cause = cause_of(request, reason=request.POST.get("reason", "").strip())
        try:
            made = bulk.begin(
                rule, Decision.Verdict(verdict), request.POST.get("plan", ""), cause=cause
            )
            return redirect("bulk-decision", made.pk)
        except BulkRefusedError as refused:
            messages.error(
                request, gettext("Nothing was decided: {refused}.").format(refused=refused)
            )
    planned = bulk.plan(rule, Decision.Verdict(verdict)) if "low" in asked else None
    context = {
        "entity_type": declared,
        "rule": rule,
        "verdict": verdict,
        "verdicts": VERDICTS.items(),
        "low": asked.get("low", ""),
        "high": asked.get("high", ""),
        "systems": SourceSystem.objects.order_by("code"),
        "comparisons": offered,
        "plan": planned,
        "most": bulk.MOST,
        "sample": _sample(request.user, declared, planned.sample) if planned else [],
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "bulk/choose.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required((access.BULK, access.STEWARD), raise_exception=True)
def bulk_decision(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    """One bulk decision: how far it is, what it left out, and the way back."""
    found = get_object_or_404(BulkDecision, pk=bulk_id)
    declared = visible_domain(request, found.domain)
    if request.method == "POST":
        _act(request, found)
        return redirect("bulk-decision", found.pk)
    stuck = bulk.stuck(found)
    context = {
        "bulk": found,
        "entity_type": declared,
        "verdict": VERDICTS[found.verdict],
        "counts": bulk.counts(found),
        "rule": _rule_in_words(found),
        "stuck": stuck,
        "going_on": _goes_on(found) and not stuck,
        "revertible": found.state == State.DONE or (found.state == State.UNDER_WAY and stuck),
    }
    return render(request, "bulk/decision.html", context)


@require_safe
@permission_required((access.BULK, access.STEWARD), raise_exception=True)
def progress(request: HttpRequest, bulk_id: UUID) -> HttpResponse:
    """How far it is; once it is over the whole page is asked for again."""
    found = get_object_or_404(BulkDecision, pk=bulk_id)
    visible_domain(request, found.domain)
    going_on = _goes_on(found) and not bulk.stuck(found)
    context = {"bulk": found, "counts": bulk.counts(found), "going_on": going_on}
    answer = render(request, "bulk/_progress.html", context)
    if not going_on:
        answer["HX-Refresh"] = "true"
    return answer


def _goes_on(found: BulkDecision) -> bool:
    return found.state in (State.UNDER_WAY, State.REVERTING)


def _act(request: HttpRequest, found: BulkDecision) -> None:
    """Take all of it back, or let workers try again what they gave up."""
    action, cause = request.POST.get("action"), cause_of(request)
    if action not in ("revert", "retry"):
        raise Http404
    try:
        if action == "revert":
            bulk.revert(found.pk, cause=cause)
        else:
            bulk.try_again(found, cause=cause)
    except BulkRefusedError as refused:
        messages.error(request, gettext("Nothing was changed: {refused}.").format(refused=refused))


def _rule(asked: QueryDict, domain: str, comparisons: Sequence[str]) -> Rule:
    low, high = bulk.weights_of(domain)
    return Rule(
        domain=domain,
        low=_bits(asked.get("low", ""), low),
        high=_bits(asked.get("high", ""), max(high, 1_000.0)),
        systems=tuple(sorted(filter(None, asked.getlist("system")))),
        top=tuple(each for each in comparisons if each in asked.getlist("top")),
    )


def _bits(percent: str, otherwise: float) -> float:
    """The bits that stand for a probability in percent; the end of the band where none is said."""
    try:
        share = float(percent) / 100
    except ValueError:
        return otherwise
    return log2(share / (1 - share)) if 0 < share < 1 else otherwise


def _sample(
    actor: access.Actor, declared: EntityType, pairs: Sequence[Placed]
) -> list[dict[str, Any]]:
    known = MatchPair.objects.select_related("left__system", "right__system")
    found = known.in_bulk([pair.pk for pair in pairs])
    return [
        {
            "pair": each,
            "share": probability(each.match_weight) * 100,
            "records": [
                {
                    "label": f"{record.system.code}:{record.source_key}",
                    "title": access.title_for(actor, declared, declared.title(record.attributes)),
                }
                for record in (each.left, each.right)
            ],
        }
        for each in (found[pair.pk] for pair in pairs)
    ]


def _rule_in_words(found: BulkDecision) -> list[str]:
    rule = found.rule
    low, high = (probability(rule[name]) * 100 for name in ("low", "high"))
    words = [
        gettext("probability from {low} to {high} %").format(
            low=number_format(low, 2), high=number_format(high, 2)
        )
    ]
    if rule["systems"]:
        words.append(gettext("both from {names}").format(names=", ".join(rule["systems"])))
    words += [
        gettext("{comparison} agrees as far as it can").format(comparison=translated(each))
        for each in rule["top"]
    ]
    return words
