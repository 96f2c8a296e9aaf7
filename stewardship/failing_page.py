"""The very records that fail a rule of data quality, as a figure of the scorecard counts them."""

from typing import Any

from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from mdm.governance import access
from mdm.models import GoldenRecord, QualityRun, SourceRecord, SourceSystem
from mdm.quality import scorecard
from mdm.quality.failing import Failing
from mdm.quality.rules import QualityRule, rules_of
from mdm.schema import EntityType
from mdm.words import displayed, translated
from stewardship.asked import id_of, number, visible_domain
from stewardship.reports.quality import GOLDEN, RECORD

PAGE = 50


@require_safe
@permission_required(access.QUALITY, raise_exception=True)
def failing(request: HttpRequest, domain: str) -> HttpResponse:
    """The records that a figure counts as failed, with the query that finds them."""
    declared = visible_domain(request, domain)
    rule = _visible_rule(request, declared)
    code = request.GET.get("system", "")
    system = get_object_or_404(SourceSystem, code=code) if code else None
    run = QualityRun.objects.filter(domain=domain).order_by("-scored_at", "-pk").first()
    at = run.scored_at if run else timezone.now()
    asked = Failing(domain, rule, system.pk if system else None, at)
    try:
        ids = asked.ids(_after(request, golden=system is None), PAGE + 1)
    except LookupError:
        raise Http404 from None
    counted = run.scores.filter(rule=rule.code, system=system).first() if run else None
    records = _sources if system else _goldens
    context = {
        "entity_type": declared,
        "rule": rule,
        "label": translated(declared[rule.attribute].label if rule.attribute else RECORD),
        "system": code or translated(GOLDEN),
        "run": run,
        "counted": counted,
        "rows": records(request.user, declared, rule, ids[:PAGE]),
        "columns": [translated(declared[name].label) for name in rule.reads],
        "query": asked.query(),
        "next_page": urlencode({"rule": rule.code, "system": code, "after": ids[PAGE - 1]})
        if len(ids) > PAGE
        else "",
    }
    return render(request, "quality/failing.html", context)


def _visible_rule(request: HttpRequest, declared: EntityType) -> QualityRule:
    """The rule that is asked for, if the person may see all that it reads."""
    code = request.GET.get("rule", "")
    if code not in rules_of(declared):
        raise Http404
    found = scorecard.visible_rules(request.user, declared.domain).get(code)
    if found is None:
        raise PermissionDenied
    return found


def _after(request: HttpRequest, *, golden: bool) -> str:
    """The id after which the page begins; not found when it is none."""
    after = request.GET.get("after", "")
    return str(id_of(after) if golden else number(after)) if after else ""


def _sources(
    actor: access.Actor, declared: EntityType, rule: QualityRule, ids: list[Any]
) -> list[dict[str, Any]]:
    found = SourceRecord.objects.select_related("system").in_bulk(ids)
    return [
        {
            "label": str(found[id_]),
            "title": access.title_for(actor, declared, declared.title(found[id_].attributes)),
            "url": reverse("source-record", args=[declared.domain, id_]),
            "values": _values(declared, rule, found[id_].attributes),
        }
        for id_ in ids
    ]


def _goldens(
    actor: access.Actor, declared: EntityType, rule: QualityRule, ids: list[Any]
) -> list[dict[str, Any]]:
    found = GoldenRecord.objects.in_bulk(ids)
    return [
        {
            "label": gettext("golden record"),
            "title": access.title_for(actor, declared, found[id_].title),
            "url": reverse("golden", args=[declared.domain, id_]),
            "values": _values(declared, rule, found[id_].attributes),
        }
        for id_ in ids
    ]


def _values(declared: EntityType, rule: QualityRule, said: dict[str, Any]) -> list[str]:
    """What the record says in the attributes that the rule reads; all of them may be seen."""
    return [displayed(declared[name], said.get(name)) for name in rule.reads]
