"""Reports of a large hub: made by a worker, kept for all who see the same, and made anew."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import get_language, gettext_noop

from mdm import work
from mdm.cause import Cause
from mdm.governance import access
from mdm.models import GoldenRecordVersion, SourceRecord, Work
from stewardship.models import KeptReport
from stewardship.reports import DETAILS, REPORTS
from stewardship.reports.table import Report, from_document, to_document

WORK = "make report"
FRESH = timedelta(hours=1)
"""A report of now that is older is made anew when somebody opens it."""
KEPT = timedelta(days=30)
"""What nobody asked for since is forgotten; it can be made again."""

_GOES_ON = (Work.State.WAITING, Work.State.RUNNING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report, of now unless a moment is asked for; or what is behind one of its attributes."""

    code: str
    at_moment: datetime | None = None
    domain: str = ""
    attribute: str = ""

    def make(self, as_of: datetime, actor: access.Actor) -> Report:
        """The report as of then, as the actor may see it."""
        if self.domain:
            return DETAILS[self.code](self.domain, self.attribute, as_of, actor)
        return REPORTS[self.code].make(as_of, actor)

    @property
    def takes_a_worker(self) -> bool:
        """Whether it reads all of a hub that is too large to be read while one waits."""
        reads_all = bool(self.domain) or REPORTS[self.code].reads_all
        return reads_all and hub_is_large()


def hub_is_large() -> bool:
    """Whether there is more than is read while somebody waits."""
    most = settings.REPORTS_AT_ONCE
    return any(
        model.objects.all()[most : most + 1].exists()
        for model in (SourceRecord, GoldenRecordVersion)
    )


def kept(wanted: Wanted, actor: access.Actor, *, cause: Cause) -> KeptReport:
    """What is kept of a report for who sees what the actor sees; asked for if it is old or new.

    Of a moment that has not come it says what is so now.
    """
    if wanted.at_moment and wanted.at_moment > cause.at:
        wanted = replace(wanted, at_moment=None)
    found, _ = KeptReport.objects.get_or_create(
        **asdict(wanted),
        sight=access.sight(actor),
        language=get_language(),
        defaults={"asked_at": cause.at},
    )
    is_old = found.at_moment is None and (found.as_of or cause.at) < cause.at - FRESH
    if (not found.document or is_old) and making(found) is None:
        ask(found, cause=cause)
    return found


def ask(found: KeptReport, *, cause: Cause) -> None:
    """Let a worker make it, or make it anew."""
    KeptReport.objects.filter(pk=found.pk).update(asked_at=cause.at)
    work.enqueue(WORK, found.pk, cause=cause)


def making(found: KeptReport) -> Work | None:
    """The work on a report: while it goes on, or when it was given up."""
    newest = Work.objects.filter(kind=WORK, subject=str(found.pk)).order_by("-pk").first()
    if newest is None or newest.state in (*_GOES_ON, Work.State.PARKED):
        return newest
    return None


def as_kept(found: KeptReport) -> Report | None:
    """The report as it was last made; None before it was."""
    return from_document(orjson.loads(found.document)) if found.document else None


def make(job: work.Job) -> None:
    """Make a report that was asked for, and forget those that nobody wants any more."""
    found = KeptReport.objects.filter(pk=job.subject).first()
    if found is None:
        return
    job.progress(gettext_noop("reading the whole hub"))
    wanted = Wanted(found.code, found.at_moment, found.domain, found.attribute)
    as_of = found.at_moment or job.cause.at
    with translation.override(found.language):
        made = to_document(wanted.make(as_of, access.Granted(found.sight)))
    with transaction.atomic():
        job.hold()
        document = orjson.dumps(made).decode()
        KeptReport.objects.filter(pk=found.pk).update(document=document, as_of=as_of)
    KeptReport.objects.filter(asked_at__lt=job.cause.at - KEPT).delete()
