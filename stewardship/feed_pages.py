"""Pages about feeds: how they are, what arrived, and what a file would do before it does it."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from mdm.domains import entity_type
from mdm.feeds import batches as feed_batches
from mdm.feeds import drafting, trials
from mdm.feeds import progress as feed_progress
from mdm.governance import access
from mdm.models import Feed, FeedBatch, FeedRow
from mdm.observability import cause_of
from mdm.words import translated
from stewardship import opening, quarantine_pages, wording
from stewardship.asked import number, visible_domain
from stewardship.feed_values import Sight, in_words
from stewardship.models import StewardshipTask

PAGE = 50
RECENT = 12
State = FeedBatch.State


@require_safe
@permission_required(access.FEEDS, raise_exception=True)
def feeds(request: HttpRequest) -> HttpResponse:
    """The feeds of what the person may see, with what is wrong with each."""
    seen = Feed.objects.filter(domain__in=access.domains(request.user))
    found = seen.select_related("system").order_by("code")
    if after := request.GET.get("after", ""):
        found = found.filter(code__gt=after)
    page = list(found[: PAGE + 1])
    more = f"after={page[PAGE - 1].code}" if len(page) > PAGE else ""
    return render(request, "feeds/feeds.html", {"feeds": _health(page[:PAGE]), "next_page": more})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.FEEDS, raise_exception=True)
def feed(request: HttpRequest, code: str) -> HttpResponse:
    """One feed: its health, a place to drop a file, what arrived lately, and its mapping."""
    found = get_object_or_404(Feed.objects.select_related("system"), code=code)
    declared = visible_domain(request, found.domain)
    if request.method == "POST":
        return _upload(request, found)
    mapping = found.newest_mapping()
    targets = {each: wording.target(label) for each, label in drafting.targets(declared).items()}
    columns = drafting.read(mapping.specification) if mapping else {}
    (health,) = _health([found])
    context = {
        "entity_type": declared,
        "health": health,
        "batches": found.batches.select_related("feed").order_by("-pk")[:RECENT],
        "mapping": mapping,
        "columns": [(column, targets.get(target, target)) for column, target in columns.items()],
        "largest": settings.FEED_UPLOAD_MEGABYTES,
    }
    return render(request, "feeds/feed.html", context)


@require_safe
@permission_required(access.FEEDS, raise_exception=True)
def batches(request: HttpRequest) -> HttpResponse:
    """Feed batches, newest first."""
    seen = FeedBatch.objects.filter(feed__domain__in=access.domains(request.user))
    found = seen.select_related("feed").order_by("-pk")
    if before := request.GET.get("before", ""):
        found = found.filter(pk__lt=number(before))
    page = list(found[: PAGE + 1])
    more = f"before={page[PAGE - 1].pk}" if len(page) > PAGE else ""
    return render(request, "feeds/batches.html", {"batches": page[:PAGE], "next_page": more})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.FEEDS, raise_exception=True)
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One feed batch: how far it is, what it did or would do, and the rows with problems."""
    found = _batch(request, batch_id)
    if request.method == "POST":
        return _decide(request, found)
    rows = found.rows.exclude(outcome=FeedRow.Outcome.OUT_OF_SCOPE).order_by("row_number")
    if after := request.GET.get("after", ""):
        rows = rows.filter(row_number__gt=number(after))
    page = list(rows[: PAGE + 1])
    for row in page:
        row.batch = found
    outside = found.rows.filter(outcome=FeedRow.Outcome.OUT_OF_SCOPE).values_list("message")
    sight = Sight(request.user, found)
    how_far = feed_progress.of(found)
    context = {
        "batch": found,
        "error": how_far.stopped,
        "progress": how_far,
        "may": _may(request, found, stopped=bool(how_far.stopped)),
        "applied_as": FeedBatch.objects.filter(trial=found).first() if found.keeps_file else None,
        "figures": _figures(found),
        "misfits": trials.problems_of(found)
        if found.state == State.UPLOADED and found.mapping
        else [],
        "ledger": [(name.replace("_", " "), count) for name, count in found.ledger.items()],
        "samples": _samples(found.prediction),
        "changes": [sight.change(each) for each in found.prediction.get("changes", ())],
        "reasons": outside.annotate(count=Count("pk")).order_by("-count"),
        "rows": in_words(request.user, page[:PAGE]),
        "next_page": quarantine_pages.listed(request, after=str(page[PAGE - 1].row_number))
        if len(page) > PAGE
        else "",
        "listed": quarantine_pages.listed(request, batch=str(found.pk)),
    }
    if found.state == State.APPLIED and request.user.has_perm(access.STEWARD):
        context["opened"] = opening.opened(request, StewardshipTask.Kind.QUARANTINE, found.pk)
    return render(request, "feeds/batch.html", context)


