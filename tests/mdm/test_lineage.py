from datetime import timedelta

import pytest

from mdm import lineage, overrides, policy
from mdm.models import SourceRecord
from tests.factories import LATER, NOW, cause, golden_record, ownership, record

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


def test_a_value_has_its_rule_its_trust_and_the_time_of_its_source():
    ownership("client", "CRM", "ERP")
    updated_at = NOW - timedelta(days=140)
    made = golden_record(
        record("A", updated_at=updated_at, industry="Tools"), record("1", source="ERP"), at=NOW
    )
    decay = {"after_days": 90, "period_days": 100}
    policy.set_policy("client", {"industry": {"decay": decay}}, "ages", cause=cause())

    line = line_of(made, "industry")

    assert (line.strategy, line.policy) == ("most trusted", "client-policy-1")
    assert [(each.value, each.trust) for each in line.candidates] == [("Tools", 50.0), (None, 0.0)]
    assert line.winners[0].source_updated_at == updated_at


def test_a_doubtful_value_is_shown_as_such():
    crm = record("A", website="see linkedin")
    SourceRecord.objects.update(doubtful=["website"])

    line = line_of(golden_record(crm), "website")

    assert line.doubtful
    assert line.candidates[0].doubtful
    assert line.candidates[0].trust == 5


@pytest.mark.parametrize("members", [1, 2])
def test_a_pinned_value_names_who_pinned_it_and_no_source_wins(members):
    made = golden_record(*(record(f"A{n}", legal_name="Acme", phone="+1") for n in range(members)))
    overrides.set_override(made.pk, "legal_name", "ACME", reason="so", cause=cause(at=LATER))
    made.refresh_from_db()

    name, phone = line_of(made, "legal_name"), line_of(made, "phone")

    assert (name.value, name.reason) == ("ACME", "a steward pinned it")
    assert (name.pin.set_by, name.pin.reason, name.pin.contested) == ("user:ann", "so", False)
    assert name.winners == ()
    assert [each.value for each in name.candidates] == ["Acme"] * members
    assert len(phone.winners) == 1
    assert phone.pin is None


def test_a_value_pinned_to_be_empty_is_explained_too():
    made = golden_record(record("A", phone="+1"))
    overrides.set_override(made.pk, "phone", None, reason="so", cause=cause(at=LATER))
    made.refresh_from_db()

    line = line_of(made, "phone")

    assert (line.value, line.reason) == (None, "a steward pinned it")


def test_a_value_that_is_not_from_its_owner_says_so():
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="tax_id")
    erp = record("1", source="ERP", legal_name="Acme")
    made = golden_record(record("A", legal_name="Acme", tax_id="GB1"), erp)

    found = {each.attribute.name: each for each in lineage.explain(made, lineage.sources_of(made))}

    assert found["tax_id"].is_foreign
    assert found["tax_id"].owner == erp.system_id
    assert not found["legal_name"].is_foreign


def test_explaining_takes_few_queries(django_assert_max_num_queries):
    made = golden_record(record("A"), record("1", source="ERP"))

    with django_assert_max_num_queries(5):
        explained(made)


def line_of(made, name):
    return next(each for each in explained(made) if each.attribute.name == name)


def explained(made):
    return lineage.explain(made, lineage.sources_of(made))
