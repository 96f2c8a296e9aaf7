"""Closing a period: its reports are frozen as they stand, and somebody vouches for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext, gettext_noop

from mdm import work
from mdm.bulk import execute
from mdm.cause import Cause
from mdm.governance import access
from mdm.governance.access import Actor
from mdm.models import Work
from stewardship.models import AskedClose, FrozenReport, PeriodClose
from stewardship.reports import REPORTS
from stewardship.reports.keeping import hub_is_large
from stewardship.reports.table import Report, from_document, to_document

WORK = "close period"


class CloseError(RuntimeError):
    """A period that cannot be closed or certified: why, in words for who tried."""


def ask(period: str, actor: Actor, *, note: str = "", cause: Cause) -> PeriodClose | None:
    """Close a period, or have a worker do it where the hub is large: then None.

    What is asked for again is tried again. Raises CloseError.
    """
    named = _named(period)
    if not hub_is_large():
        return close(named, actor, note=note, cause=cause)
    if PeriodClose.objects.filter(period=named).exists():
        raise CloseError(_closed_before(named))
    with transaction.atomic():
        asked, _ = AskedClose.objects.get_or_create(
            period=named,
            defaults={
                "note": note,
                "sight": access.sight(actor),
                "asked_by": cause.by,
                "asked_at": cause.at,
            },
        )
        work.enqueue(WORK, asked.pk, cause=cause)
    return None


def asked_for() -> list[tuple[AskedClose, Work | None]]:
    """The periods that workers are to close, each with the newest work on it."""
    asked = list(AskedClose.objects.order_by("asked_at", "pk"))
    rows = Work.objects.filter(kind=WORK, subject__in=[str(each.pk) for each in asked])
    newest = {each.subject: each for each in rows.order_by("pk")}
    return [(each, newest.get(str(each.pk))) for each in asked]


def close_asked(job: work.Job) -> None:
    """Close a period that somebody asked for, as of now."""
    asked = AskedClose.objects.filter(pk=job.subject).first()
    if asked is None:
        return
    job.progress(gettext_noop("freezing the reports"))
    with _one_moment():
        job.hold()
        AskedClose.objects.filter(pk=asked.pk).delete()
        if PeriodClose.objects.filter(period=asked.period).exists():
            return
        _freeze(asked.period, asked.note, asked.sight, asked.asked_by, job.cause.at)


def close(period: str, actor: Actor, *, note: str = "", cause: Cause) -> PeriodClose:
    """Freeze every report as of now under the name of a period. Raises CloseError.

    What the person who closes may not see is masked in what is frozen, and whoever may see less
    may not read it.
    """
    named = _named(period)
    try:
        with _one_moment():
            return _freeze(named, note, access.sight(actor), cause.by, cause.at)
    except IntegrityError:
        raise CloseError(_closed_before(named)) from None


def _named(period: str) -> str:
    if not period.strip():
        raise CloseError(gettext("name the period, such as 2026-11"))
    return period.strip()


def _closed_before(period: str) -> str:
    return gettext("{period} was closed before; a close is never made again").format(period=period)


def _freeze(period: str, note: str, sight: list[str], by: str, at: datetime) -> PeriodClose:
    """The close with every report of that moment, as whoever has this sight may see it."""
    made = PeriodClose.objects.create(
        period=period, as_of=at, note=note, sight=sight, closed_by=by, closed_at=at
    )
    actor = access.Granted(sight)
    with translation.override("en"):  # whoever reads it later, in whichever language
        reports = {code: kind.make(at, actor) for code, kind in REPORTS.items()}
    FrozenReport.objects.bulk_create(
        FrozenReport(close=made, code=code, document=to_document(report))
        for code, report in reports.items()
    )
    return made


@contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction in which all reports see the same state, so that their figures tie."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@transaction.atomic
def certify(close_id: int, *, cause: Cause) -> PeriodClose:
    """Vouch for a close: by another person than the one who closed. Raises CloseError."""
    found = PeriodClose.objects.select_for_update().get(pk=close_id)
    if found.certified_at:
        raise CloseError(
            gettext("{certified_by} certified {period} already").format(
                certified_by=found.certified_by, period=found.period
            )
        )
    if found.closed_by == cause.by:
        raise CloseError(gettext("somebody else than who closed the period certifies it"))
    found.certified_by, found.certified_at = cause.by, cause.at
    found.save(update_fields=["certified_by", "certified_at"])
    return found


def may_read(close: PeriodClose, actor: Actor) -> bool:
    """Whether the actor may see all that whoever closed the period could."""
    return all(actor.has_perm(each) for each in close.sight)


def frozen(close: PeriodClose, code: str) -> Report:
    """A report as it was when the period was closed. Raises FrozenReport.DoesNotExist."""
    return from_document(close.reports.get(code=code).document)
