"""Pages on which people settle what contradicts itself, and whose a relationship is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import permission_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from matching import contradictions, decisions
from matching.decisions import Made
from matching.engine.contradicting import Contradiction
from matching.models import ClusterDecision, Decision
from matching.telling import labels_of, told_each
from mdm import relationships
from mdm.bulk import fetch
from mdm.governance import access
from mdm.models import GoldenRecord, Relationship, SourceRecord
from mdm.observability import cause_of
from mdm.relation_kinds import WORDS, RelationKind
from mdm.relationships import Related
from mdm.words import translated
from stewardship import golden_pages, opening
from stewardship.asked import number, visible_domain, whole
from stewardship.models import StewardshipTask
from stewardship.refusals import REFUSALS
from stewardship.remembering import name_of

Kind = StewardshipTask.Kind
_DECISIONS: dict[str, type[Decision] | type[ClusterDecision]] = {
    "decision ": Decision,
    "group decision ": ClusterDecision,
}
"""How the names of judgements begin that are decisions of people."""


@dataclass(frozen=True, slots=True)
class Said:
    """One of the judgements that contradict each other; `made` is None for a golden record."""

    words: str
    made: Made | None
    revisit: bool

    @property
    def name(self) -> str:
        """As forms name it; "" for what cannot be taken back here."""
        return name_of(self.made) if self.made else ""


def _task(request: HttpRequest, task_id: int, kind: StewardshipTask.Kind) -> StewardshipTask:
    task = get_object_or_404(StewardshipTask, pk=task_id, kind=kind)
    visible_domain(request, task.domain)
    return task


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def contradiction(request: HttpRequest, task_id: int) -> HttpResponse:
    """Decisions that cannot all be true: what each says, and which to take back."""
    task = _task(request, task_id, Kind.CONTRADICTION)
    if request.method == "POST":
        done = _take_back(request, task)
        if done is not None:
            return done
    found = _found(task)
    context = {
        "opened": opening.opened(request, Kind.CONTRADICTION, task.subject),
        "said": _said(found) if found else [],
    }
    return render(request, "stewardship/contradiction.html", context)


def _take_back(request: HttpRequest, task: StewardshipTask) -> HttpResponse | None:
    """Take back the decision that the person chose; None after a refusal, which the page tells."""
    found = _found(task)
    wanted = request.POST.get("take_back")
    said = _said(found) if found else []
    chosen = next((each.made for each in said if each.made and each.name == wanted), None)
    if chosen is None:
        raise Http404
    try:
        reason = request.POST.get("reason", "").strip()
        decisions.withdraw(chosen, cause=cause_of(request, reason=reason))
    except REFUSALS as refused:
        messages.error(request, gettext("Nothing was changed: {refused}.").format(refused=refused))
        return None
    messages.success(request, gettext("Taken back: that decision no longer holds."))
    if _found(task) is None:
        return opening.go_on(request, Kind.CONTRADICTION, task.subject)
    return redirect(request.get_full_path())


def _found(task: StewardshipTask) -> Contradiction | None:
    """The contradiction that a task is about; None once it is gone."""
    kind, _, number = task.subject.rpartition(" ")
    if kind == "decision":
        decided = Decision.objects.filter(pk=int(number)).values_list("left_id", "right_id")
        records = [each for pair in decided for each in pair]
    else:
        made = ClusterDecision.objects.filter(pk=int(number))
        records = list(made.values_list("members__record_id", flat=True))
    found = contradictions.find_around(records)
    return next((each for each in found if contradictions.name_of(each) == task.subject), None)


def _said(found: Contradiction) -> list[Said]:
    revisit = {each.name for each in found.revisit}
    made = _made([each.name for each in found.judgements])
    words = told_each(found.judgements)
    return [
        Said(told, made.get(each.name), each.name in revisit)
        for each, told in zip(found.judgements, words, strict=True)
    ]


def _made(names: Sequence[str]) -> dict[str, Made]:
    """The decisions that still hold, by the names of their judgements."""
    found: dict[str, Made] = {}
    for kind, model in _DECISIONS.items():
        ids = [int(name.removeprefix(kind)) for name in names if name.startswith(kind)]
        if ids:
            found |= {f"{kind}{pk}": each for pk, each in model.objects.live().in_bulk(ids).items()}
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@permission_required(access.STEWARD, raise_exception=True)
def unclear(request: HttpRequest, task_id: int) -> HttpResponse:
    """A relationship that closes a circle, competes with another, or could belong to two."""
    task = _task(request, task_id, Kind.RELATIONSHIP)
    if request.method == "POST":
        done = _settle(request, task)
        if done is not None:
            return done
    context: dict[str, Any] = {
        "task": task,
        "opened": opening.opened(request, Kind.RELATIONSHIP, task.subject),
    }
    if not task.subject.isdigit():
        record = get_object_or_404(GoldenRecord, pk=UUID(task.subject))
        parents = [
            each
            for each in relationships.of_golden(record.pk)
            if each.kind == Relationship.Kind.PARENT_OF and each.from_it and not each.held_back
        ]
        declared = visible_domain(request, record.domain)
        context |= {
            "record": record,
            "title": golden_pages.title(request.user, declared, record),
            "parents": [(each, _title(request, each)) for each in parents],
        }
        return render(request, "stewardship/unclear.html", context)
    found = get_object_or_404(
        Relationship.objects.select_related("record__system"), pk=task.subject
    )
    ends = _ends(found)
    sides = relationships.claimants(found.pk, ends)
    labels = labels_of({*ends, *(each for records in sides.values() for each in records)})
    context |= {
        "relationship": found,
        "words": translated(WORDS[RelationKind(found.kind)].from_record),
        "of": labels.get(found.record_id, ""),
        "to": f"{found.other_system}:{found.other_key}",
        "sides": [
            (side, sorted((each, labels[each]) for each in records))
            for side, records in sides.items()
        ],
    }
    return render(request, "stewardship/unclear.html", context)


def _title(request: HttpRequest, each: Related) -> str:
    if not access.may_view(request.user, each.other_domain):
        return access.MASK
    declared = visible_domain(request, each.other_domain)
    return access.title_for(request.user, declared, each.other_title) or each.reference


def _ends(relationship: Relationship) -> list[int]:
    """The source records at both ends of a relationship, as far as they have arrived."""
    other = SourceRecord.objects.filter(
        system__code=relationship.other_system,
        domain=relationship.other_domain,
        source_key=relationship.other_key,
    )
    return [relationship.record_id, *other.values_list("pk", flat=True)]


def _settle(request: HttpRequest, task: StewardshipTask) -> HttpResponse | None:
    """Place a relationship, or set it aside; None after a refusal, which the page tells."""
    cause = cause_of(request, reason=request.POST.get("reason", "").strip())
    named = number(request.POST.get("relationship", ""))
    if named not in _of_task(task):
        raise Http404
    said = {name: whole(request.POST.get(name, "")) for name in ("record_id", "other_id")}
    ids = {name: id_ for name, id_ in said.items() if id_ is not None}
    action = request.POST.get("action")
    if action not in ("place", "withdraw"):
        raise Http404
    try:
        if action == "place":
            relationships.place_relationship(named, **ids, cause=cause)
            messages.success(request, gettext("It belongs there now."))
        else:
            relationships.withdraw_relationship(named, cause=cause)
            messages.success(request, gettext("It no longer counts."))
    except REFUSALS as refused:
        messages.error(request, gettext("Nothing was changed: {refused}.").format(refused=refused))
        return None
    return opening.go_on(request, Kind.RELATIONSHIP, task.subject)


def _of_task(task: StewardshipTask) -> Sequence[int]:
    """The relationships that a task is about."""
    if task.subject.isdigit():
        return [int(task.subject)]
    rows = fetch(
        "SELECT e.id FROM mdm_relationship e JOIN mdm_crosswalklink l"
        " ON l.record_id = e.record_id AND l.unlinked_at IS NULL"
        " WHERE l.golden_id = %s AND e.kind = 'parent_of' AND e.withdrawn_at IS NULL",
        [UUID(task.subject)],
    )
    return [row[0] for row in rows]
