"""Pages on which people pin a value, and say whether a contested pin still holds."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from mdm import overrides
from mdm.governance import access
from mdm.models import GoldenRecord, Override
from mdm.observability import cause_of
from mdm.overrides import OverrideError
from mdm.words import displayed
from stewardship import company, correcting, golden_pages, opening, refusals
from stewardship.asked import visible_domain
from stewardship.forms import PinForm
from stewardship.models import StewardshipTask
from stewardship.undoing import announce


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def contested_pin(request: HttpRequest, override_id: int) -> HttpResponse:
    """A pinned value of which sources came to say something else: keep it, or let them win."""
    override = get_object_or_404(Override.objects.select_related("golden"), pk=override_id)
    declared = visible_domain(request, override.golden.domain)
    attribute = declared[override.attribute]
    if not access.may_see(request.user, attribute):
        raise PermissionDenied
    if request.method == "POST":
        action = request.POST.get("action")
        if action not in ("keep", "end"):
            raise Http404
        try:
            if action == "keep":
                overrides.confirm_override(override.pk, cause=cause_of(request))
                messages.success(request, gettext("The pin stays."))
            else:
                ended = correcting.unpin(override.pk, cause=cause_of(request))
                announce(request, ended, gettext("The sources decide again."))
        except OverrideError as refused:
            messages.error(
                request, gettext("Nothing was changed: {refused}.").format(refused=refused)
            )
        return opening.go_on(request, StewardshipTask.Kind.CONTESTED_PIN, override.pk)
    context = {
        "opened": opening.opened(request, StewardshipTask.Kind.CONTESTED_PIN, override.pk),
        "override": override,
        "attribute": attribute,
        "said": displayed(attribute, override.value),
        "beat": displayed(attribute, override.beats),
        "rival": displayed(attribute, override.rival),
    }
    return render(request, "stewardship/contested_pin.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def pin(request: HttpRequest, domain: str, golden_id: UUID, attribute: str) -> HttpResponse:
    """Pin a value that outranks what all sources say, with a reason and perhaps an end."""
    declared = visible_domain(request, domain)
    record = get_object_or_404(GoldenRecord.objects.of(domain).standing(), pk=golden_id)
    if attribute not in declared or declared[attribute].many:
        raise Http404
    if not access.may_see(request.user, declared[attribute]):
        raise PermissionDenied
    form = PinForm(request.POST or None, attribute=declared[attribute])
    if request.method == "POST" and form.is_valid():
        cause = cause_of(request, reason=form.cleaned_data["reason"])
        try:
            action = correcting.pin(
                record.pk,
                attribute,
                form.cleaned_data["value"] or None,
                expires_at=form.cleaned_data["expires_at"],
                seen=request.POST.get("seen"),
                cause=cause,
            )
        except OverrideError as refused:
            refusals.note(refused, cause)
            form.add_error("value", str(refused))
            record.refresh_from_db()
        else:
            announce(request, action, gettext("Pinned."))
            return redirect("golden", domain, record.pk)
    context = {
        "entity_type": declared,
        "record": record,
        "title": golden_pages.title(request.user, declared, record),
        "attribute": declared[attribute],
        "value": displayed(declared[attribute], record.attributes.get(attribute)),
        "form": form,
        "company": company.at_golden(request, domain, [record.pk]),
        "seen": correcting.seen_of(record, attribute),
    }
    return render(request, "stewardship/pin.html", context)
