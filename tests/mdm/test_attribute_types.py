"""Attribute types: how each reads, shows, identifies, weighs and orders its values."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.attribute_types import (
    Address,
    AttributeType,
    Choice,
    Code,
    Country,
    Currency,
    Date,
    Duns,
    Email,
    Language,
    Lei,
    Number,
    OrganisationName,
    PersonName,
    Phone,
    Reference,
    TaxId,
    Text,
    Url,
    WebDomain,
    Whole,
    YesNo,
)
from mdm.standardise.reading import InvalidValue, Reading

GB = Reading("GB")
STATUS = Choice(("active", "on hold"), (("open", "active"), ("Pausiert", "on hold")))
ONE_TEXT = [
    Text(), OrganisationName(), PersonName(), Code(), TaxId(), Lei(), Duns(), Email(), Phone(),
    WebDomain(), Url(), Country(), Language(), Currency(), Date(), Number(), Whole(), YesNo(),
    STATUS,
]  # fmt: skip


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        (Text(), "  Head  of\tAudit ", "Head of Audit"),
        (OrganisationName(), "ACME GmbH & Co. KG", "ACME GmbH & Co. KG"),
        (PersonName(), "ANN-MARIE O'BRIEN", "Ann-Marie O'Brien"),
        (PersonName(), "josé", "José"),
        (PersonName(), "McDonald", "McDonald"),
        (PersonName(), "JO", "JO"),
        (Code(), " prj-0001 ", "PRJ-0001"),
        (TaxId(), "980 7806 84", "GB980780684"),
        (Lei(), "213800kud8lajwsq9d15", "213800KUD8LAJWSQ9D15"),
        (Duns(), "15-048-3782", "150483782"),
        (Email(), "Ann@Firm.com", "ann@firm.com"),
        (Phone(), "020 7946 0958", "+442079460958"),
        (WebDomain(), "https://www.firm.com/x", "firm.com"),
        (Url(), "firm.com", "https://firm.com"),
        (Country(), "Deutschland", "DE"),
        (Language(), "English", "en"),
        (Currency(), "€", "EUR"),
        (Date(), "30/04/2024", "2024-04-30"),
        (Date(), date(2024, 4, 30), "2024-04-30"),
        (Date(), datetime(2024, 4, 30, 12, tzinfo=UTC), "2024-04-30"),
        (Number(), "£1,098.20", "1098.20"),
        (Whole(), "5.0", 5),
        (YesNo(), "Y", True),
        (YesNo(), "false", False),
        (YesNo(), "0", False),
        (STATUS, "OPEN", "active"),
        (STATUS, "pausiert", "on hold"),
        (STATUS, "On  Hold", "on hold"),
        (Reference("client"), ("CRM", "  A-1 "), {"system": "CRM", "key": "A-1"}),
        (
            Address(),
            {"line1": "12 High St", "city": "Leeds"},
            {"kind": "main", "lines": ["12 High St"], "city": "Leeds", "country": "GB"},
        ),
        (Address(), (("city", "Leeds"),), {"kind": "main", "city": "Leeds", "country": "GB"}),
    ],
)
def test_a_value_is_read_into_its_json_form(type_, raw, value):
    assert type_.clean(raw, GB) == value


@pytest.mark.parametrize("type_", ONE_TEXT)
@pytest.mark.parametrize("raw", ["", "  ", "\u200b", None])
def test_a_raw_value_that_says_nothing_is_none(type_, raw):
    assert type_.clean(raw, GB) is None


@pytest.mark.parametrize("raw", [("CRM", ""), ("CRM", " "), ("CRM", "\u200b")])
def test_a_reference_without_a_key_is_none(raw):
    assert Reference("client").clean(raw, GB) is None


@pytest.mark.parametrize(
    "raw",
    [
        "=1+1",
        "=SUM(A1:A9)",
        "= cmd",
        "=[Book1]Sheet1!A1",
        "={1}",
        "=#REF!",
        "=$A$1",
        "=.5",
        '="x"',
        "＝1+1",
        '=HYPERLINK("http://evil.com","x")',
        "@SUM(1+1)",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
    ],
)
@pytest.mark.parametrize("type_", [Text(), OrganisationName(), PersonName(), Code()])
def test_a_formula_is_refused_in_every_text(type_, raw):
    with pytest.raises(InvalidValue, match="looks like a spreadsheet formula") as refused:
        type_.clean(raw, GB)

    assert "values instead of the formulas" in refused.value.remedy


@pytest.mark.parametrize("part", ["kind", "line1", "line4", "city", "region", "postcode"])
def test_a_formula_in_an_address_names_its_part(part):
    with pytest.raises(InvalidValue, match="formula") as refused:
        Address().clean({"line2": "Floor 2", part: "=1+1"}, GB)

    assert refused.value.part == part


@pytest.mark.parametrize(
    "raw", ["-", "- 5", "-5", "+44 20 7946 0958", "=", "a=b", "@home", "3M", "1+1=2", "C++"]
)
def test_a_sign_alone_makes_no_formula(raw):
    assert Text().clean(raw, GB) == raw


@pytest.mark.parametrize(
    ("type_", "raw"),
    [
        (Text(longest=10), "x" * 11),
        (Code(), "x" * 101),
        (Reference("client"), ("CRM", "x" * 513)),
        (Address(), {"line1": "x" * 301}),
    ],
)
def test_a_text_that_is_too_long_is_refused(type_, raw):
    with pytest.raises(InvalidValue, match="characters, more than") as refused:
        type_.clean(raw, GB)

    assert "missing quote" in refused.value.remedy


@pytest.mark.parametrize("type_", ONE_TEXT)
def test_a_message_is_short_however_long_the_cell(type_):
    with pytest.raises(InvalidValue) as refused:
        type_.clean("x9 " * 30_000, GB)

    assert len(refused.value.message) < 300


@given(st.sampled_from(ONE_TEXT), st.text(max_size=25))
def test_any_text_is_a_value_that_reads_the_same_again_or_is_invalid(type_, raw):
    try:
        value = type_.clean(raw, GB)
    except InvalidValue:
        return

    assert value is None or type_.clean(value, Reading("GB", "ymd")) == value
    assert value is None or type_.display(value)


@pytest.mark.parametrize(("raw", "why"), [("-0.01", "below 0"), ("1001", "above 1,000")])
def test_a_number_beyond_its_bounds_is_refused(raw, why):
    with pytest.raises(InvalidValue, match=why):
        Number(least=0, most=1_000).clean(raw, GB)


def test_a_birth_of_unknown_century_is_refused():
    with pytest.raises(InvalidValue, match="century"):
        Date(full_year=True).clean("12/03/58", GB)


@pytest.mark.parametrize("raw", ["maybe", "2", "ja", "oui"])
def test_an_answer_that_is_neither_yes_nor_no_is_refused(raw):
    with pytest.raises(InvalidValue, match="neither yes nor no"):
        YesNo().clean(raw, GB)


def test_a_choice_that_is_not_offered_names_what_is():
    with pytest.raises(InvalidValue, match="'gone' is not one of active, on hold"):
        STATUS.clean("gone", GB)


@pytest.mark.parametrize(
    ("type_", "value", "shown"),
    [
        (Text(), "Acme", "Acme"),
        (Country(), "DE", "Germany"),
        (Country(), "??", "??"),
        (Language(), "en", "English"),
        (Date(), "2024-04-30", "30 Apr 2024"),
        (YesNo(), True, "yes"),
        (YesNo(), False, "no"),
        (Whole(), 5, "5"),
        (Reference("client"), {"system": "CRM", "key": "A-1"}, "CRM:A-1"),
        (
            Address(),
            {"kind": "main", "lines": ["12 High St"], "city": "Leeds"},
            "12 High St, Leeds",
        ),
    ],
)
def test_a_value_is_shown_as_a_person_reads_it(type_, value, shown):
    assert type_.display(value) == shown


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        (OrganisationName(), "ACME", "Acme"),
        (OrganisationName(), "Müller", "Muller"),
        (Number(), "98.20", "98.2"),
        (Address(), {"lines": ["12 High St."]}, {"lines": ["12 HIGH ST"], "kind": "home"}),
        (
            Reference("client"),
            {"system": "CRM", "key": "A"},
            {"key": "A", "system": "CRM"},
        ),
    ],
)
def test_two_spellings_are_one_item(type_, one, other):
    assert type_.identity(one) == type_.identity(other)


@pytest.mark.parametrize(
    ("type_", "one", "other"),
    [
        (Email(), "ann@xn--mnchen-3ya.de", "ann@munchen.de"),
        (Email(), "jürgen@firm.de", "jurgen@firm.de"),
        (Phone(), "+12125550100", "+12125550100;ext=12"),
        (Url(), "https://firm.com/A", "https://firm.com/a"),
        (Reference("client"), {"system": "CRM", "key": "A"}, {"system": "ERP", "key": "A"}),
        (Reference("client"), {"system": "CRM", "key": "a"}, {"system": "CRM", "key": "A"}),
    ],
)
def test_two_facts_stay_two_items(type_, one, other):
    assert type_.identity(one) != type_.identity(other)


def test_an_address_is_as_complete_as_it_has_parts():
    full = {"kind": "main", "lines": ["12 High St"], "city": "Leeds", "country": "GB"}

    assert Address().completeness(full) > Address().completeness({"kind": "main", "city": "Leeds"})
    assert Text().completeness("Head of Audit") > Text().completeness("Head")


@pytest.mark.parametrize(
    ("type_", "least", "greatest"),
    [
        (Number(), "9.5", "10"),
        (Number(), "-3", "2"),
        (Whole(), 9, 10),
        (Date(), "2023-12-31", "2024-01-01"),
        (Text(), "a", "b"),
    ],
)
def test_values_are_ordered_by_what_they_mean(type_, least, greatest):
    assert type_.order(least) < type_.order(greatest)


@pytest.mark.parametrize("type_", [*ONE_TEXT, Address(), Reference("client")])
def test_a_type_can_be_compared_and_cached(type_):
    assert hash(type_) == hash(type_)
    assert type_ == type_
    assert isinstance(type_, AttributeType)
