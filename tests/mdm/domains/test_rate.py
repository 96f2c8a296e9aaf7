"""The rate: how it is titled, its scope, its price."""

import pytest

from mdm.domains.rate import RATE, SCOPES
from mdm.standardise.reading import InvalidValue, Reading


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ({"labour_category": "Auditor", "level": "Senior"}, "Auditor, Senior"),
        ({"labour_category": "Auditor"}, "Auditor"),
        ({}, "any work"),
    ],
)
def test_a_rate_is_called_by_its_category_and_level(values, title):
    assert RATE.title(values) == title


@pytest.mark.parametrize("scope", SCOPES)
def test_a_rate_names_whose_it_is_unless_it_is_the_firms(scope):
    broken = [rule.attribute for rule in RATE.rules if rule.breaks({"scope": scope})]
    named = [rule for rule in RATE.rules if rule.breaks({"scope": scope, scope: "Tax"})]

    assert broken == ([] if scope == "firm" else ["scope"])
    assert named == []


@pytest.mark.parametrize("amount", ["-0.01", "10000000000", "1e5", "5%"])
def test_a_price_that_no_typed_rate_can_hold_is_refused(amount):
    with pytest.raises(InvalidValue):
        RATE["amount"].type.clean(amount, Reading())


@pytest.mark.parametrize("amount", ["0", "0.0001", "9999999999"])
def test_a_price_may_be_small_or_large(amount):
    assert RATE["amount"].type.clean(amount, Reading()) == amount


@pytest.mark.parametrize(
    "together",
    [
        {"scope", "practice", "region", "client", "project"},
        {"unit", "currency", "amount"},
        {"start_date", "end_date", "period_basis"},
    ],
)
def test_scope_price_and_period_survive_as_wholes(together):
    assert together in [{each.name for each in unit} for unit in RATE.survival_units]
