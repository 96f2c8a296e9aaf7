"""What holds for the declaration of every domain."""

import pytest

from mdm.attribute_types import Choice, Reference
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.schema import Sensitivity

DECLARED = list(ENTITY_TYPES.values())
ATTRIBUTES = [(each, attribute) for each in DECLARED for attribute in each.attributes]
every_domain = pytest.mark.parametrize("declared", DECLARED, ids=lambda each: each.domain)
every_attribute = pytest.mark.parametrize(
    ("declared", "attribute"), ATTRIBUTES, ids=[f"{d.domain}.{a.name}" for d, a in ATTRIBUTES]
)


def test_the_hub_keeps_clients_contacts_projects_and_rates():
    assert list(ENTITY_TYPES) == ["client", "contact", "project", "rate"]


def test_an_unknown_domain_names_the_known_ones():
    with pytest.raises(KeyError, match="no domain 'cleint'; there are client, contact"):
        entity_type("cleint")


@every_domain
def test_a_domain_is_found_under_its_own_name(declared):
    assert entity_type(declared.domain) is declared


@every_attribute
def test_an_attribute_is_explained_to_people(declared, attribute):
    assert attribute.label
    assert attribute.glossary.endswith(".")
    assert attribute.name.isidentifier()
    assert attribute.name.islower()


@every_attribute
def test_a_reference_leads_to_a_domain_that_exists(declared, attribute):
    if isinstance(attribute.type, Reference):
        assert attribute.type.domain in ENTITY_TYPES


@every_attribute
def test_a_required_value_cannot_be_cleared(declared, attribute):
    assert not (attribute.required and attribute.null_clears)


@every_attribute
def test_every_synonym_of_a_choice_leads_to_one_of_its_options(declared, attribute):
    if isinstance(attribute.type, Choice):
        assert {option for _, option in attribute.type.synonyms} <= set(attribute.type.options)


@every_domain
def test_search_and_rules_name_declared_attributes(declared):
    assert set(declared.search_by) <= set(declared.by_name)
    assert {rule.attribute for rule in declared.rules} <= set(declared.by_name)


@every_domain
def test_a_rule_says_what_is_wrong_and_what_mends_it(declared):
    for rule in declared.rules:
        assert rule.message
        assert rule.remedy


@every_domain
def test_a_record_of_nothing_has_a_title_and_breaks_no_rule_of_periods(declared):
    assert declared.title({})
    assert declared.title(dict.fromkeys(declared.by_name))
    assert not any(rule.breaks({}) for rule in declared.rules)


def test_what_makes_a_person_known_is_personal():
    personal = {"given_name", "family_name", "emails", "phones", "address", "date_of_birth"}

    contact = entity_type("contact")

    assert {contact[name].sensitivity for name in personal} == {Sensitivity.PERSONAL}
