"""What the report on groups of clients says."""

import pytest

from mdm.models import (
    ExposureFact,
)
from tests.factories import (
    NOW,
    golden_record,
    record,
    reference,
)
from tests.stewardship.reports.reading import column, lines, made

pytestmark = pytest.mark.django_db


def test_groups_are_told_from_the_top_down_with_the_money_of_all_below():
    top = record("T", legal_name="Top")
    middle = record("M", legal_name="Middle", parent=reference(top))
    low = record("L", legal_name="Low", parent=reference(middle))
    also = record("L2", source="ERP", legal_name="Low", parent=reference(top))
    golden_record(top), golden_record(middle), golden_record(low, also)
    golden_record(record("X", legal_name="Alone"))
    for of, amount, currency in ((top, 1, "GBP"), (low, 50, "GBP"), (also, 7, "EUR")):
        ExposureFact.objects.create(
            record=of, kind="pipeline", as_of=NOW.date(), amount=amount, currency=currency
        )

    found = made("groups")

    assert lines(found, "group", "level", "client", "parent", "children", "below_money_gbp") == [
        ("Top", 0, "Top", "", 2, 51),
        ("Top", 1, "Low", "Top", 0, 50),
        ("Top", 1, "Middle", "Top", 1, 50),
        ("Top", 2, "Low", "Middle", 0, 50),
    ]
    assert column(found, "money_eur") == [0, 7, 0, 7]
    assert dict(found.totals) == {
        "Groups": 1, "Clients in groups": 3, "With several parents": 1,
    }  # fmt: skip


def test_groups_are_for_those_who_may_see_clients():
    class Blind:
        def has_perm(self, permission):
            return "view_client" not in permission

    parent = record("T")
    golden_record(parent), golden_record(record("C", parent=reference(parent)))

    assert made("groups").rows != ()
    assert made("groups", Blind()).rows == ()
