"""Pages on which a person makes a feed and says what the columns of its files mean."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from mdm import events
from mdm.attribute_types import Address
from mdm.feeds import drafting, trials
from mdm.feeds.batches import BatchStateError
from mdm.feeds.cells import MappingError
from mdm.feeds.readers import FileRefusedError
from mdm.governance import access
from mdm.models import FeedBatch
from mdm.observability import cause_of
from mdm.schema import EntityType
from mdm.words import translated
from stewardship import wording
from stewardship.asked import visible_domain
from stewardship.column_guesses import guesses
from stewardship.feed_values import Sight, table
from stewardship.forms import FeedForm


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.MAP_FEEDS, raise_exception=True)
def new_feed(request: HttpRequest) -> HttpResponse:
    """Make a feed; its mapping comes with its first file."""
    form = FeedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        visible_domain(request, form.cleaned_data["domain"])
        with transaction.atomic():
            made = form.save()
            content = {"feed": made.code}
            events.record(
                "feed.registered", domain=made.domain, content=content, cause=cause_of(request)
            )
        messages.success(
            request, gettext("Made. Bring its first file, and say what the columns mean.")
        )
        return redirect("feed", made.code)
    return render(request, "feeds/new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.MAP_FEEDS, raise_exception=True)
def mapping(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Say what each column of a file that was brought means; then it is tried."""
    batch = get_object_or_404(
        FeedBatch.objects.select_related("feed__system", "mapping"), pk=batch_id
    )
    declared = visible_domain(request, batch.feed.domain)
    if not batch.keeps_file:
        raise PermissionDenied
    problems = trials.problems_of(batch) if batch.specification else []
    if request.method == "POST":
        specification = drafting.write(
            batch.specification, declared, batch.feed.system.code, _chosen(request, batch, declared)
        )
        try:
            trials.choose_mapping(batch.pk, specification, cause=cause_of(request))
            return redirect("batch", batch.pk)
        except (MappingError, FileRefusedError, BatchStateError) as wrong:
            problems = [_sentence(str(wrong))]
    context = {
        "batch": batch,
        "entity_type": declared,
        "problems": problems,
        "lines": _lines(request, batch, declared),
        "groups": _groups(declared),
        "kept": _kept(batch),
    }
    return render(request, "feeds/mapping.html", context)


def _chosen(request: HttpRequest, batch: FeedBatch, declared: EntityType) -> dict[str, str]:
    """The target of each column that the person chose, "" for none."""
    known = drafting.targets(declared)
    said = (request.POST.get(f"column{place}", "") for place in range(len(batch.columns)))
    return {
        column: target if target in known else ""
        for column, target in zip(batch.columns, said, strict=True)
    }


def _lines(request: HttpRequest, batch: FeedBatch, declared: EntityType) -> list[dict[str, Any]]:
    """Each column with its last values, its target, and why that is guessed."""
    sample = batch.prediction.get("sample", [])
    mapped = drafting.read(batch.specification)
    guessed = guesses(declared, batch.columns, sample)
    taken = set(mapped.values()) - {each.name for each in declared.attributes if each.many}
    chosen = _chosen(request, batch, declared) if request.method == "POST" else None
    lines = []
    cells = table(Sight(request.user, batch), batch.columns, sample)
    for place, (column, values) in enumerate(zip(batch.columns, cells or [], strict=False)):
        guess = guessed.get(column)
        if mapped.get(column) or (guess and guess.target in taken):
            guess = None
        target = mapped.get(column) or (guess.target if guess else "")
        lines.append(
            {
                "name": f"column{place}",
                "column": column,
                "values": values,
                "target": target if chosen is None else chosen[column],
                "guess": guess.reason if guess and chosen is None else "",
            }
        )
    return lines


def _groups(declared: EntityType) -> list[tuple[str, list[tuple[str, str]]]]:
    """The targets as a person looks for them: what every record needs, what it says, addresses."""
    known = drafting.targets(declared)
    needed = {drafting.KEY, drafting.UPDATED_AT, *declared.required}
    parted = {each.name for each in declared.attributes if isinstance(each.type, Address)}
    first = [(each, label) for each, label in known.items() if each in needed]
    parts = [each for each in known.items() if drafting.attribute_of(each[0]) in parted]
    rest = [each for each in known.items() if each not in first and each not in parts]
    groups = [
        (gettext("Needed"), first),
        (translated(declared.label), rest),
        (gettext("Addresses"), parts),
    ]
    return [
        (heading, [(target, wording.target(label)) for target, label in options])
        for heading, options in groups
        if options
    ]


def _kept(batch: FeedBatch) -> list[str]:
    """What else the mapping says, and keeps saying."""
    words = {
        "scope": gettext("rows left out"),
        "exposures": gettext("money"),
        "arrange": gettext("an arrangement of rows"),
    }
    return [said for word, said in words.items() if batch.specification.get(word)]


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")
