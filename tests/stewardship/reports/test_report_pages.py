"""Reports on screen, and the close that keeps their figures."""

import html
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DEFAULT_DB_ALIAS, DatabaseError, transaction
from django.utils import timezone

from mdm import golden
from mdm.models import ExposureFact, OwnershipBreach
from stewardship.models import FrozenReport, PeriodClose
from stewardship.reports import REPORTS
from tests.factories import (
    LATER,
    NOW,
    cause,
    golden_of,
    golden_record,
    ownership,
    record,
    send_again,
)
from tests.stewardship.reports.reading import Everybody

pytestmark = pytest.mark.django_db

VAT, OTHER, THIRD = "GB123456789", "GB987654321", "GB555"


def text(answer):
    return answer.content.decode()


@pytest.fixture
def crm():
    """A record of the CRM that has changed a tax number that the ERP owns."""
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="tax_id")
    found, erp = record("A", tax_id=VAT), record("1", source="ERP", tax_id=VAT)
    golden_record(found, erp)
    ExposureFact.objects.create(
        record=erp, kind="open_receivables", as_of=NOW.date(), amount=Decimal(250), currency="GBP"
    )
    return send_again(found, legal_name="Client A", tax_id=OTHER)


@pytest.mark.parametrize("code", REPORTS)
def test_each_report_is_shown_and_given_as_a_file_in_few_queries(
    sign_in, crm, code, django_assert_max_num_queries
):
    finance = sign_in("finance")
    with django_assert_max_num_queries(12):
        page = text(finance.get(f"/reports/{code}"))
    assert REPORTS[code].title in page
    for kind, begins in {"csv": b"\xef\xbb\xbf", "xlsx": b"PK", "pdf": b"%PDF"}.items():
        answer = finance.get(f"/reports/{code}?format={kind}")
        assert answer.content.startswith(begins)
        assert f".{kind}" in answer["Content-Disposition"]


def test_breaches_lead_to_the_very_rows_with_the_money(sign_in, crm):
    finance = sign_in("finance")

    page = text(finance.get("/reports/breaches"))
    assert "250.00" in page
    (address,) = re.findall(r'href="(/reports/breach-list[^"]+)"', page)
    rows = text(finance.get(html.unescape(address)))

    assert f"/client/records/{crm.pk}" in rows
    assert OTHER in rows
    assert "No row is like this" in text(finance.get("/reports/breach-list?system=PSA"))


def test_a_frozen_row_of_breaches_leads_to_those_that_it_counted(sign_in, crm):
    finance = sign_in("finance")
    send_again(crm, at=timezone.now() - timedelta(seconds=1), legal_name="Client A", tax_id=THIRD)
    finance.post("/reports", {"period": "2026-11"})

    def listed():
        page = text(finance.get("/reports/breaches?period=2026-11"))
        addresses = re.findall(r'href="(/reports/breach-list[^"]+)"', page)
        rows = [finance.get(f"{html.unescape(each)}&format=csv") for each in addresses]
        return [len(text(each).strip().splitlines()) - 1 for each in rows]

    before = listed()
    send_again(crm, at=timezone.now(), legal_name="Client A", tax_id="GB777")

    assert listed() == before
    assert sum(before) == OwnershipBreach.objects.count() - 1


def test_every_report_is_drawn(sign_in, crm):
    finance = sign_in("finance")

    for code in ("ownership", "gaps", "breaches", "breach-list"):
        assert "match-chart" in text(finance.get(f"/reports/{code}"))
    assert all(each.make(timezone.now(), Everybody()).bars for each in REPORTS.values())


