"""Pages on which people ask for changes of the ownership register, and agree to them."""

from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from mdm.configuration import ConfigurationError, asking, stages
from mdm.configuration.asking import PROPAGATION, RequestRefusedError
from mdm.configuration.foreseeing import rule_of
from mdm.configuration.ownership import INHERITED, NOBODY, subject_in
from mdm.domains import ENTITY_TYPES
from mdm.feeds.readers.sheet import FileRefusedError
from mdm.governance import access, trade
from mdm.models import OwnershipRequest, OwnershipRule, OwnershipSegment, SourceSystem
from mdm.observability import cause_of
from mdm.words import displayed, translated
from stewardship import register_sheet
from stewardship.asked import page_of
from stewardship.register_sheet import SheetRefusedError
from stewardship.reports.exports import EXPORTS

LISTED = 100
LARGEST = 10 << 20
"""Bytes of a workbook that is uploaded."""
_REFUSED = (RequestRefusedError, ConfigurationError)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.REPORTS, raise_exception=True)
def requests(request: HttpRequest) -> HttpResponse:
    """What was asked for of the register, newest first, and a form to ask for more."""
    said: dict[str, str] = {}
    if request.method == "POST":
        if not request.user.has_perm(access.CHANGE_OWNERSHIP):
            raise PermissionDenied
        said = {name: request.POST.get(name, "").strip() for name in request.POST}
        try:
            made = _ask(request, said)
            messages.success(request, gettext("Asked for. Its effect is being computed."))
            return redirect("ownership-request", made.pk)
        except _REFUSED as refused:
            messages.error(
                request, gettext("Nothing was asked for: {refused}.").format(refused=refused)
            )
    known = {name: request.GET.get(name, "") for name in ("domain", "attribute", "segment")}
    if known["domain"] in trade.OBJECTS and not said:
        said = _prefilled(known)
    asked_for, more = page_of(request, OwnershipRequest.objects.order_by("-pk"), LISTED)
    context = {
        "requests": asked_for,
        "next_page": more,
        "said": said,
        "objects": [(name, translated(label)) for name, label in trade.OBJECTS.items()],
        "subjects": [
            (translated(declared.plural), name, each.group or each.name, translated(each.label))
            for name, declared in ENTITY_TYPES.items()
            for each in declared.attributes
        ],
        "segments": OwnershipSegment.objects.order_by("domain", "code"),
        "systems": SourceSystem.objects.order_by("code").values_list("code", flat=True),
        "outcomes": OwnershipRule.OnBreach.choices,
        "propagation": [(name, translated(words)) for name, words in PROPAGATION.items()],
        "words": (NOBODY, INHERITED),
    }
    return render(request, "ownership/requests.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.REPORTS, raise_exception=True)
def register(request: HttpRequest) -> HttpResponse:
    """The register as a workbook; an edited one becomes a change to look at before it is asked."""
    at = timezone.now()
    if request.method != "POST":
        export = EXPORTS["xlsx"]
        answer = HttpResponse(
            export.make(register_sheet.register(at)), content_type=export.content_type
        )
        name = f"ownership-register-{at:%Y-%m-%d}.xlsx"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer
    if not request.user.has_perm(access.CHANGE_OWNERSHIP):
        raise PermissionDenied
    try:
        made = _drafted(request, at)
    except SheetRefusedError as refused:
        return render(request, "ownership/sheet.html", {"wrong": refused.wrong}, status=422)
    except (*_REFUSED, FileRefusedError) as refused:
        messages.error(
            request,
            gettext("Nothing was taken from the sheet: {refused}.").format(
                refused=str(refused).rstrip(".")
            ),
        )
        return redirect("ownership")
    return redirect("ownership-request", made.pk)


def _drafted(request: HttpRequest, at: datetime) -> OwnershipRequest:
    file = request.FILES.get("file")
    if file is None:
        raise RequestRefusedError(gettext("choose a workbook"))
    if (file.size or 0) > LARGEST:
        raise RequestRefusedError(
            gettext("the workbook is larger than {most} MiB").format(most=LARGEST >> 20)
        )
    with NamedTemporaryFile(suffix=".xlsx") as kept:
        for chunk in file.chunks():
            kept.write(chunk)
        kept.flush()
        lines = register_sheet.read(Path(kept.name), at)
    if not lines:
        raise RequestRefusedError(gettext("no row of the sheet was edited"))
    reason = request.POST.get("reason", "")
    return asking.ask(lines, reason, draft=True, cause=cause_of(request))


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.REPORTS, raise_exception=True)
def ownership_request(request: HttpRequest, request_id: int) -> HttpResponse:
    """One change that was asked for: its lines, its effect, and who has agreed."""
    found = get_object_or_404(OwnershipRequest, pk=request_id)
    if request.method == "POST":
        done = _decide(request, found)
        if done is not None:
            return done
        found.refresh_from_db()
    today = timezone.now().date()
    context = {
        "asked": found,
        "lines": [_told(line, found.effect or {}) for line in found.lines],
        "effects": [
            _effect(request, domain, each) for domain, each in (found.effect or {}).items()
        ],
        "seats": asking.seats(found, today),
        "missing": asking.missing(found, today),
        "is_mine": found.asked_by == cause_of(request).by,
    }
    return render(request, "ownership/request.html", context)


