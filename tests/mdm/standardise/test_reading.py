"""How a value that cannot be read says so."""

from mdm.standardise.reading import InvalidValue, quoted


def test_an_invalid_value_says_what_is_wrong_what_mends_it_and_where():
    invalid = InvalidValue("'x' is not a country", "write its ISO code", part="country")

    assert str(invalid) == invalid.message == "'x' is not a country"
    assert (invalid.remedy, invalid.part) == ("write its ISO code", "country")


def test_a_long_value_is_quoted_in_short():
    assert quoted("Acme") == "'Acme'"
    assert len(quoted("x" * 50_000_000)) < 100
