from dataclasses import replace

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from matching.checks import check_declarations
from matching.domains import MODELS
from matching.domains.generic import generic_model
from mdm.attribute_types import Code, Reference, Text
from mdm.domains import ENTITY_TYPES
from mdm.domains.periods import PERIOD_RUNS_FORWARD
from mdm.schema import Attribute, EntityType


def attribute(name, type_=None, **changes):
    return Attribute(name=name, type=type_ or Text(), label=name, glossary=name, **changes)


INVOICE = EntityType(
    domain="invoice",
    label="Invoice",
    plural="Invoices",
    glossary="What a client is asked to pay.",
    title=lambda values: str(values.get("number")),
    attributes=(attribute("number", Code()), attribute("notes", many=True)),
)


@pytest.fixture
def declare(monkeypatch):
    """Adds an entity type and a match model to those that ship."""

    def declare(declared=INVOICE, model=None):
        monkeypatch.setitem(ENTITY_TYPES, declared.domain, declared)
        model = model or generic_model("invoice", keys=["number"])
        monkeypatch.setitem(MODELS, model.domain, model)

    return declare


def only_error():
    (error,) = check_declarations()
    return error


def test_the_domains_that_ship_fit_their_match_models():
    assert check_declarations() == []


def test_a_domain_with_its_model_is_accepted(declare):
    declare()

    assert check_declarations() == []


def test_a_match_model_that_names_an_attribute_that_is_not_there_is_refused(declare):
    declare(model=generic_model("invoice", name="title", keys=["number"]))

    assert only_error().msg == (
        "The match model of 'invoice' names the attribute 'title', which 'invoice' does not have."
    )
    assert only_error().hint == "It has number, notes."


def test_a_reference_into_a_domain_that_is_not_there_is_refused(declare):
    declare(replace_attributes(INVOICE, attribute("payer", Reference("debtor"))))

    assert only_error().msg == (
        "The entity type of 'invoice': 'payer' refers to the domain 'debtor', which there is not."
    )
    assert only_error().hint.startswith("There are client, contact, project, rate, invoice;")


@pytest.mark.parametrize("changes", [{"search_by": ("name",)}, {"rules": (PERIOD_RUNS_FORWARD,)}])
def test_searching_or_judging_by_an_attribute_that_is_not_there_is_refused(declare, changes):
    declare(replace_attributes(INVOICE, **changes))

    assert only_error().id == "matching.E002"
    assert only_error().msg.startswith("The entity type of 'invoice' names the attribute")


def test_a_domain_without_a_match_model_is_refused(monkeypatch):
    monkeypatch.setitem(ENTITY_TYPES, "invoice", INVOICE)

    assert "would never become golden records" in only_error().msg
    assert "matching.domains.generic makes a small one" in only_error().hint


def test_a_match_model_of_a_domain_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setitem(MODELS, "invoice", generic_model("invoice", keys=["number"]))

    assert only_error().msg == "The match model of 'invoice' is for a domain that there is not."


@pytest.mark.parametrize(
    ("path", "said", "remedy"),
    [
        ("notes", "'notes' is a list", "Write it as 'notes[0]'."),
        ("number[0]", "'number' is one value", "Write it as 'number'."),
    ],
)
def test_reading_a_list_as_one_value_or_the_reverse_is_refused(declare, path, said, remedy):
    declare(model=generic_model("invoice", keys=[path]))

    assert said in only_error().msg
    assert only_error().hint == remedy


def test_commands_do_not_start_with_declarations_that_do_not_fit(declare):
    declare(model=generic_model("invoice", name="title"))

    with pytest.raises(SystemCheckError, match="names the attribute 'title'"):
        call_command("check")


def replace_attributes(declared, *more, **changes):
    return replace(declared, attributes=(*declared.attributes, *more), **changes)
