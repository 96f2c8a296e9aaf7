"""The pages of data quality: readable at every width, in light and dark, and by everybody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mdm import work
from mdm.models import HubCheck, QualityRun, QualityScore
from mdm.quality import scoring
from tests.browser.screens import faults
from tests.factories import cause, golden_record, ownership, record

VAT = "GB123456789"


@pytest.fixture
def addresses(page, enter):
    """The pages of an administrator, of a hub that was scored for some days."""
    ownership("client", "CRM", "ERP")
    for number in range(12):
        golden_record(
            record(f"A{number}", tax_id=VAT if number < 3 else f"GB00000000{number}"),
            record(f"{number}", source="ERP", industry="Law", website="https://acme.example"),
        )
        golden_record(record(f"P{number}", domain="project", name=f"Audit {number}", code="A"))
    scoring.ask(["client", "project"], cause=cause(at=timezone.now()))
    work.drain()
    for run in QualityRun.objects.all():
        lines = list(run.scores.all())
        for days in range(1, 25):
            run.pk, run.scored_at = None, timezone.now() - timedelta(days=days)
            run.save()
            for each in lines:
                each.pk, each.run = None, run
                each.failed = min(each.checked, each.failed + days // 4)
            QualityScore.objects.bulk_create(lines)
    broken = [{"name": "links are sound", "count": 3, "rows": ["client CRM A0 0"]}]
    HubCheck.objects.create(checked_at=timezone.now(), seconds=1, invariants=30, broken=broken)
    enter("administrator")
    scoring.ask(["client"], cause=cause(at=timezone.now()))
    return [
        "/",
        "/quality",
        "/quality/client",
        "/quality/client?dimension=uniqueness",
        "/quality/client/failing?rule=uniqueness.tax_id&system=CRM",
        "/reports/quality",
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out_and_no_page_is_wider_than_the_window(page, addresses, scheme):
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")

    assert faults(page, addresses) == []


def test_the_page_follows_a_scoring_by_itself_until_it_is_over(page, addresses):
    page.goto("/quality")
    page.get_by_text("Clients: waits for a worker").wait_for()

    work.drain()

    page.get_by_text("Clients: waits for a worker").wait_for(state="detached")
