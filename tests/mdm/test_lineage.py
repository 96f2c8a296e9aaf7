import pytest

from mdm import lineage
from tests.factories import golden_record, ownership, record

pytestmark = pytest.mark.django_db


def test_each_value_names_its_winner_the_reason_and_what_it_beat():
    ownership("client", "ERP", "CRM")
    made = golden_record(
        record("A", legal_name="Acme", industry="Tools"),
        record("1", source="ERP", legal_name="Acme Limited"),
    )

    lines = {each.attribute.name: each for each in explained(made)}

    assert set(lines) == {"legal_name", "industry"}
    name = lines["legal_name"]
    assert [(each.source.system, each.value, each.wins) for each in name.candidates] == [
        ("CRM", "Acme", False),
        ("ERP", "Acme Limited", True),
    ]
    assert name.reason == "its system comes first in the ownership register"
    assert name.contested
    assert not lines["industry"].contested


def test_of_a_single_source_every_value_is_the_only_one():
    made = golden_record(record("A", legal_name="Acme"))

    (name,) = explained(made)

    assert name.reason == "the only value there is"
    assert name.candidates[0].wins


def test_items_of_a_list_may_come_from_several_sources():
    made = golden_record(
        record("A", domain="contact", family_name="Lee", emails=["a@x.com", "b@x.com"]),
        record("1", source="ERP", domain="contact", family_name="Lee", emails=["b@x.com"]),
    )

    emails = next(each for each in explained(made) if each.attribute.name == "emails")

    assert [each.wins for each in emails.candidates] == [True, False]
    assert emails.value == ["a@x.com", "b@x.com"]


def test_a_source_links_to_the_record_in_its_system():
    crm = record("A B")
    crm.system.entity_url_template = "https://crm.example/{domain}/{key}"
    crm.system.save()

    (source,) = lineage.sources_of(golden_record(crm))

    assert source.url == "https://crm.example/client/A%20B"


def explained(made):
    return lineage.explain(made, lineage.sources_of(made))