def test_the_rows_behind_a_figure_are_masked_like_any_other(sign_in):
    one = record("P", domain="contact", family_name="Secret")
    golden_record(one, record("Q", source="ERP", domain="contact", family_name="Hidden"))
    send_again(one, family_name="Secreter")
    golden.rebuild("contact", golden_of(one), cause=cause(at=LATER))
    finance, steward = sign_in("finance"), sign_in("steward", "auditor")

    page = text(finance.get("/reports/changes/contact/family_name"))
    assert "•••" in page
    assert "Secret" not in page
    assert finance.get("/reports/conflicts/contact/family_name").status_code == 404
    assert "Secreter" in text(steward.get("/reports/conflicts/contact/family_name"))
    assert steward.get("/reports/conflicts/contact/nothing").status_code == 404
    assert steward.get("/reports/changes/nothing/nothing").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "steward", "integrator"])
def test_reports_are_for_those_who_may_see_them(sign_in, role):
    person = sign_in(role)

    assert person.get("/reports").status_code == 403
    assert person.get("/reports/ownership?format=csv").status_code == 403


def test_a_closed_period_keeps_its_figures_whatever_changes_later(sign_in, crm):
    finance = sign_in("finance")
    finance.post("/reports", {"period": "2026-11", "note": "month end"})
    close = PeriodClose.objects.get()
    address = f"/reports/breaches?period={close.period}&format=pdf"
    before = finance.get(address).content

    send_again(crm, legal_name="Client A", tax_id=THIRD)

    assert finance.get(address).content == before
    assert finance.get("/reports/breaches?format=pdf").content != before
    assert close.reports.count() == len(REPORTS)
    again = finance.post("/reports", {"period": "2026-11"}, follow=True)
    assert "was closed before" in text(again)


def test_somebody_else_certifies_the_close(sign_in, crm):
    finance = sign_in("finance")
    finance.post("/reports", {"period": "2026-11"})
    close = PeriodClose.objects.get()

    refused = finance.post(f"/reports/closes/{close.pk}/certify", follow=True)
    assert "somebody else" in text(refused)

    other = sign_in("finance", "viewer")
    assert "is certified" in text(other.post(f"/reports/closes/{close.pk}/certify", follow=True))
    assert "certified by finance-viewer" in text(other.get("/reports/ownership?period=2026-11"))


def test_an_auditor_closes_nothing_and_whoever_sees_less_reads_no_frozen_figures(sign_in, crm):
    finance = sign_in("finance")
    finance.post("/reports", {"period": "2026-11"})

    auditor = sign_in("auditor")
    assert auditor.post("/reports", {"period": "x"}).status_code == 403
    assert auditor.get("/reports/rates?period=2026-11").status_code == 200
    assert sign_in("administrator").get("/reports/rates?period=2026-11").status_code == 403


@pytest.mark.parametrize(
    "address",
    ["/reports/nonsense", "/reports/breaches?as_of=soon", "/reports/rates?period=1999-01",
     "/reports/rates?format=doc"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(sign_in, address):
    assert sign_in("finance").get(address).status_code == 404


def test_a_frozen_report_that_a_later_release_added_is_not_found(sign_in, crm, monkeypatch):
    finance = sign_in("finance")
    with monkeypatch.context() as earlier:
        earlier.delitem(REPORTS, "rates")
        finance.post("/reports", {"period": "2026-11"})

    assert finance.get("/reports/rates?period=2026-11").status_code == 404


def test_a_report_of_now_is_not_shown_as_if_it_were_of_another_moment(sign_in, crm):
    finance = sign_in("finance")

    answer = finance.get("/reports/rates?as_of=2026-01-01", follow=True)

    assert answer.redirect_chain == [("/reports/rates", 302)]
    assert "only says what is so now" in text(answer)
    assert finance.get("/reports/ownership?as_of=2026-01-01").status_code == 200


@pytest.mark.parametrize(
    ("model", "changes"),
    [(FrozenReport, {"document": {}}), (PeriodClose, {"note": "other"}),
     (OwnershipBreach, {"at_stake": {}})],
)  # fmt: skip
def test_what_finance_vouches_for_is_neither_edited_nor_deleted(sign_in, crm, model, changes):
    sign_in("finance").post("/reports", {"period": "2026-11"})

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.update(**changes)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        model.objects.all()._raw_delete(DEFAULT_DB_ALIAS)