@require_safe
@permission_required(access.FEEDS, raise_exception=True)
def progress(request: HttpRequest, batch_id: int) -> HttpResponse:
    """How far a batch is; once nothing goes on any more the whole page is asked for again."""
    found = _batch(request, batch_id)
    how_far = feed_progress.of(found)
    context = {"batch": found, "progress": how_far}
    answer = render(request, "feeds/_progress.html", context)
    if how_far.settled:
        answer["HX-Refresh"] = "true"
    return answer


def _batch(request: HttpRequest, batch_id: int) -> FeedBatch:
    """The batch, if the person may see what it holds."""
    known = FeedBatch.objects.select_related("feed__system", "mapping", "trial")
    found = get_object_or_404(known, pk=batch_id)
    visible_domain(request, found.feed.domain)
    return found


def _may(request: HttpRequest, batch: FeedBatch, *, stopped: bool) -> dict[str, bool]:
    """What this person may do with the batch as it is."""
    user = request.user
    runs, releases = user.has_perm(access.RUN_FEEDS), user.has_perm(access.RELEASE_FEEDS)
    maps = user.has_perm(access.MAP_FEEDS)
    tried = batch.keeps_file and batch.state == State.PREVIEWED
    open_trial = batch.keeps_file and batch.state in (State.UPLOADED, State.PREVIEWED)
    waiting = batch.state == State.WAITING
    return {
        "release": waiting and releases,
        "retry": stopped and runs,
        "discard": (waiting and releases) or (stopped and runs and batch.state == State.RECEIVED),
        "apply": tried and runs and (batch.draft is None or maps),
        "map": open_trial and maps,
        "put_away": open_trial and runs,
    }


def _decide(request: HttpRequest, batch: FeedBatch) -> HttpResponse:
    """Release, retry, discard, apply or put away, as far as the person may."""
    action = request.POST.get("action", "")
    verbs: dict[str, Any] = {
        "release": feed_batches.release,
        "retry": feed_batches.release,
        "discard": feed_batches.discard,
        "apply": trials.apply,
        "put_away": trials.put_away,
    }
    needed = access.RELEASE_FEEDS if action == "release" else access.RUN_FEEDS
    if action == "discard" and batch.state == State.WAITING:
        needed = access.RELEASE_FEEDS
    if not request.user.has_perm(needed):
        raise PermissionDenied
    if (
        action == "apply"
        and batch.draft is not None
        and not request.user.has_perm(access.MAP_FEEDS)
    ):
        raise PermissionDenied
    if action not in verbs:
        raise Http404
    try:
        done: FeedBatch = verbs[action](batch.pk, cause=cause_of(request))
    except feed_batches.BatchStateError as error:
        messages.warning(request, gettext("Nothing was changed: {error}.").format(error=error))
        return redirect("batch", batch.pk)
    if action == "put_away":
        messages.success(request, gettext("Put away. Nothing of the file was kept."))
        return redirect("feed", batch.feed.code)
    return redirect("batch", done.pk)


