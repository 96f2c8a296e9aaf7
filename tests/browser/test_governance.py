"""A period's end as finance lives it, and a report that takes a while."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from mdm import work
from mdm.models import ExposureFact, GoldenRecord, OwnershipBreach, OwnershipRule, SourceRecord
from stewardship.models import PeriodClose
from tests.browser.screens import faults
from tests.factories import feed, golden_record, load, ownership

expect.set_options(timeout=20_000)
CRM = {
    "key": "Id",
    "attributes": [
        {"attribute": "legal_name", "column": "Name"},
        {
            "attribute": "addresses",
            "parts": {"kind": {"value": "billing"}, "city": "City", "country": "Country"},
        },
    ],
}
FIRST = "Id,Name,City,Country\nA,Acme,Leeds,GB\n"
WRONG = "Id,Name,City,Country\nA,Acme,Paris,FR\n"


@pytest.fixture
def overwritten():
    """A billing address that the ERP owns, said otherwise by the CRM, with money on it."""
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="addresses")
    OwnershipRule.objects.update(on_breach="propose", accountable="finance-steward-domain-owner")
    crm = feed("crm-clients", mapping=CRM)
    erp = feed("erp-clients", source="ERP", mapping=CRM)
    load(crm, FIRST)
    load(erp, FIRST)
    said = list(SourceRecord.objects.order_by("pk"))
    if not GoldenRecord.objects.filter(links__record__in=said).exists():
        golden_record(*said)
    ExposureFact.objects.create(
        record=said[1], kind="open_receivables", amount=Decimal(48_000), currency="GBP",
        as_of=timezone.now().date() - timedelta(days=1),
    )  # fmt: skip
    load(crm, WRONG)
    return crm


def paper(page, address):
    """The bytes of a report on paper."""
    return page.request.get(address).body()


def test_finance_ends_a_period_and_its_figures_stay(page, enter, sign_in, overwritten):
    enter("finance", "steward", "domain-owner")

    page.goto("/reports")
    page.get_by_label("Period").fill("2026-11")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(".told")).to_contain_text("2026-11")

    page.goto("/reports/breaches?period=2026-11")
    expect(page.get_by_role("cell", name="48,000.00").first).to_be_visible()
    page.get_by_role("link", name="open").first.click()
    expect(page.get_by_role("cell", name="Addresses").first).to_be_visible()

    (broken,) = OwnershipBreach.objects.all()
    page.goto("/inbox?kind=proposed_change")
    expect(page.get_by_text("48,000 GBP at stake")).to_be_visible()
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("link", name="Acme").click()
    page.get_by_label("Reason").fill("the invoice goes to Leeds")
    page.get_by_role("button", name="Keep the owner's").click()
    page.wait_for_url("**/inbox**")

    page.goto("/feeds/crm-clients")
    corrected = {"name": "clients.csv", "mimeType": "text/csv", "buffer": FIRST.encode()}
    page.get_by_label("Drop a file here").set_input_files(corrected)
    page.get_by_role("button", name="Try it").click()
    page.wait_for_url("**/feeds/batches/*")
    work.drain()
    page.get_by_role("button", name="Apply this file").click()
    page.wait_for_load_state()
    work.drain()
    broken.record.refresh_from_db()
    assert broken.record.attributes["addresses"][0]["city"] == "Leeds"

    address = "/reports/breaches?period=2026-11&format=pdf"
    before, now = paper(page, address), paper(page, "/reports/breaches?format=pdf")
    load(overwritten, WRONG)
    (close,) = PeriodClose.objects.all()
    other = sign_in("finance")
    assert other.post(f"/reports/closes/{close.pk}/certify").status_code == 302
    close.refresh_from_db()
    assert close.certified_by == "user:finance"

    page.goto("/reports/breaches?period=2026-11")
    expect(page.get_by_text("certified by finance")).to_be_visible()
    assert before.startswith(b"%PDF")
    assert paper(page, address) == before
    assert paper(page, "/reports/breaches?format=pdf") != now


def test_a_report_of_a_large_hub_is_waited_for_and_comes_by_itself(
    page, enter, overwritten, settings
):
    settings.REPORTS_AT_ONCE = 1
    enter("finance")

    page.goto("/reports/conflicts")
    expect(page.get_by_text("It waits for a worker.")).to_be_visible()
    assert faults(page, ["/reports/conflicts"]) == []
    work.drain()  # the page finds out by itself
    expect(page.get_by_role("cell", name="Addresses", exact=True)).to_be_visible()

    page.get_by_role("button", name="Make it anew").click()
    expect(page.get_by_text("below is what it said before")).to_be_visible()
    assert faults(page, ["/reports/conflicts"]) == []
    work.drain()
    expect(page.get_by_role("button", name="Make it anew")).to_be_visible()

    page.goto("/reports")
    page.get_by_label("Period").fill("2026-11")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_text("2026-11 is being closed for finance.")).to_be_visible()
    assert faults(page, ["/reports"]) == []
    work.drain()
    expect(page.get_by_role("rowheader", name="2026-11")).to_be_visible()
