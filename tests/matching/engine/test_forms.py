"""Comparison forms: what is compared instead of the value, and what counts as missing."""

import pytest

from matching.engine.forms import FORMS

CASES = [
    ("email", ("Ann.Lee+news@Firm.com",), "ann.lee@firm.com"),
    ("email", ("info@firm.com",), ""),
    ("email", ("accounts@firm.com",), ""),
    ("email", ("not an address",), ""),
    ("domain", ("https://www.firm.com/about",), "firm.com"),
    ("domain", ("ann@firm.com",), "firm.com"),
    ("domain", ("gmail.com",), ""),
    ("reach", ("+4420",), "+4420"),
    ("reach", ("www.firm.com",), "firm.com"),
    ("together", ("HRB", "111"), "hrb\x1f111"),
    ("together", (None, "111"), ""),
    ("each_part", (None, "111"), "\x1f111"),
    ("each_part", (None, None), ""),
    ("number", ("120.50",), "120.5"),
    ("number", ("120.00",), "120"),
    ("number", ("120",), "120"),
    ("number", ("0.0",), "0"),
    ("letters", ("sw1a 1aa",), "sw1a1aa"),
    ("sorted_words", ("Lee, Ann",), "ann lee"),
    ("person.given", ("Dr. Ann Mary",), "ann"),
    ("person.formal_given", ("Bob",), ("robert",)),
    ("person.family", ("van der Meer",), "meer"),
    ("person.sorted_names", ("Ann", "Lee"), "ann lee"),
    ("person.sorted_names", ("Lee", "Ánn"), "ann lee"),
    ("person.sorted_names", ("Ann", None), ""),
    ("organisation.name", ("Acme Ltd t/a Roadrunner",), ("acme", "roadrunner")),
    ("organisation.name", ("Universal Ltd",), ()),
    ("organisation.general_name", ("Universal Ltd",), "universal"),
    ("organisation.first_words", ("Old Dominion Freight Line",), "old dominion"),
    ("organisation.legal_form", ("Acme GmbH",), "gmbh"),
    ("identifier.country", ("GB123",), "gb"),
]


@pytest.mark.parametrize(("form", "parts", "taken"), CASES)
def test_a_form_takes_what_is_compared(form, parts, taken):
    parse = FORMS[form].parse

    assert parse is not None
    assert FORMS[form].take(parse(*parts)) == taken
