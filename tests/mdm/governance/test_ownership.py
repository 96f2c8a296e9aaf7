from datetime import date, timedelta

import numpy as np
import pytest
from django.db import IntegrityError
from django.db.backends.postgresql.psycopg_any import DateRange

from mdm import golden
from mdm.governance.ownership import UNRANKED, ranking
from mdm.models import Evaluation, Event, GoldenRecord, OwnershipRule, OwnershipSegment
from stewardship.reports.register import owned_by
from tests.factories import NOW, cause, golden_record, ownership, record, system

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
TOMORROW = TODAY + timedelta(days=1)


def order(attribute="", domain="client", on=TODAY):
    """Codes of the systems, the first one first."""
    codes = {system(code).pk: code for code in ("CRM", "ERP", "PSA")}
    return [codes[id_] for id_ in ranking(domain, on).order(attribute)]


def rule(code, place=1, since=date(2000, 1, 1), until=None, **changes):
    return OwnershipRule.objects.create(
        system=system(code),
        place=place,
        valid_on=DateRange(since, until),
        **{"domain": "client", "accountable": "Ann", **changes},
    )


def test_systems_come_in_the_order_of_their_places():
    ownership("client", "ERP", "CRM")

    assert order("legal_name") == ["ERP", "CRM"]


def test_rules_of_an_attribute_go_first_and_those_of_the_domain_fill_up():
    ownership("client", "ERP", "CRM", "PSA")
    ownership("client", "PSA", attribute="tax_id")

    assert order("tax_id") == ["PSA", "ERP", "CRM"]
    assert order("legal_name") == ["ERP", "CRM", "PSA"]


def test_a_rule_holds_from_its_first_day_to_the_day_before_its_last():
    rule("CRM", until=TOMORROW)
    rule("ERP", since=TOMORROW)

    assert order(on=TODAY) == ["CRM"]
    assert order(on=TOMORROW) == ["ERP"]


def test_rules_of_one_domain_say_nothing_about_another():
    ownership("contact", "CRM")

    assert order() == []


def test_a_system_that_the_register_does_not_mention_comes_last():
    ownership("client", "CRM")
    systems = np.array([system("PSA").pk, system("CRM").pk])

    assert ranking("client", TODAY).ranks("tax_id", systems).tolist() == [UNRANKED, 0]


@pytest.mark.parametrize(
    ("code", "place", "constraint"),
    [
        ("ERP", 1, "one_system_per_place_at_a_time"),
        ("CRM", 2, "one_place_per_system_at_a_time"),
    ],
)
def test_the_database_refuses_two_rules_for_one_place_or_one_system_at_a_time(
    code, place, constraint
):
    rule("CRM", until=TOMORROW)

    with pytest.raises(IntegrityError, match=constraint):
        rule(code, place, since=TODAY)


def test_a_place_changes_hands_from_one_day_to_the_next():
    rule("CRM", until=TOMORROW)

    assert rule("ERP", since=TOMORROW).pk


def test_places_count_from_one():
    with pytest.raises(IntegrityError, match="places_count_from_one"):
        rule("CRM", place=0)


def test_a_new_owner_decides_from_its_day_on_and_the_change_is_recorded():
    made = golden_record(
        record("A", legal_name="Acme"), record("1", source="ERP", legal_name="Acme Ltd"), at=NOW
    )
    rule("CRM", until=TOMORROW)
    rule("ERP", since=TOMORROW)

    before = golden.rebuild("client", [made.pk], cause=cause(at=NOW))
    title_before = GoldenRecord.objects.get().title
    Evaluation.objects.update(evaluated_at=NOW + timedelta(days=1))
    after = golden.rebuild("client", [made.pk], cause=cause(at=NOW + timedelta(days=1)))

    assert title_before == "Acme"
    assert GoldenRecord.objects.get().title == "Acme Ltd"
    assert after == [made.pk]
    assert Event.objects.filter(golden_id=made.pk).count() == 2 + len(before)


def segment(code, *countries):
    OwnershipSegment.objects.create(
        domain="client", code=code, label=code, attribute="addresses", part="country",
        is_one_of=list(countries),
    )  # fmt: skip


def in_country(country):
    """A golden record of which three systems say different things."""
    address = [{"city": "X", "country": country}]
    return golden_record(
        record(f"A{country}", legal_name="Crm", tax_id="GB123456789", addresses=address),
        record(f"1{country}", source="ERP", legal_name="Erp", tax_id="GB987654321"),
        record(f"P{country}", source="PSA", legal_name="Psa", tax_id="GB111111111"),
    )


def test_a_segment_of_a_whole_domain_goes_before_the_domain_and_after_the_attribute():
    ownership("client", "CRM")
    ownership("client", "PSA", attribute="tax_id")
    segment("uk", "GB")
    rule("ERP", segment="uk")

    there, elsewhere = in_country("GB").attributes, in_country("FR").attributes

    assert (there["legal_name"], there["tax_id"]) == ("Erp", "GB111111111")
    assert (elsewhere["legal_name"], elsewhere["tax_id"]) == ("Crm", "GB111111111")
    assert there["addresses"][0]["city"] == "X"


def test_of_two_segments_that_of_the_attribute_goes_before_that_of_the_domain():
    ownership("client", "CRM")
    segment("europe", "GB", "FR")
    segment("uk", "GB")
    rule("PSA", segment="europe")
    rule("ERP", attribute="legal_name", segment="uk")

    assert in_country("GB").attributes["legal_name"] == "Erp"
    assert in_country("FR").attributes["legal_name"] == "Psa"
    register = ranking("client", TODAY)
    found = register.segment_of("legal_name", {"addresses": [{"country": "GB"}]})
    assert found == "uk"


@pytest.mark.parametrize("about", [{}, {"segment": "uk"}, {"attribute": "legal_name"}])
def test_one_rule_begins_as_another_ends_in_survivorship_and_in_the_register(about):
    ownership("contact", "CRM")
    segment("uk", "GB")
    rule("CRM", until=TOMORROW, recorded_at=NOW, **about)
    rule("ERP", since=TOMORROW, until=TOMORROW + timedelta(days=7), recorded_at=NOW, **about)
    made = in_country("GB")

    said = {}
    for days in (0, 1, 7, 8):
        at = NOW + timedelta(days=days)
        Evaluation.objects.update(evaluated_at=at)
        golden.rebuild("client", [made.pk], cause=cause(at=at))
        said[days] = GoldenRecord.objects.get().attributes["legal_name"]
        shown = [
            each.rule.system.code if each.rule else ""
            for each in owned_by(at)
            if (each.domain, each.attribute) == ("client", "legal_name")
        ]
        assert shown[-1] == {0: "CRM", 1: "ERP", 7: "ERP", 8: ""}[days]

    assert said[0] == "Crm"
    assert said[1] == said[7] == "Erp"


def test_values_of_a_system_that_owns_nothing_fill_the_gaps_only():
    ownership("client", "ERP")
    made = golden_record(
        record("A", legal_name="Acme", industry="Tools"),
        record("1", source="ERP", legal_name="Acme Ltd"),
    )

    assert made.attributes == {"legal_name": "Acme Ltd", "industry": "Tools"}
