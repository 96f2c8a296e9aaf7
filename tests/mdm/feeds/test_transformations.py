"""Transformations and scope rules: each a named function of one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.feeds.transformations import (
    SCOPE_RULES,
    TRANSFORMATIONS,
    after_last_comma,
    before_last_comma,
    equity_listing,
    leading_number,
    named_contract,
    upper,
)


@pytest.mark.parametrize(
    ("transformation", "text", "result"),
    [
        (before_last_comma, "Saint Paul, Minnesota", "Saint Paul"),
        (before_last_comma, "Paris, Île-de-France, France", "Paris, Île-de-France"),
        (before_last_comma, "Singapore", "Singapore"),
        (before_last_comma, ", Minnesota", ""),
        (before_last_comma, "", ""),
        (after_last_comma, "Saint Paul, Minnesota", " Minnesota"),
        (after_last_comma, "Singapore", ""),
        (after_last_comma, "Saint Paul,", ""),
        (after_last_comma, "", ""),
        (upper, "nsw", "NSW"),
        (upper, "", ""),
        (leading_number, "5+ years", "5"),
        (leading_number, " 10 yrs", "10"),
        (leading_number, "5-7", "5"),
        (leading_number, "five", ""),
        (leading_number, "", ""),
        (named_contract, "GS-35F-314CA", "Contract GS-35F-314CA"),
        (named_contract, "", ""),
    ],
)
def test_a_transformation_gives_what_its_name_says(transformation, text, result):
    assert transformation(text) == result


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Agilent Technologies, Inc. Common Stock", None),
        ("Pacer Barings CLO Market Flex ETF", "not an equity listing"),
    ],
)
def test_a_scope_rule_says_why_a_row_is_out(name, reason):
    found = equity_listing(name)

    assert found is None if reason is None else found.endswith(reason)


@pytest.mark.parametrize("name", [*TRANSFORMATIONS, *SCOPE_RULES])
def test_every_named_function_explains_itself(name):
    function = TRANSFORMATIONS.get(name) or SCOPE_RULES[name]

    assert function.__name__ == name
    assert function.__doc__


@pytest.mark.parametrize("name", TRANSFORMATIONS)
@given(st.text(max_size=60))
def test_any_text_is_transformed_into_a_text(name, text):
    assert isinstance(TRANSFORMATIONS[name](text), str)


@pytest.mark.parametrize("name", SCOPE_RULES)
@given(st.text(max_size=60))
def test_any_text_is_in_scope_or_out_of_it_for_a_reason(name, text):
    reason = SCOPE_RULES[name](text)

    assert reason is None or reason.strip()
