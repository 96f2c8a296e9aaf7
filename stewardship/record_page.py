"""The page of a source record: what its source sent, where it belonged, what people said of it."""

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from mdm.governance import access
from mdm.models import CrosswalkLink, SourceRecord
from mdm.observability import cause_of
from mdm.schema import EntityType
from mdm.words import displayed, translated
from stewardship import correcting, decided
from stewardship.asked import visible_domain
from stewardship.forms import ConditionForm
from stewardship.undoing import announce

NEWEST = 20
"""How many versions and links of a source record its page shows."""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def source_record(request: HttpRequest, domain: str, record_id: int) -> HttpResponse:
    """One source record; stewards say here what they hold against it."""
    declared = visible_domain(request, domain)
    found = SourceRecord.objects.select_related("system", "home_feed").filter(domain=domain)
    record = get_object_or_404(found, pk=record_id)
    form = ConditionForm(request.POST or None, initial={"condition": record.condition})
    if request.method == "POST":
        if not request.user.has_perm(access.STEWARD):
            raise PermissionDenied
        if form.is_valid() and _carried_out(request, record, form):
            return redirect("source-record", domain, record_id)
    context = {
        "entity_type": declared,
        "record": record,
        "url": record.system.url_of(domain, record.source_key),
        "values": _values(request.user, declared, record),
        "links": _links(record),
        "versions": _versions(request.user, declared, record),
        "decisions": decided.about(record.pk) if request.user.has_perm(access.STEWARD) else [],
        "form": form,
    }
    return render(request, "golden/source_record.html", context)


def _carried_out(request: HttpRequest, record: SourceRecord, form: ConditionForm) -> bool:
    """Whether what the person asks for was done; if not, the form says why."""
    cause = cause_of(request, reason=form.cleaned_data["reason"])
    try:
        match request.POST.get("action"):
            case "condition":
                done = correcting.set_condition(
                    record.pk, form.cleaned_data["condition"], cause=cause
                )
            case "isolate" | "readmit" as action:
                done = correcting.isolate(record.pk, isolated=action == "isolate", cause=cause)
            case _:
                raise Http404
    except correcting.RecordRefusedError as refused:
        form.add_error(None, gettext("Nothing was changed: {refused}.").format(refused=refused))
        return False
    announce(request, done, f"{done.get_kind_display()}.")
    return True


def _values(
    actor: access.Actor, declared: EntityType, record: SourceRecord
) -> list[dict[str, Any]]:
    """The standardised values, in the order of the declaration."""
    shown = set(access.visible(actor, declared))
    return [
        {
            "label": translated(each.label),
            "glossary": translated(each.glossary),
            "value": displayed(each, value) if each in shown else access.MASK,
            "doubtful": each.name in record.doubtful,
        }
        for each in declared.attributes
        if (value := record.attributes.get(each.name)) is not None
    ]


def _versions(
    actor: access.Actor, declared: EntityType, record: SourceRecord
) -> list[dict[str, Any]]:
    """What the source sent, newest first; as it was sent only for who may see all of the domain."""
    may_see_all = len(access.visible(actor, declared)) == len(declared.attributes)
    newest = record.versions.select_related("feed").order_by("-number")[:NEWEST]
    return [{"version": each, "sent": each.raw.items() if may_see_all else None} for each in newest]


def _links(record: SourceRecord) -> Sequence[CrosswalkLink]:
    """Its newest links; live and ended ones are found by an index each."""
    either = Q(unlinked_at=None) | Q(unlinked_at__isnull=False)
    newest = record.links.filter(either).order_by("-linked_at", "-pk")
    return list(newest.select_related("golden")[:NEWEST])
