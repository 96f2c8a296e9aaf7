"""What the reports on breaches say."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest

from mdm.models import (
    ExposureFact,
    OwnershipBreach,
)
from tests.factories import (
    NOW,
    golden_record,
    ownership,
    record,
    send_again,
)
from tests.stewardship.reports.reading import OTHER, VAT, Nobody, column, lines, made

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken():
    """Three breaches by the CRM on two golden records, with money on one of them."""
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="tax_id")
    for number in (1, 2):
        crm = record(f"A{number}", tax_id=VAT)
        erp = record(f"{number}", source="ERP", tax_id=VAT)
        golden_record(crm, erp)
        if number == 1:
            for kind in ("open_receivables", "unbilled_work"):
                ExposureFact.objects.create(
                    record=erp, kind=kind, as_of=NOW.date(), amount=Decimal("100.50"),
                    currency="GBP",
                )  # fmt: skip
        for value in [OTHER, "GB555"][: 3 - number]:
            send_again(crm, legal_name=f"Client A{number}", tax_id=value)


def test_breaches_are_counted_by_system_and_attribute_and_money_once_a_golden_record(broken):
    found = made("breaches")

    assert lines(found, "system", "owner", "attribute", "breaches", "records", "goldens") == [
        ("CRM", "ERP", "Tax number", 3, 2, 2)
    ]
    assert column(found, "money_gbp") == [Decimal("201.00")]
    assert dict(found.totals)["Breaches"] == OwnershipBreach.objects.count() == 3
    assert len(made("breach-list").rows) == 3
    assert sum(column(found, "breaches")) == dict(made("breach-list").totals)["Breaches"]


def test_before_a_moment_there_were_no_breaches(broken):
    before = OwnershipBreach.objects.earliest("at").at - timedelta(seconds=1)

    assert made("breaches", as_of=before).rows == ()
    assert made("breach-list", as_of=before).rows == ()


def test_values_of_breaches_are_masked_for_those_who_may_not_see_them(broken):
    assert set(column(made("breach-list"), "owned")) == {VAT}
    assert set(column(made("breach-list", Nobody()), "owned")) == {"•••"}


def test_money_at_stake_counts_once_a_row_and_once_in_all():
    ownership("client", "ERP")
    crm = record("A", tax_id=VAT, industry="Law")
    erp = record("1", source="ERP", tax_id=VAT, industry="Law")
    golden_record(crm, erp)
    ExposureFact.objects.create(
        record=erp, kind="open_receivables", as_of=NOW.date(), amount=70, currency="GBP"
    )
    send_again(crm, legal_name="Client A", tax_id=OTHER, industry="Audit")

    found = made("breaches")

    assert dict(zip(column(found, "attribute"), column(found, "money_gbp"), strict=True)) == {
        "Tax number": Decimal(70), "Industry": Decimal(70),
    }  # fmt: skip
    assert dict(found.totals)["At stake, GBP"] == Decimal(70)


def test_a_row_of_breaches_leads_to_exactly_those_that_it_counts():
    ownership("client", "ERP")
    golden_record(crm := record("A", tax_id=VAT, industry="Law"),
                  record("1", source="ERP", tax_id=VAT, industry="Law"))  # fmt: skip
    send_again(crm, legal_name="Client A", tax_id=OTHER, industry="Audit")
    send_again(crm, legal_name="Client A", tax_id="GB555", industry="Audit")

    found = made("breaches")

    assert sorted(column(found, "breaches")) == [1, 2]
    for row, count in zip(found.rows, column(found, "breaches"), strict=True):
        wanted = dict(parse_qsl(urlsplit(row.url).query))
        assert len(made("breach-list").filtered(wanted).rows) == count


def test_breaches_are_for_those_who_may_see_the_domain(broken):
    class Blind:
        def has_perm(self, permission):
            return "view_client" not in permission

    assert made("breaches", Blind()).rows == ()
    assert set(dict(made("breaches", Blind()).totals).values()) == {0}
