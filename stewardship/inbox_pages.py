"""Pages of the inbox: what waits, who takes it, and when it comes back."""

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.formats import date_format
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from mdm.domains import entity_type
from mdm.governance import access
from mdm.governance.exposure import amounts_of
from mdm.models import SourceSystem
from mdm.observability import cause_of
from mdm.words import translated
from stewardship import claiming, inbox, opening, wording
from stewardship.claiming import TaskTakenError
from stewardship.inbox import Filters
from stewardship.models import StewardshipTask
from stewardship.opening import Opened
from stewardship.retelling import retold


@require_safe
@permission_required(access.STEWARD, raise_exception=True)
def inbox_page(request: HttpRequest) -> HttpResponse:
    """What waits for a person: the gravest first, then by money, doubt and age."""
    reader, filters = opening.reader_of(request), Filters.of(request.GET)
    tasks, more = inbox.page(reader, filters, request.GET.get("after", ""))
    titles = inbox.titles(request.user, tasks)
    (counts,) = inbox.counted_by_kind(reader, filters)
    asked = counts.get(filters.kind, 0) if filters.kind else sum(counts.values())
    first = Opened(None, filters, reader)
    context = {
        "filters": filters,
        "rows": [
            {
                "task": each,
                "titles": titles[each.pk],
                "name": gettext(" and ").join(titles[each.pk]) or retold(each.summary),
                "domain": translated(entity_type(each.domain).label),
                "address": f"{each.address()}?{first.query}",
                "held_by": _held(each, reader),
                "clock": wording.clock(each.due_at, reader.at),
                "chance": wording.probability(each.match_weight)
                if each.match_weight is not None
                else "",
                "at_stake": wording.money(amounts_of(each.at_stake or {})),
            }
            for each in tasks
        ],
        "count": inbox.in_words(asked),
        "kinds": _kinds(counts),
        "domains": [(name, translated(entity_type(name).plural)) for name in reader.domains],
        "systems": SourceSystem.objects.order_by("code").values_list("code", flat=True),
        "people": _stewards(reader.name),
        "bands": [(name, words) for name, (words, *_) in inbox.BANDS.items()],
        "ages": [(name, words) for name, (words, _) in inbox.AGES.items()],
        "whose": inbox.WHOSE.items(),
        "whens": inbox.WHEN.items(),
        "me": reader.name,
        "first": first.skip,
        "next_page": "&".join(filter(None, [filters.query, f"after={more}"])) if more else "",
    }
    return render(request, "stewardship/inbox.html", context)


def _kinds(counts: dict[str, int]) -> list[dict[str, str]]:
    labels = dict(StewardshipTask.Kind.choices)
    return [
        {"kind": kind, "label": str(labels[kind]), "count": inbox.in_words(count)}
        for kind, count in counts.items()
    ]


def _held(task: StewardshipTask, reader: inbox.Reader) -> str:
    fresh = task.held_until is not None and task.held_until > reader.at
    return task.held_by if fresh and task.held_by != reader.name else ""


def _stewards(me: str) -> list[str]:
    """Who may be given a task."""
    app, codename = access.STEWARD.split(".")
    may = {"permissions__codename": codename, "permissions__content_type__app_label": app}
    by_role = {f"groups__{name}": value for name, value in may.items()}
    alone = {f"user_{name}": value for name, value in may.items()}
    found = User.objects.filter(Q(**by_role) | Q(**alone), is_active=True).distinct()
    return inbox.assignable(found.values_list("username", flat=True), me)


@require_safe
@permission_required(access.STEWARD, raise_exception=True)
def next_task(request: HttpRequest) -> HttpResponse:
    """On to the next task that nobody else has, without going back to the list."""
    return opening.lead_on(request, request.GET.get("after", ""))


@require_POST
@permission_required(access.STEWARD, raise_exception=True)
def arrange(request: HttpRequest, task_id: int) -> HttpResponse:
    """Claim a task, release it, give it to somebody, or put it off."""
    task = _seen(request, task_id)
    action, me = request.POST.get("action", ""), request.user.get_username()
    try:
        words = _arrange(request, task, action, me)
    except (TaskTakenError, ValueError) as refused:
        messages.error(request, gettext("Nothing was changed: {refused}.").format(refused=refused))
        return redirect(_back(request))
    messages.success(request, words)
    if action == "defer" and "inbox" in request.POST:
        return opening.lead_on(request, inbox.place(task))
    return redirect(_back(request))


def _arrange(request: HttpRequest, task: StewardshipTask, action: str, me: str) -> str:
    cause = cause_of(request)
    if action == "claim":
        claiming.claim(task.pk, me, cause=cause)
        return gettext("It is yours.")
    if action == "release":
        claiming.assign(task.pk, "", cause=cause)
        return gettext("Anybody can take it now.")
    if action == "assign":
        person = request.POST.get("person", "")
        if person not in _stewards(me):
            raise ValueError(
                gettext("{person} is no steward").format(person=person or gettext("nobody"))
            )
        claiming.assign(task.pk, person, cause=cause)
        return gettext("{person} has it now.").format(person=person)
    if action == "defer":
        until = request.POST.get("until", "")
        day = parse_date(until) if until else None
        if until and day is None:
            raise ValueError(gettext("{until} is no day").format(until=until))
        claiming.defer(task.pk, day, cause=cause)
        return (
            gettext("Put off until {day}.").format(day=date_format(day, "DATE_FORMAT"))
            if day
            else gettext("It waits again.")
        )
    raise Http404


@require_safe
@permission_required(access.STEWARD, raise_exception=True)
def presence(request: HttpRequest, task_id: int) -> HttpResponse:
    """Who has a task on the screen now; no content while it is as the page says."""
    task = _seen(request, task_id)
    seen = opening.opened(request, StewardshipTask.Kind(task.kind), task.subject)
    if request.GET.get("seen", "") == seen.presence:
        return HttpResponse(status=204)
    return render(request, "stewardship/_presence.html", {"opened": seen})


def _seen(request: HttpRequest, task_id: int) -> StewardshipTask:
    """The task, if the person may see its domain."""
    task = get_object_or_404(StewardshipTask, pk=task_id)
    if not access.may_view(request.user, task.domain):
        raise PermissionDenied
    return task


def _back(request: HttpRequest) -> str:
    """Where the person came from, inside the hub."""
    back = request.POST.get("back", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return back if safe and back.startswith("/") else reverse("inbox")
