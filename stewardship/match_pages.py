"""The page of a match model: in words and pictures, measured, and with other thresholds tried."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from matching import known
from matching.charts.histogram import weight_histogram
from matching.charts.markup import chance
from matching.charts.model import model_weights
from matching.charts.precision_recall import at_threshold, precision_recall
from matching.domains import MODELS
from matching.engine.model import MatchModel
from matching.engine.weights import Weights
from matching.learned import last_run
from matching.thresholds import SECONDS_A_REVIEW, Kept, decided_share
from mdm.governance import access
from stewardship.asked import visible_domain


@require_safe
@permission_required(access.MATCHES, raise_exception=True)
def model(request: HttpRequest, domain: str) -> HttpResponse:
    """How a domain is matched, how right that is, and what other thresholds would mean."""
    declared = visible_domain(request, domain)
    used = MODELS[domain]
    run = last_run(used)
    weights = Weights.from_dict(run.weights) if run and run.weights else Weights.of(used)
    kept = Kept.of(domain)
    tried = (_bits(request, "review", used.review_at), _bits(request, "merge", used.merge_at))
    tried = (min(tried), max(tried))
    measured = [known.measure(domain, name) for name in known.sets_of(domain)]
    context = {
        "entity_type": declared,
        "model": used,
        "run": run,
        "weights": weights,
        "chart": model_weights(used, weights, gettext("What each agreement says, in bits")),
        "histogram": _histogram(kept, tried) if len(kept.weights) else "",
        "thresholds": _thresholds(used, kept, tried, domain),
        "tried": tried,
        "is_other": tried != (used.review_at, used.merge_at),
        "measured": [_measured(each, tried) for each in measured],
        "seconds": SECONDS_A_REVIEW,
    }
    return render(request, "matching/model.html", context)


def _histogram(kept: Kept, tried: tuple[float, float]) -> str:
    return weight_histogram(kept.weights, *tried, pairs=kept.counts)


def _bits(request: HttpRequest, name: str, otherwise: float) -> float:
    """A threshold that a person typed; the model's own where it is no number."""
    try:
        typed = float(request.GET.get(name, ""))
    except ValueError:
        return otherwise
    return typed if abs(typed) <= 1_000 else otherwise


def _thresholds(
    used: MatchModel, kept: Kept, tried: tuple[float, float], domain: str
) -> list[dict[str, Any]]:
    """The model's thresholds, and those that are tried, with the work that each makes."""
    own = (used.review_at, used.merge_at)
    lines = [(gettext("As it is"), own)] + ([(gettext("Tried"), tried)] if tried != own else [])
    return [
        {
            "label": label,
            "review": review,
            "merge": merge,
            "review_chance": chance(review),
            "merge_chance": chance(merge),
            "work": kept.workload(review, merge),
            "decided": decided_share(domain, merge),
        }
        for label, (review, merge) in lines
    ]


def _measured(quality: known.Quality, tried: tuple[float, float]) -> dict[str, Any]:
    at = at_threshold(quality.weights, quality.same, quality.true, tried[1])
    title = gettext("{name}: precision and recall at every threshold").format(name=quality.name)
    return {
        "quality": quality,
        "tried": at,
        "chart": precision_recall(quality.weights, quality.same, quality.true, *tried, title=title)
        if len(quality.weights)
        else "",
    }
