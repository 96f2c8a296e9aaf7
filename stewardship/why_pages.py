"""Why two records are not one: what kept them from meeting, and what speaks against them."""

from collections.abc import Sequence
from functools import reduce
from math import ceil
from operator import or_
from typing import Any

from django.contrib.auth.decorators import permission_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from matching.charts.waterfall import waterfall
from matching.domains import MODELS
from matching.engine.explain import Explanation
from matching.explaining import NothingToExplainError, explain_records
from matching.models import MatchPair
from matching.sight import as_seen
from mdm import words
from mdm.domains import entity_type
from mdm.governance import access
from mdm.models import SourceRecord
from stewardship import wording
from stewardship.comparing import side_by_side


@require_safe
@permission_required(access.STEWARD, raise_exception=True)
def why_not(request: HttpRequest) -> HttpResponse:
    """Any two source records of one domain, named as SYSTEM:KEY, compared here and now."""
    names = [request.GET.get(name, "").strip() for name in ("left", "right")]
    domains = [domain for domain in access.domains(request.user) if domain in MODELS]
    domain = request.GET.get("domain", "")
    context: dict[str, Any] = {
        "left": names[0],
        "right": names[1],
        "domain": domain,
        "domains": [(name, words.translated(entity_type(name).label)) for name in domains],
    }
    if all(names) and domain in domains:
        context |= _explained(request, domain, names)
    return render(request, "stewardship/why_not.html", context)


def _explained(request: HttpRequest, domain: str, names: list[str]) -> dict[str, Any]:
    known = _records(domain, names)
    records = [known.get(name) for name in names]
    for name, record in zip(names, records, strict=True):
        if record is None:
            return {
                "refused": gettext("No {what} is known as {name}.").format(
                    what=words.inside(entity_type(domain).label), name=name
                )
            }
    left, right = (record for record in records if record is not None)
    try:
        explained = explain_records(left.pk, right.pk).explanation
    except NothingToExplainError as refused:
        return {"refused": str(refused)}
    explanation = as_seen(request.user, explained)
    declared = entity_type(domain)
    ends = {"left": min(left.pk, right.pk), "right": max(left.pk, right.pk)}
    return {
        "sentence": wording.sentence(explanation, declared.label),
        "reasons": reasons(explanation),
        "flips": [flip.sentence for flip in explanation.flips],
        "chart": waterfall(explanation),
        "records": [left, right],
        "entity_type": declared,
        "lines": side_by_side(request.user, declared, [left.attributes, right.attributes]),
        "pair": MatchPair.objects.filter(**ends).first(),
    }


def reasons(explanation: Explanation) -> list[str]:
    """Step by step what keeps two records from being one, in words."""
    said = []
    if explanation.found_by:
        said.append(
            gettext("They are compared, as they have the “{found_by}”.").format(
                found_by=words.translated(explanation.found_by)
            )
        )
    else:
        said.append(gettext("Nothing brings them together to be compared:"))
        said += [
            gettext("“{blocking}” does not, as {reason}.").format(
                blocking=words.translated(miss.blocking), reason=miss.reason
            )
            for miss in explanation.missed
        ]
    if explanation.veto:
        said.append(
            gettext("A different {veto} keeps them apart, whatever else agrees.").format(
                veto=words.translated(explanation.veto)
            )
        )
    weight = explanation.match_weight
    against = [item for item in explanation.evidence if item.weight < 0]
    said += [
        gettext("{comparison}: {level} takes {bits} bits away.").format(
            comparison=words.translated(item.comparison),
            level=words.translated(item.level),
            bits=number_format(-item.weight, 1),
        )
        for item in sorted(against, key=lambda item: item.weight)
    ]
    missing = (
        (
            gettext("{bits} bits are missing for them to be merged without a person."),
            explanation.merge_at,
        ),
        (
            gettext("{bits} bits are missing for them to be shown to a person."),
            explanation.review_at,
        ),
    )
    said += [
        text.format(bits=number_format(ceil((least - weight) * 10) / 10, 1))  # never "0.0"
        for text, least in missing
        if weight < least
    ]
    return said


def _records(domain: str, names: Sequence[str]) -> dict[str, SourceRecord]:
    """The source records that are there, by their names as SYSTEM:KEY in any case of letters."""
    asked = {name: name.partition(":")[::2] for name in names}
    places = [Q(system__code=code.upper(), source_key=key) for code, key in asked.values()]
    known = SourceRecord.objects.select_related("system").filter(reduce(or_, places), domain=domain)
    found = {(each.system.code, each.source_key): each for each in known}
    return {
        name: found[place]
        for name, (code, key) in asked.items()
        if (place := (code.upper(), key)) in found
    }