def _ask(request: HttpRequest, said: dict[str, str]) -> OwnershipRequest:
    cause = cause_of(request)
    systems = said.get("systems", "")
    codes = [code.strip() for code in systems.split(",") if code.strip()]
    words = ("domain", "attribute", "segment", "on_breach", "since", "review_on")
    named = (*words, *OwnershipRule.PEOPLE)
    line: dict[str, Any] = {name: said[name] for name in named if said.get(name)}
    line["systems"] = systems if systems in (NOBODY, INHERITED) else codes
    if line.get("domain") not in trade.OBJECTS:
        raise RequestRefusedError(gettext("choose what it is about"))
    lines = asking.propagated(
        line,
        said.get("propagate") or "none",
        confirmed="confirmed" in said,
        on=cause.at.date(),
    )
    return asking.ask(lines, said.get("reason", ""), cause=cause)


def _prefilled(known: dict[str, str]) -> dict[str, str]:
    """What the register says of a subject now, as the form takes it."""
    subject = known["domain"], known["attribute"], known["segment"]
    line = stages.line_on(stages.rules_of([known["domain"]]), subject, timezone.now().date())
    return {
        name: ", ".join(value) if isinstance(value, list) else str(value or "")
        for name, value in line.items()
    }


def _decide(request: HttpRequest, found: OwnershipRequest) -> HttpResponse | None:
    """Approve, decline or ask for the revert; None after a refusal, which the page tells."""
    person = User.objects.get(username=request.user.get_username())
    reason = request.POST.get("reason", "").strip()
    cause = cause_of(request, reason=reason)
    try:
        match request.POST.get("action"):
            case "submit":
                asking.submit(found.pk, cause=cause)
                messages.success(request, gettext("Asked for."))
            case "approve":
                done = asking.approve(found.pk, person, cause=cause)
                applied = done.state == OwnershipRequest.State.APPLIED
                messages.success(
                    request, gettext("Approved, and applied.") if applied else gettext("Approved.")
                )
            case "decline":
                asking.decline(found.pk, person, cause=cause)
                messages.success(request, gettext("Declined."))
            case "revert":
                if not request.user.has_perm(access.CHANGE_OWNERSHIP):
                    raise PermissionDenied
                found = asking.revert(found.pk, reason, cause=cause)
                messages.success(request, gettext("The revert is asked for."))
    except _REFUSED as refused:
        messages.error(request, gettext("Nothing was changed: {refused}.").format(refused=refused))
        return None
    return redirect("ownership-request", found.pk)


def _told(line: dict[str, Any], effect: dict[str, Any]) -> dict[str, Any]:
    """A line in words, and how many values would change by it."""
    domain, systems = line["domain"], line["systems"]
    rule = rule_of(subject_in(line)[1:])
    return {
        "row": line.get("row", ""),
        "values": effect[domain].get("by_rule", {}).get(rule, 0) if domain in effect else "",
        "domain": trade.OBJECTS.get(domain, domain),
        "attribute": _label(domain, str(line.get("attribute") or "")) or gettext("all of it"),
        "segment": str(line.get("segment") or ""),
        "systems": systems if isinstance(systems, str) else ", ".join(systems),
        "accountable": str(line.get("accountable") or ""),
        "steward": str(line.get("steward") or ""),
        "on_breach": str(line.get("on_breach") or ""),
        "since": str(line["since"]),
    }


def _effect(request: HttpRequest, domain: str, effect: dict[str, Any]) -> dict[str, Any]:
    """What would change in a domain, with values as far as the person may see them."""
    declared = ENTITY_TYPES[domain]
    seen = access.may_view(request.user, domain)
    rows = [
        {
            "url": f"/{domain}/{each['golden_id']}",
            "attribute": _label(domain, each["attribute"]),
            "systems": " → ".join(system or gettext("none") for system in each["systems"]),
            **{
                when: displayed(declared[each["attribute"]], each[when])
                if access.may_see(request.user, declared[each["attribute"]])
                else access.MASK
                for when in ("before", "after")
            },
        }
        for each in effect["sample"]
        if seen and each["attribute"] in declared
    ]
    attributes = effect["by_attribute"].items()
    return {
        **effect,
        "plural": translated(declared.plural),
        "by_attribute": [(_label(domain, name), count) for name, count in attributes],
        "by_systems": effect["by_systems"].items(),
        "sample": rows,
    }


def _label(domain: str, name: str) -> str:
    declared = ENTITY_TYPES.get(domain)
    known = declared is not None and name in declared
    return translated(declared[name].label) if declared and known else name
