"""The page of a proposed change: what its owner says, what another system says, and the money."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from mdm.governance import access, proposals
from mdm.governance.exposure import exposure_of
from mdm.models import GoldenRecord, OwnershipBreach
from mdm.observability import cause_of
from mdm.overrides import OverrideError
from mdm.words import displayed
from stewardship import golden_pages, opening, proposing, refusals
from stewardship.asked import visible_domain
from stewardship.reports.table import written
from stewardship.undoing import announce


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def proposal(request: HttpRequest, breach_id: int) -> HttpResponse:
    """Take what the other system proposes, or keep what the owner says."""
    found = OwnershipBreach.objects.exclude(record=None).select_related("system", "owner", "record")
    breach = get_object_or_404(found, pk=breach_id, outcome="propose")
    declared = visible_domain(request, breach.domain)
    if breach.attribute not in declared:
        raise Http404
    attribute = declared[breach.attribute]
    if not access.may_see(request.user, attribute):
        raise PermissionDenied
    if request.method == "POST":
        done = _decide(request, breach)
        if done is not None:
            return done
    record = GoldenRecord.objects.filter(
        links__record=breach.record_id, links__unlinked_at=None
    ).first()
    at_stake = exposure_of([record.pk], timezone.now().date()) if record else {}
    context = {
        "opened": opening.opened(request, proposing.KIND, breach.pk),
        "breach": breach,
        "attribute": attribute,
        "record": record,
        "title": golden_pages.title(request.user, declared, record) if record else "",
        "value": displayed(attribute, record.attributes.get(breach.attribute)) if record else "",
        "before": displayed(attribute, breach.before),
        "after": displayed(attribute, breach.after),
        "owned": displayed(attribute, breach.owned),
        "stands": bool(proposals.standing([breach.pk])),
        "at_stake": [
            (currency, written(amount))
            for currency, amount in sorted(at_stake.get(record.pk, {}).items() if record else ())
        ],
    }
    return render(request, "stewardship/proposal.html", context)


def _decide(request: HttpRequest, breach: OwnershipBreach) -> HttpResponse | None:
    """Take the proposed value, or keep the owner's; None after a refusal, which the page tells."""
    reason, action = request.POST.get("reason", "").strip(), request.POST.get("action")
    if action not in ("take", "keep"):
        raise Http404
    if action == "take":
        reason = reason or f"{breach.written_by} proposed it"
    cause = cause_of(request, reason=reason)
    try:
        if action == "take":
            taken = proposing.take(breach, cause=cause)
            announce(request, taken, gettext("The proposed value is pinned."))
        else:
            proposing.keep(breach, cause=cause)
            messages.success(request, gettext("What the owner says stays."))
    except OverrideError as refused:
        refusals.note(refused, cause)
        messages.error(request, gettext("Nothing was changed: {refused}.").format(refused=refused))
        return None
    return opening.go_on(request, proposing.KIND, breach.pk)
