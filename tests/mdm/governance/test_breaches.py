"""Who changes what another system owns is written down, with the money that hangs on it."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mdm import claims, golden, sources
from mdm.governance import breaches
from mdm.governance.breaches import Change
from mdm.governance.ownership import Ranking, ranking
from mdm.models import (
    Event,
    ExposureFact,
    OwnershipBreach,
    OwnershipRule,
    OwnershipSegment,
    SourceRecord,
)
from tests.factories import (
    LATER,
    NOW,
    arrival,
    batch,
    cause,
    feed,
    golden_record,
    ownership,
    record,
    send_again,
)

pytestmark = pytest.mark.django_db

VAT, OTHER = "GB123456789", "GB987654321"


@pytest.fixture
def owned():
    """The ERP owns the tax number of clients, the CRM everything else."""
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", "CRM", attribute="tax_id")


def pair(crm=None, erp=None):
    """A record of each system in one golden record, with what they say of the tax number."""
    one = record("A", legal_name="Acme", **({"tax_id": crm} if crm else {}))
    two = record("1", source="ERP", legal_name="Acme", **({"tax_id": erp} if erp else {}))
    return one, two, golden_record(one, two)


def rebuilt(made):
    golden.rebuild("client", [made.pk], cause=cause(at=LATER))
    made.refresh_from_db()
    return made.attributes.get("tax_id")


def test_the_crm_overwrites_what_the_erp_owns_and_the_golden_record_stays(owned):
    one, _, made = pair(VAT, VAT)

    send_again(one, legal_name="Acme", tax_id=OTHER)

    breach = OwnershipBreach.objects.get()
    assert (breach.system.code, breach.owner.code, breach.attribute) == ("CRM", "ERP", "tax_id")
    assert (breach.before, breach.after, breach.owned) == (VAT, OTHER, VAT)
    assert (breach.record, breach.golden_id, breach.outcome) == (one, made.pk, "ignore")
    assert breach.batch_id == one.versions.latest("number").batch_id
    assert rebuilt(made) == VAT
    one.refresh_from_db()
    assert one.attributes["tax_id"] == OTHER


def test_the_first_load_of_what_a_system_happens_to_hold_is_no_breach(owned):
    pair(OTHER, VAT)

    assert not OwnershipBreach.objects.exists()


def test_the_first_arrival_of_what_was_claimed_is_no_breach(owned):
    erp = record("1", source="ERP", legal_name="Acme", tax_id=VAT)
    made = golden_record(erp)
    sends = feed(source="CRM")
    claims.claim("CRM", "client", "A", made.pk, cause=cause())

    said = [arrival("A", legal_name="Acme", tax_id=OTHER)]
    sources.upsert(sends, batch(sends), said, cause=cause(at=LATER))

    assert SourceRecord.objects.get(source_key="A").attributes["tax_id"] == OTHER
    assert not OwnershipBreach.objects.exists()


def test_saying_for_the_first_time_something_else_than_the_owner_is_a_breach(owned):
    one, *_ = pair(None, VAT)

    send_again(one, legal_name="Acme", tax_id=OTHER)

    assert OwnershipBreach.objects.get().before is None


def test_filling_in_what_nobody_said_before_is_none(owned):
    one, _, made = pair()

    send_again(one, legal_name="Acme", tax_id=OTHER)

    assert not OwnershipBreach.objects.exists()
    assert rebuilt(made) == OTHER


def test_coming_round_to_what_the_owner_says_is_none(owned):
    one, *_ = pair(OTHER, VAT)

    send_again(one, legal_name="Acme", tax_id=VAT)

    assert not OwnershipBreach.objects.exists()


def test_the_owner_changes_its_own_values_freely(owned):
    _, two, made = pair(VAT, VAT)

    send_again(two, legal_name="Acme", tax_id=OTHER)

    assert not OwnershipBreach.objects.exists()
    assert rebuilt(made) == OTHER


def test_emptying_a_value_that_another_system_owns_is_a_breach(owned):
    one, *_ = pair(VAT, VAT)

    send_again(one, legal_name="Acme", tax_id=None)

    assert OwnershipBreach.objects.get().after is None


def test_where_a_newer_value_may_win_nobody_breaks_anything():
    ownership("client", "ERP", "CRM")
    one = record("A", phone="+441")
    golden_record(one, record("1", source="ERP", phone="+442"))

    send_again(one, legal_name="Client A", phone="+443")

    assert not OwnershipBreach.objects.exists()


def test_what_the_register_names_wins_whichever_strategy_the_others_compete_by():
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="phone")
    old, new = NOW - timedelta(days=700), NOW
    erp = record("1", source="ERP", updated_at=old, phone="+442")
    made = golden_record(record("A", updated_at=new, phone="+441"), erp)

    assert made.attributes["phone"] == "+442"
    assert {"phone": "owner"}.items() <= made.provenance[str(erp.pk)].items()


def test_a_list_that_has_an_owner_holds_the_items_of_the_owner_alone_when_it_has_any():
    ownership("client", "ERP", "CRM", attribute="addresses")
    street = {"kind": "billing", "lines": ["1 High St"], "city": "Leeds", "country": "GB"}
    other = {**street, "lines": ["2 Low St"]}
    first = golden_record(
        record("A", addresses=[other]), record("1", source="ERP", addresses=[street])
    )
    second = golden_record(record("B", addresses=[other]), record("2", source="ERP"))

    assert first.attributes["addresses"] == [street]
    assert second.attributes["addresses"] == [other]


def test_a_segment_of_clients_may_have_another_owner():
    ownership("client", "CRM", "ERP")
    OwnershipSegment.objects.create(
        domain="client", code="uk", label="United Kingdom", attribute="addresses",
        part="country", is_one_of=["GB"],
    )  # fmt: skip
    ownership("client", "ERP", attribute="tax_id", segment="uk")
    made = {
        country: golden_record(
            record(f"A{country}", tax_id=OTHER, addresses=[{"city": "X", "country": country}]),
            record(f"1{country}", source="ERP", tax_id=VAT),
        )
        for country in ("GB", "FR")
    }

    assert made["GB"].attributes["tax_id"] == VAT
    assert made["FR"].attributes["tax_id"] == OTHER


@pytest.mark.parametrize(("country", "broken"), [("GB", 1), ("FR", 0)])
def test_whether_a_change_is_a_breach_goes_by_the_segment(country, broken):
    ownership("client", "CRM", "ERP")
    ownership("client", "CRM", "ERP", attribute="tax_id")
    OwnershipSegment.objects.create(
        domain="client", code="uk", label="United Kingdom", attribute="addresses",
        part="country", is_one_of=["GB"],
    )  # fmt: skip
    ownership("client", "ERP", attribute="tax_id", segment="uk")
    one = record("A", tax_id=VAT, addresses=[{"city": "X", "country": country}])
    golden_record(one, record("1", source="ERP", tax_id=VAT))

    with CaptureQueriesContext(connection) as asked:
        send_again(one, legal_name="Acme", tax_id=OTHER)

    assert OwnershipBreach.objects.count() == broken
    homes = [each["sql"] for each in asked if 'FROM "mdm_goldenrecord"' in each["sql"]]
    assert homes
    assert not any(re.search(r'"mdm_goldenrecord"\."attributes"(?! ->)', sql) for sql in homes)


def test_the_register_is_asked_once_of_each_attribute(owned, monkeypatch):
    asked = []
    verdict = Ranking.verdict
    monkeypatch.setattr(
        Ranking,
        "verdict",
        lambda self, name, **said: asked.append(name) or verdict(self, name, **said),
    )
    register = ranking("client", NOW.date())
    records = [record(str(number), tax_id=VAT) for number in range(3)]
    changes = [Change(each.pk, {"tax_id": VAT}, {"tax_id": OTHER}) for each in records]

    breaches.record(register, batch(feed(source="CRM")), changes, at=NOW)

    assert OwnershipBreach.objects.count() == 3
    assert asked == ["tax_id"]


def test_the_money_that_hangs_on_the_golden_record_is_kept_with_the_breach(owned):
    one, two, _ = pair(VAT, VAT)
    for of, kind, amount, currency, days in (
        (two, "open_receivables", 100, "GBP", 9),
        (two, "open_receivables", 250, "GBP", 1),
        (two, "unbilled_work", 50, "GBP", 1),
        (one, "pipeline", 70, "USD", 1),
    ):
        ExposureFact.objects.create(
            record=of, kind=kind, amount=Decimal(amount), currency=currency,
            as_of=NOW.date() - timedelta(days=days),
        )  # fmt: skip

    send_again(one, legal_name="Acme", tax_id=OTHER)

    assert OwnershipBreach.objects.get().at_stake == {"GBP": "300.00", "USD": "70.00"}


def test_a_rule_that_proposes_asks_a_steward(owned):
    OwnershipRule.objects.filter(attribute="tax_id").update(on_breach="propose")
    one, *_ = pair(VAT, VAT)

    send_again(one, legal_name="Acme", tax_id=OTHER)

    breach = OwnershipBreach.objects.get()
    assert breach.outcome == "propose"
    assert Event.objects.get(type="ownership.breached").content == {
        "breaches": [breach.pk],
        "proposed": [breach.pk],
    }


def test_nobody_owns_on_purpose_what_the_register_says_so_of():
    ownership("client", "CRM", "ERP")
    OwnershipRule.objects.create(
        domain="client", attribute="tax_id", system=None, accountable="Ann",
        valid_on=OwnershipRule.objects.first().valid_on,
    )  # fmt: skip
    one, *_ = pair(VAT, VAT)

    send_again(one, legal_name="Acme", tax_id=OTHER)

    assert not OwnershipBreach.objects.exists()
