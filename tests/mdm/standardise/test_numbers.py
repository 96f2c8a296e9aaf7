"""Numbers: exact, with the feed's decimal mark, and refused where a mark is a guess."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.standardise.numbers import parse_decimal, parse_integer
from mdm.standardise.reading import InvalidValue, Reading

POINT, COMMA = Reading(), Reading(decimal_comma=True)


@pytest.mark.parametrize(
    ("text", "reading", "number"),
    [
        ("1098.20", POINT, "1098.20"),
        ("$1,098.20 ", POINT, "1098.20"),
        ("1,234,567", POINT, "1234567"),
        ("1 098.20", POINT, "1098.20"),
        ("1'098.20", POINT, "1098.20"),
        ("1’098.20", POINT, "1098.20"),
        ("USD 5", POINT, "5"),
        ("US$ 5", POINT, "5"),
        ("5 €", POINT, "5"),
        ("-5", POINT, "-5"),
        ("-$5", POINT, "-5"),
        ("€ -5", POINT, "-5"),
        ("+5", POINT, "5"),
        ("(5.00)", POINT, "-5.00"),
        ("($1,000)", POINT, "-1000"),
        ("-0.00", POINT, "0.00"),
        ("007", POINT, "7"),
        (".5", POINT, "0.5"),
        ("0.1", POINT, "0.1"),
        ("123456789012345.123456789012345", POINT, "123456789012345.123456789012345"),
        ("1.098,20", COMMA, "1098.20"),
        ("1098,20", COMMA, "1098.20"),
        ("1 098,20", COMMA, "1098.20"),
        ("1.098", COMMA, "1098"),
        (",5", COMMA, "0.5"),
        ("5", COMMA, "5"),
    ],
)
def test_a_number_is_read_exactly(text, reading, number):
    assert parse_decimal(text, reading) == number


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("1,5", POINT),
        ("1,09,820", POINT),
        ("1.098,20", POINT),
        ("1,098 200", POINT),
        ("12 34", POINT),
        ("1.5", COMMA),
        ("98.50", COMMA),
        ("1,098.20", COMMA),
        ("1,2,3", COMMA),
        ("", POINT),
        ("-", POINT),
        (".", POINT),
        ("five", POINT),
        ("1USD2", POINT),
        ("1$2", POINT),
        ("5%", POINT),
        ("1e5", POINT),
        ("--5", POINT),
        ("(-5)", POINT),
        ("(5", POINT),
        ("5)", POINT),
        ("NaN", POINT),
        ("Infinity", POINT),
        ("0x10", POINT),
        ("1234567890123456", POINT),
        ("0.1234567890123456", POINT),
        ("9" * 100_000, POINT),
    ],
)
def test_what_may_be_another_number_is_refused(text, reading):
    with pytest.raises(InvalidValue) as refused:
        parse_decimal(text, reading)

    assert len(refused.value.message) < 200
    assert refused.value.remedy


@given(
    st.decimals(min_value=-(10**14), max_value=10**14, places=4), st.sampled_from([POINT, COMMA])
)
def test_grouping_and_decimal_mark_do_not_change_a_number(number, reading):
    written = f"{number:,f}"
    if reading is COMMA:
        written = written.translate({ord(","): ".", ord("."): ","})

    assert Decimal(parse_decimal(written, reading)) == number


@given(st.text(alphabet="0123456789.,-+() $€%e'", max_size=20), st.sampled_from([POINT, COMMA]))
def test_any_text_is_a_number_or_invalid(text, reading):
    try:
        found = parse_decimal(text, reading)
    except InvalidValue:
        return

    assert Decimal(found).is_finite()
    assert parse_decimal(found, POINT) == found


@pytest.mark.parametrize(
    ("text", "reading", "number"),
    [
        ("12", POINT, 12),
        (" 12 ", POINT, 12),
        ("5.0", POINT, 5),
        ("1,000", POINT, 1000),
        ("-3", POINT, -3),
        ("+3", POINT, 3),
        ("5,0", COMMA, 5),
        ("1.000", COMMA, 1000),
    ],
)
def test_a_whole_number_is_read(text, reading, number):
    assert parse_integer(text, reading) == number


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("1,5", POINT),
        ("1,2,3", POINT),
        ("5.5", POINT),
        ("5,0", POINT),
        ("5.0", COMMA),
        ("", POINT),
        (".0", POINT),
        ("5+ years", POINT),
        ("1" * 16, POINT),
    ],
)
def test_what_is_no_whole_number_is_refused(text, reading):
    with pytest.raises(InvalidValue, match="whole number"):
        parse_integer(text, reading)
