"""Closing a period: its reports are frozen as they stand, and somebody vouches for them."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, connection, transaction
from django.utils import translation
from django.utils.translation import gettext

from mdm.bulk import execute
from mdm.cause import Cause
from mdm.governance import access
from mdm.governance.access import Actor
from stewardship.models import FrozenReport, PeriodClose
from stewardship.reports import REPORTS
from stewardship.reports.table import Report, from_document, to_document


class CloseError(RuntimeError):
    """A period that cannot be closed or certified: why, in words for who tried."""


def close(period: str, actor: Actor, *, note: str = "", cause: Cause) -> PeriodClose:
    """Freeze every report as of now under the name of a period. Raises CloseError.

    What the person who closes may not see is masked in what is frozen, and whoever may see less
    may not read it.
    """
    if not period.strip():
        raise CloseError(gettext("name the period, such as 2026-11"))
    try:
        with _one_moment():
            made = PeriodClose.objects.create(
                period=period.strip(),
                as_of=cause.at,
                note=note,
                sight=[each for each in access.sight() if actor.has_perm(each)],
                closed_by=cause.by,
                closed_at=cause.at,
            )
            with translation.override("en"):  # whoever reads it later, in whichever language
                made_now = {code: kind.make(cause.at, actor) for code, kind in REPORTS.items()}
            FrozenReport.objects.bulk_create(
                FrozenReport(close=made, code=code, document=to_document(report))
                for code, report in made_now.items()
            )
    except IntegrityError:
        raise CloseError(
            gettext("{period} was closed before; a close is never made again").format(period=period)
        ) from None
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
