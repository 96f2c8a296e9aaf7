"""A stewardship task on the screen: who has it, what comes after it, and that it was settled."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from mdm.observability import cause_of
from mdm.words import person
from stewardship import claiming, inbox, wording
from stewardship.asked import whole
from stewardship.inbox import Filters, Reader
from stewardship.models import MergeConsent, StewardshipTask


@dataclass(frozen=True, slots=True)
class Opened:
    """What a decision page says about its task; `task` is None where nobody was ever asked."""

    task: StewardshipTask | None
    filters: Filters
    reader: Reader

    @property
    def held_by(self) -> str:
        """Who else has it on the screen; "" for nobody."""
        if self.task is None or self.task.state != StewardshipTask.State.OPEN:
            return ""
        return "" if self.task.held_by == self.reader.name else self.task.held_by

    @property
    def settled_by(self) -> str:
        """Who settled it; "" while it waits."""
        if self.task is None or self.task.state == StewardshipTask.State.OPEN:
            return ""
        return person(self.task.done_by)

    @property
    def waits(self) -> bool:
        return self.task is not None and self.task.state == StewardshipTask.State.OPEN

    @property
    def clock(self) -> tuple[str, str]:
        """How urgent it is, and the time that is left in words."""
        return wording.clock(self.task.due_at, self.reader.at) if self.task else ("", "")

    @property
    def deferred(self) -> bool:
        until = self.task.deferred_until if self.task else None
        return until is not None and until > timezone.localdate(self.reader.at)

    @property
    def is_mine(self) -> bool:
        return self.task is not None and self.task.assignee == self.reader.name

    @property
    def presence(self) -> str:
        """In short who has it, to be compared with what a page shows."""
        return f"settled by {self.settled_by}" if self.settled_by else self.held_by

    @property
    def query(self) -> str:
        """The filters under which the task was opened, as an address carries them."""
        carried = QueryDict(mutable=True)
        if self.filters.query:
            carried["inbox"] = self.filters.query
        return carried.urlencode()

    @property
    def skip(self) -> str:
        """Where the next task is."""
        carried = QueryDict(self.query, mutable=True)
        if self.task is not None:
            carried["after"] = inbox.place(self.task)
        return f"{reverse('next-task')}?{carried.urlencode()}"


def reader_of(request: HttpRequest) -> Reader:
    return Reader(request.user, request.user.get_username(), timezone.now())


def filters_of(request: HttpRequest) -> Filters:
    """The filters of the inbox from which a page was opened."""
    carried = request.POST.get("inbox") or request.GET.get("inbox") or ""
    return Filters.of(QueryDict(carried[:2_000]))


def opened(request: HttpRequest, kind: StewardshipTask.Kind, subject: object) -> Opened:
    """The task about a subject, which is on the person's screen from now on."""
    held = claiming.hold_subject(kind, str(subject), request.user.get_username(), timezone.now())
    return Opened(held, filters_of(request), reader_of(request))


def wish_of(request: HttpRequest, domain: str) -> MergeConsent | None:
    """What somebody would merge, by whose task for a second person a page was opened."""
    asked = whole(request.GET.get("consent", ""))
    return MergeConsent.objects.filter(pk=asked, domain=domain).first() if asked else None


def go_on(request: HttpRequest, kind: StewardshipTask.Kind, subject: object) -> HttpResponse:
    """Settle the task about a subject, and lead to the next one that the filters let through."""
    settled = claiming.settle(kind, str(subject), cause=cause_of(request))
    about = StewardshipTask.objects.filter(kind=kind, subject=str(subject))
    task = settled or about.order_by("-pk").first()  # the verb may have settled it
    return lead_on(request, inbox.place(task) if task else "")


def lead_on(request: HttpRequest, after: str) -> HttpResponse:
    """To the next task after a place in the inbox; to the inbox when none waits."""
    filters = filters_of(request)
    task = inbox.following(reader_of(request), filters, after)
    if task is None:
        return redirect(f"{reverse('inbox')}?{filters.query}")
    return redirect(f"{task.address()}?{Opened(task, filters, reader_of(request)).query}")
