"""Pages on which integrators see and manage webhooks."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from mdm.cause import Cause
from mdm.governance import access
from mdm.models import Subscription
from mdm.observability import cause_of
from mdm.webhooks import subscriptions, telling
from mdm.webhooks.subscriptions import SubscriptionError, Wish
from stewardship.asked import page_of
from stewardship.webhook_form import WebhookForm

PAGE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.WEBHOOKS, raise_exception=True)
def webhooks(request: HttpRequest) -> HttpResponse:
    """The webhooks that there are, and a form for a new one; its secret is shown once."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST":
        if not request.user.has_perm(access.MANAGE_WEBHOOKS):
            raise PermissionDenied
        if form.is_valid() and (made := _subscribe(request, form)):
            return made
    counted = {
        state: Count("deliveries", filter=Q(deliveries__state=state))
        for state in ("waiting", "dead")
    }
    kept = Subscription.objects.kept().annotate(**counted).order_by("name", "pk")
    rows, more = page_of(request, kept, PAGE)
    context = {"rows": rows, "next_page": more, "form": form, "now": timezone.now()}
    return render(request, "webhooks/list.html", context)


def _subscribe(request: HttpRequest, form: WebhookForm) -> HttpResponse | None:
    try:
        wish = Wish(**form.cleaned_data)
        made, secret = subscriptions.subscribe(wish, request.user, cause=cause_of(request))
    except SubscriptionError as refused:
        form.add_error(refused.field, f"{refused}.")
        return None
    return render(request, "webhooks/secret.html", {"webhook": made, "secret": secret})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.WEBHOOKS, raise_exception=True)
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """One webhook: its state, what was delivered last, what was given up, and what can be done."""
    found = get_object_or_404(Subscription.objects.kept(), pk=webhook_id)
    if request.method == "POST":
        if not subscriptions.may_manage(request.user, found):
            raise PermissionDenied
        return _act(request, found)
    last = found.deliveries.order_by("-position").prefetch_related("tries")[:PAGE]
    context = {
        "webhook": found,
        "may_manage": subscriptions.may_manage(request.user, found),
        "rests": bool(found.rests_until and found.rests_until > timezone.now()),
        "waiting": found.deliveries.waiting().count(),
        "dead": found.deliveries.dead().count(),
        "deliveries": last,
    }
    return render(request, "webhooks/webhook.html", context)


def _act(request: HttpRequest, found: Subscription) -> HttpResponse:
    action, cause = request.POST.get("action", ""), cause_of(request)
    if action == "rotate":
        secret = subscriptions.rotate(found.pk, cause=cause)
        return render(request, "webhooks/secret.html", {"webhook": found, "secret": secret})
    if action == "end":
        subscriptions.end(found.pk, cause=cause)
        messages.success(
            request, gettext("{name} is told nothing any more.").format(name=found.name)
        )
        return redirect("webhooks")
    messages.success(request, _done(action, found, request.POST.get("position", ""), cause))
    return redirect("webhook", found.pk)


def _done(action: str, found: Subscription, position: str, cause: Cause) -> str:
    """What was done, in words."""
    if action == "ping":
        answer = subscriptions.ping(found, cause=cause)
        said = gettext("{status} after {milliseconds} ms").format(
            status=answer.status or answer.problem, milliseconds=answer.milliseconds
        )
        if answer.taken:
            return gettext("The test event was taken: {said}.").format(said=said)
        return gettext("The test event was not taken: {said}.").format(said=said)
    if action == "pause":
        subscriptions.pause(found.pk, cause=cause)
        return gettext("Nothing is sent until it resumes; nothing is lost.")
    if action == "resume":
        subscriptions.resume(found.pk, cause=cause)
        return gettext("What waited is sent now.")
    if action == "replay" and position.isascii() and position.isdigit() and len(position) < 19:
        count = telling.replay(found, int(position), int(position))
        return _sent_again(count)
    if action == "replay-dead":
        return _sent_again(telling.replay_dead(found))
    return gettext("Nothing was done.")


def _sent_again(count: int) -> str:
    return ngettext("{count} event is sent again.", "{count} events are sent again.", count).format(
        count=count
    )
