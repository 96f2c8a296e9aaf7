"""The client: how it is titled and what survives together."""

import pytest

from mdm.domains.client import CLIENT
from mdm.standardise.reading import InvalidValue, Reading


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ({"legal_name": "Acme GmbH", "trading_name": "Acme"}, "Acme GmbH"),
        ({"trading_name": "Acme"}, "Acme"),
        ({"legal_name": None, "trading_name": None}, "unnamed client"),
        ({}, "unnamed client"),
    ],
)
def test_a_client_is_called_by_its_legal_name_first(values, title):
    assert CLIENT.title(values) == title


def test_a_registration_number_survives_with_its_register():
    units = [{each.name for each in unit} for unit in CLIENT.survival_units]

    assert {"registration_number", "register"} in units


@pytest.mark.parametrize(
    ("written", "status"),
    [("Customer", "active"), ("OPEN", "active"), ("Lead", "prospect"), ("closed", "former")],
)
def test_a_commercial_status_is_known_as_sources_write_it(written, status):
    assert CLIENT["status"].type.clean(written, Reading()) == status


def test_an_unknown_commercial_status_is_refused():
    with pytest.raises(InvalidValue, match="prospect, active, dormant, former"):
        CLIENT["status"].type.clean("sleeping", Reading())


def test_only_the_legal_name_is_required():
    assert CLIENT.required == ("legal_name",)
