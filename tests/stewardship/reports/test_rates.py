"""What the report on rates says."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from mdm.models import EffectiveRate
from tests.factories import (
    golden_record,
    record,
)
from tests.stewardship.reports.reading import Nobody, column, lines, made, rate

pytestmark = pytest.mark.django_db


@pytest.fixture
def priced():
    """Ten rates of a category, one of which is far off; one period missing; two systems differ."""
    for number in range(10):
        amount = 900 if number == 9 else 100 + number
        rate(f"R{number}", amount, role=f"auditor {number}")
    rate("G1", 50, role="tester", category="Tester", days=(date(2026, 1, 1), date(2026, 2, 1)))
    rate("G2", 50, role="tester", category="Tester", days=(date(2026, 3, 1), None))
    differing = [
        record(
            key, source=source, domain="rate", scope="firm", labour_category="Partner",
            unit="hour", currency="USD", amount=amount, start_date="2026-01-01",
        )
        for key, source, amount in (("P", "CRM", "400"), ("Q", "ERP", "425.50"))
    ]  # fmt: skip
    golden_record(*differing)


def test_rates_that_disagree_leave_gaps_or_stand_out_are_found(priced):
    found = made("rates")

    assert dict(found.totals) == {
        "systems disagree": 1, "periods overlap": 0, "period missing": 1, "stands out": 1,
    }  # fmt: skip
    assert lines(found, "what", "low", "high", "difference") == [
        ("systems disagree", Decimal(400), Decimal("425.50"), Decimal("25.50")),
        ("period missing", Decimal(50), Decimal(50), Decimal(0)),
        ("stands out", Decimal("104.5"), Decimal(900), Decimal("795.5")),
    ]


def test_amounts_of_rates_are_for_those_who_may_see_them(priced):
    found = made("rates", Nobody())

    assert set(column(found, "low")) == {None}
    assert set(column(found, "detail")) == {""}


def test_prices_of_several_currencies_disagree_but_are_never_subtracted():
    said = {
        "scope": "firm", "labour_category": "Partner", "unit": "hour", "amount": "400",
        "start_date": "2026-01-01",
    }  # fmt: skip
    golden_record(*(
        record(key, source=source, domain="rate", currency=currency, **said)
        for key, source, currency in (("P", "CRM", "USD"), ("Q", "ERP", "EUR"))
    ))  # fmt: skip

    found = made("rates")

    assert lines(found, "what", "low", "high", "difference", "currency") == [
        ("systems disagree", None, None, None, "several")
    ]
    assert column(found, "detail") == ["CRM 400 USD per hour, ERP 400 EUR per hour"]


def test_what_is_found_of_rates_is_told_in_the_language_of_the_page(priced):
    rate("O", 70, role="writer", category="Writer")
    EffectiveRate.objects.filter(role="writer").update(state="contested")

    english = column(made("rates"), "detail")
    with translation.override("de"):
        german = column(made("rates"), "detail")

    assert english == [
        "CRM 400 USD per hour, ERP 425.50 USD per hour",
        "firm from 2026-01-01",
        "firm: nothing from 2026-02-01 to 2026-03-01",
        "median 104.50 of 10 rates per hour",
    ]
    assert german == [
        "CRM 400 USD pro Stunde, ERP 425.50 USD pro Stunde",
        "ganze Firma ab 2026-01-01",
        "ganze Firma: nichts von 2026-02-01 bis 2026-03-01",
        "Median 104.50 von 10 Honorarsätzen pro Stunde",
    ]
