"""Who else is about to change what one has on the screen, and whether it was changed since.

Stewardship tasks say so themselves; here it is said of golden records and quarantined rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from mdm.bulk import fetch_named
from mdm.governance import access
from mdm.models import FeedRow
from stewardship import consenting, opening
from stewardship.asked import id_of, visible_domain
from stewardship.claiming import HELD
from stewardship.models import MergeConsent


@dataclass(frozen=True, slots=True)
class Company:
    """Who else has it on the screen, whether it changed, and where and what the page asks again."""

    others: Sequence[str]
    changed: bool
    where: str
    asked: Mapping[str, Any]

    @property
    def told(self) -> str:
        """In short, to be compared with what the page shows."""
        return ", ".join([*self.others, *["changed"] * self.changed])

    @property
    def again(self) -> str:
        return f"{self.where}?{urlencode({**self.asked, 'told': self.told}, doseq=True)}"


def at_golden(request: HttpRequest, domain: str, ids: Sequence[UUID]) -> Company:
    """Who else is about to change one of these golden records, and whether one was changed."""
    others, state = _look(request, domain, ids)
    first, *more = ids
    where = reverse("golden-company", args=[domain, first])
    return _company(request, others, state, where, {"with": more})


def at_merge(
    request: HttpRequest, domain: str, ids: Sequence[UUID], wanted: MergeConsent | None
) -> dict[str, Any]:
    """Template context: who else would merge these, by the task that led here if one did."""
    if wanted is None:
        return {"company": at_golden(request, domain, ids)}
    return {"wanted": wanted, "opened": opening.opened(request, consenting.KIND, wanted.pk)}


def at_row(request: HttpRequest, row: FeedRow) -> Company:
    """Who else has a quarantined row on the screen, and whether it was settled."""
    others, _ = _look(request, row.batch.feed.domain, rows=[f"row {row.pk}"])
    return _company(request, others, row.state, reverse("row-company", args=[row.pk]), {})


_LOOK = """
    WITH asked AS (
        SELECT id::text AS subject, version || status AS state FROM mdm_goldenrecord
        WHERE id = ANY(%(ids)s::uuid[]) AND domain = %(domain)s
        UNION ALL SELECT subject, '' FROM unnest(%(rows)s::text[]) subject
    ), gone AS (
        DELETE FROM stewardship_onscreen WHERE id IN (
            SELECT id FROM stewardship_onscreen
            WHERE until < %(at)s
              AND NOT (person = %(me)s AND subject IN (SELECT subject FROM asked))
            ORDER BY until LIMIT 100 FOR UPDATE SKIP LOCKED)
    ), mine AS (
        INSERT INTO stewardship_onscreen (subject, person, until)
        SELECT subject, %(me)s, %(until)s FROM asked ORDER BY 1
        ON CONFLICT (subject, person) DO UPDATE SET until = excluded.until
    )
    SELECT ARRAY(
            SELECT DISTINCT person FROM stewardship_onscreen
            WHERE subject IN (SELECT subject FROM asked) AND person <> %(me)s
              AND until >= %(at)s ORDER BY 1),
        md5(coalesce((SELECT string_agg(state, ' ' ORDER BY subject) FROM asked), ''))
"""


def _look(
    request: HttpRequest, domain: str, ids: Sequence[UUID] = (), rows: Sequence[str] = ()
) -> tuple[list[str], str]:
    """The person has these on the screen from now on: who else has, and how golden records are.

    Golden records of another domain than `domain` are passed over.
    """
    at = timezone.now()
    said = {"me": request.user.get_username(), "at": at, "until": at + HELD, "domain": domain}
    ((others, state),) = fetch_named(_LOOK, {**said, "ids": list(ids), "rows": list(rows)})
    return others, state


def _company(
    request: HttpRequest, others: list[str], state: str, where: str, asked: Mapping[str, Any]
) -> Company:
    seen = request.GET.get("state", state)
    return Company(others, seen != state, where, {**asked, "state": seen})


@require_safe
@permission_required(access.STEWARD, raise_exception=True)
def golden_company(request: HttpRequest, domain: str, golden_id: UUID) -> HttpResponse:
    """Who else is about to change these golden records; no content while it is as before."""
    visible_domain(request, domain)
    ids = [golden_id, *map(id_of, request.GET.getlist("with"))]
    return _said(request, at_golden(request, domain, ids))


@require_safe
@permission_required(access.FEEDS, raise_exception=True)
def row_company(request: HttpRequest, row_id: int) -> HttpResponse:
    """Who else has a quarantined row on the screen; no content while it is as before."""
    row = get_object_or_404(FeedRow.objects.select_related("batch__feed"), pk=row_id)
    visible_domain(request, row.batch.feed.domain)
    return _said(request, at_row(request, row))


def _said(request: HttpRequest, company: Company) -> HttpResponse:
    if request.GET.get("told", "") == company.told:
        return HttpResponse(status=204)
    return render(request, "stewardship/_company.html", {"company": company})
