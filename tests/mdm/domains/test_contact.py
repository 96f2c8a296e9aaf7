"""The contact: how it is titled and what is asked of its values."""

import pytest

from mdm.domains.contact import CONTACT
from mdm.standardise.reading import InvalidValue, Reading


@pytest.mark.parametrize(
    ("values", "title"),
    [
        ({"given_name": "Ann", "middle_name": "B.", "family_name": "Lee"}, "Ann B. Lee"),
        ({"family_name": "Lee", "given_name": None}, "Lee"),
        ({}, "unnamed contact"),
    ],
)
def test_a_contact_is_called_by_all_its_names(values, title):
    assert CONTACT.title(values) == title


def test_a_birth_in_a_two_digit_year_is_not_put_into_the_future():
    with pytest.raises(InvalidValue, match="century"):
        CONTACT["date_of_birth"].type.clean("12/03/58", Reading())


@pytest.mark.parametrize(
    ("written", "consent"),
    [("yes", "given"), ("Opt-in", "given"), ("no", "refused"), ("opt-out", "withdrawn")],
)
def test_consent_is_known_as_sources_write_it(written, consent):
    assert CONTACT["consent"].type.clean(written, Reading()) == consent