def _upload(request: HttpRequest, feed: Feed) -> HttpResponse:
    """Take a file in to be tried, or say why not."""
    if not request.user.has_perm(access.RUN_FEEDS):
        raise PermissionDenied
    file = request.FILES.get("file")
    most = settings.FEED_UPLOAD_MEGABYTES
    if file is None:
        problem = gettext(
            "No file arrived. Choose one, or drop it onto the field, and send it again"
        )
    elif (file.size or 0) > most << 20:
        problem = gettext(
            "{name} has {size} MB, more than {most}. Split it, or let an administrator load it"
            " with manage.py load_feed"
        ).format(name=file.name, size=f"{(file.size or 0) / (1 << 20):,.0f}", most=most)
    else:
        batch = trials.bring(feed, str(file.name), file.chunks(1 << 20), cause=cause_of(request))
        return redirect("batch", batch.pk)
    messages.error(request, f"{problem}.")
    return redirect("feed", feed.code)


def _health(feeds: list[Feed]) -> list[dict[str, Any]]:
    """Each feed with its last batch, what waits in it, and a word for how it is."""
    real = FeedBatch.objects.filter(feed__in=feeds, dry_run=False)
    last = {
        each.feed_id: each
        for each in real.filter(partial=False).order_by("feed_id", "-pk").distinct("feed_id")
    }
    held = dict(
        real.filter(state=State.WAITING).order_by("feed_id", "-pk").values_list("feed_id", "pk")
    )
    rows = FeedRow.objects.filter(state=FeedRow.State.OPEN, batch__feed__in=feeds)
    counted = rows.values_list("batch__feed").annotate(count=Count("pk"))
    waiting: dict[int, int] = dict(counted)
    now = timezone.now()
    return [
        {
            "feed": each,
            "domain": translated(entity_type(each.domain).plural),
            "last": last.get(each.pk),
            "held": held.get(each.pk),
            "rows": waiting.get(each.pk, 0),
            "word": _word(each, last.get(each.pk), each.pk in held, waiting.get(each.pk, 0), now),
        }
        for each in feeds
    ]


def _word(feed: Feed, last: FeedBatch | None, held: bool, rows: int, now: Any) -> tuple[str, str]:
    """How a feed is, in a word, and how grave that is."""
    hours = feed.system.freshness_hours
    if held:
        return gettext("Held by the circuit breaker"), "yellow"
    if last is None:
        return gettext("Nothing delivered yet"), "secondary"
    if last.state == State.REFUSED:
        return gettext("Last file refused"), "red"
    if hours and now - last.received_at > timedelta(hours=hours):
        return gettext("Late"), "yellow"
    if rows:
        return gettext("Rows to repair"), "yellow"
    return (gettext("Fine"), "green") if last.is_finished else (gettext("Under way"), "secondary")


def _figures(batch: FeedBatch) -> list[tuple[int, str]]:
    """What a batch would do: counted row by row in a trial, by keys in one that waits."""
    predicted, tried = batch.prediction, batch.state == State.PREVIEWED
    return [
        (batch.created if tried else predicted.get("creates", 0), "new"),
        (batch.updated if tried else predicted.get("updates", 0), "changed"),
        (batch.unchanged if tried else predicted.get("unchanged", 0), gettext("as they are")),
        (predicted.get("inactivations", 0), "ended"),
        (batch.quarantined, gettext("to repair")),
        (batch.stale, gettext("older than what is known")),
        (batch.out_of_scope, gettext("out of scope")),
    ]


def _samples(prediction: dict[str, Any]) -> list[dict[str, Any]]:
    labels = {
        "created": gettext("Would be created"),
        "updated": gettext("Would change"),
        "inactivated": gettext("Would end"),
    }
    return [
        {"label": label, "keys": prediction[f"{name}_keys"]}
        for name, label in labels.items()
        if prediction.get(f"{name}_keys")
    ]
