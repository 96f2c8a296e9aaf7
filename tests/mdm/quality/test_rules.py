"""Rules follow from the declaration, and say in SQL what types and declarations say in Python."""

import re

import orjson
import pytest

from mdm.attribute_types import (
    Address,
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
    Phone,
    TaxId,
    Text,
    Url,
    WebDomain,
    Whole,
    YesNo,
)
from mdm.bulk import fetch
from mdm.domains import ENTITY_TYPES
from mdm.domains.rate import RATE
from mdm.quality.rules import rules_of, uncovered
from mdm.schema import Attribute, Dimension, EntityType
from mdm.standardise.reading import Reading

WRITTEN = [
    (TaxId(), "gb 980 7806 84"), (TaxId(), "US12-3456789"), (Lei(), "529900t8bm49aursdo55"),
    (Duns(), "15-048-3782"), (Email(), "Ann.Lee@Example.COM"), (Email(), "o'neil+x@test.example"),
    (Phone(), "020 7946 0958"), (Phone(), "+1 212 555 0100 ext. 12"), (WebDomain(), "www.Firm.com"),
    (WebDomain(), "münchen.example"), (Url(), "Firm.com/a@b"), (Url(), "http://x.example:8080/"),
    (Country(), "Deutschland"), (Language(), "en-GB"), (Currency(), "€"), (Date(), "3 May 2024"),
    (Number(), "1,098.20"), (Number(), "(5)"), (Whole(), "-12"), (YesNo(), "y"),
    (Code(), " hrb  111 b "), (Code(), "straße 7"), (Choice(("on hold", "a.b")), "ON HOLD"),
]  # fmt: skip
ODD = [
    (Choice(("on hold", "a.b")), "axb"), (Date(), "3 May 2024"), (Phone(), "0207946"),
    (Email(), "Ann@Example.com"), (Country(), "Germany"), (Code(), "hrb"), (Lei(), "x"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "raw"), WRITTEN)
def test_what_a_type_writes_has_its_form_in_python_and_in_the_database(db, type_, raw):
    value = type_.clean(raw, Reading(country="GB"))
    said = value if isinstance(value, str) else orjson.dumps(value).decode()

    assert re.fullmatch(type_.form(), said)
    assert fetch("SELECT %s ~ %s", [said, type_.form()]) == [(True,)]


@pytest.mark.parametrize(("type_", "said"), ODD)
def test_another_spelling_has_not(db, type_, said):
    assert not re.fullmatch(type_.form(), said)
    assert fetch("SELECT %s ~ %s", [said, type_.form()]) == [(False,)]


BETWEEN = [
    {"start_date": "2026-01-01", "end_date": "2025-12-31"},
    {"start_date": "2026-01-01", "end_date": "2026-01-01"},
    {"end_date": "2025-12-31"},
    {"start_date": "2026-01-01"},
    {"scope": "firm"},
    {"scope": "client"},
    {"scope": "client", "client": {"system": "CRM", "key": "A"}},
    {"scope": "practice", "region": "North"},
    {"scope": "practice", "practice": "Tax"},
    {},
]


@pytest.mark.parametrize("domain", ENTITY_TYPES)
@pytest.mark.parametrize("values", BETWEEN)
def test_a_rule_between_attributes_says_the_same_in_both_languages(db, domain, values):
    for rule in ENTITY_TYPES[domain].rules:
        said = fetch(
            f"SELECT coalesce({rule.broken}, false) FROM (SELECT %s::jsonb AS a) row",
            [orjson.dumps(values).decode()],
        )
        assert said == [(rule.breaks(values),)]
        assert set(rule.reads) <= ENTITY_TYPES[domain].by_name.keys()


def declared(*attributes, **more):
    return EntityType(
        domain="contract", label="Contract", plural="Contracts", glossary="", title=str,
        attributes=attributes, **more,
    )  # fmt: skip


def attribute(name, type_, **more):
    return Attribute(name=name, type=type_, label=name, glossary="", **more)


def test_a_new_domain_has_rules_by_its_declaration_alone():
    contract = declared(
        attribute("number", Code(), required=True, unique=True),
        attribute("tax_id", TaxId()),
        attribute("signed_on", Date(), critical=True),
        attribute("notes", Text(), many=True),
        attribute("sites", Address(), many=True),
        fresh_days=30,
    )

    assert set(rules_of(contract)) == {
        "completeness.number", "validity.number", "uniqueness.number", "consistency.number",
        "conformity.number", "validity.tax_id", "uniqueness.tax_id", "consistency.tax_id",
        "conformity.tax_id", "completeness.signed_on", "consistency.signed_on",
        "conformity.signed_on", "conformity.sites", "timeliness.delivered", "timeliness.touched",
    }  # fmt: skip
    assert [each.name for each in uncovered(contract)] == ["notes"]


def test_rates_do_not_get_outdated_by_their_age():
    found = {each.code for each in rules_of(RATE).values()}

    assert "timeliness.touched" not in found
    assert "validity.scope.project-client-region-practice" in found


def test_what_has_a_group_is_unique_with_it():
    found = rules_of(ENTITY_TYPES["client"])["uniqueness.registration_number"]

    assert found.reads == ("registration_number", "register")
    assert found.dimension == Dimension.UNIQUENESS


def test_a_list_cannot_be_unique():
    with pytest.raises(ValueError, match="cannot be unique"):
        attribute("codes", Code(), many=True, unique=True)
