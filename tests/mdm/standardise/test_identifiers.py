"""Identifiers of organisations: compact, with their country, their check digits verified."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.standardise.identifiers import parse_code, parse_duns, parse_lei, parse_tax_id
from mdm.standardise.reading import InvalidValue, Reading

NOWHERE = Reading()


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("gb 980 7806 84", None, "GB980780684"),
        ("980780684", "GB", "GB980780684"),
        ("UK980780684", None, "GB980780684"),
        ("DE 136 695 976", None, "DE136695976"),
        ("DE136695976", "GB", "DE136695976"),
        ("136695976", "DE", "DE136695976"),
        ("ATU13585627", None, "ATU13585627"),
        ("EL094259216", None, "EL094259216"),
        ("GR 094259216", None, "EL094259216"),
        ("094259216", "GR", "EL094259216"),
        ("CHE-107.787.577 IVA", None, "CHE107787577IVA"),
        ("12-3456789", "US", "US123456789"),
        ("US12-3456789", None, "US123456789"),
        ("51824753556", "AU", "AU51824753556"),
        ("AU51824753556", None, "AU51824753556"),
        ("IN27AAPFU0939F1ZV", None, "IN27AAPFU0939F1ZV"),
        ("MAB930203AA1", "MX", "MXMAB930203AA1"),
    ],
)
def test_a_tax_number_has_its_country_in_front(text, country, number):
    assert parse_tax_id(text, Reading(country)) == number


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("GB980780685", None),
        ("DE136695977", None),
        ("12-345678", "US"),
        ("US12-34567890", None),
        ("123456789", None),
        ("TBC", None),
        ("UNKNOWN", "US"),
        ("PENDING", None),
        ("applied for", "GB"),
        ("HELLO", None),
        ("", "GB"),
        ("GB", None),
        ("12345", "XX"),
        ("1" * 100_000, "GB"),
        ("GB٩٨٠٧٨٠٦٨٤", None),
    ],
)
def test_what_is_no_tax_number_is_refused(text, country):
    with pytest.raises(InvalidValue, match="not a tax number") as refused:
        parse_tax_id(text, Reading(country))

    assert len(refused.value.message) < 200
    assert refused.value.remedy


@given(st.text(max_size=20), st.sampled_from([None, "US", "GB", "DE", "FR", "GR", "HK", "CH"]))
def test_any_text_is_a_tax_number_or_invalid(text, country):
    try:
        found = parse_tax_id(text, Reading(country))
    except InvalidValue:
        return

    assert found[:2].isalpha()
    assert parse_tax_id(found, NOWHERE) == found


def test_an_lei_is_compact_and_checked():
    assert parse_lei(" 2138 00kud8 lajwsq 9d15 ") == "213800KUD8LAJWSQ9D15"


@pytest.mark.parametrize("text", ["213800KUD8LAJWSQ9D16", "213800", "", "é" * 20, "0" * 5_000])
def test_what_is_no_lei_is_refused(text):
    with pytest.raises(InvalidValue, match="not a LEI") as refused:
        parse_lei(text)

    assert len(refused.value.message) < 200


@pytest.mark.parametrize("text", ["150483782", "15-048-3782", " 15 048 3782 "])
def test_a_duns_number_is_nine_digits(text):
    assert parse_duns(text) == "150483782"


@pytest.mark.parametrize("text", ["15048378", "1504837820", "15048378X", "", "١٥٠٤٨٣٧٨٢"])
def test_what_is_no_duns_number_is_refused(text):
    with pytest.raises(InvalidValue, match="D-U-N-S"):
        parse_duns(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [(" hrb  111 b ", "HRB 111 B"), ("ｘ１", "X1"), ("GS-35F-314ca", "GS-35F-314CA")],
)
def test_a_code_is_in_capitals_with_single_spaces(text, code):
    assert parse_code(text) == code
