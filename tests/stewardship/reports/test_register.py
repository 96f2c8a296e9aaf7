"""What the reports on the register say: who owns what, and what is missing."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import User
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from mdm.domains import ENTITY_TYPES
from mdm.governance import trade
from mdm.models import (
    OwnershipRule,
    OwnershipSegment,
)
from tests.factories import (
    ownership,
    system,
)
from tests.stewardship.reports.reading import (
    column,
    lines,
    made,
)

pytestmark = pytest.mark.django_db


def test_the_matrix_has_each_attribute_of_each_domain_once_and_its_totals_tie():
    ownership("client", "CRM", "ERP")
    ownership("client", "ERP", attribute="tax_id")
    ownership("invoice", "ERP")
    OwnershipRule.objects.create(
        domain="client", attribute="size", accountable="Ann", valid_on=DateRange(date(2000, 1, 1))
    )

    found = made("ownership")

    attributes = sum(len(each.attributes) for each in ENTITY_TYPES.values())
    others = len(trade.OBJECTS) - len(ENTITY_TYPES)
    totals = dict(found.totals)
    hows = Counter(column(found, "how"))
    assert len(found.rows) == totals["Attributes"] == attributes + others
    assert totals["With a rule of their own"] == hows["explicit"] == 2
    assert totals["Inherited"] == hows["inherited"] == len(ENTITY_TYPES["client"].attributes) - 2
    assert totals["Nobody's on purpose"] == hows["nobody, on purpose"] == 1
    assert totals["Gaps"] == len(found.rows) - 3 - hows["inherited"]
    owners = {(a, b): c for a, b, c in lines(found, "domain", "attribute", "owner")}
    assert owners["Clients", "Tax number"] == "ERP"
    assert owners["Clients", "Legal name"] == "CRM"
    assert owners["Invoices", "all of it"] == "ERP"


def test_the_matrix_of_a_moment_says_what_the_register_said_then():
    ownership("client", "CRM")
    then = timezone.now()
    OwnershipRule.objects.update(withdrawn_at=timezone.now())

    assert dict(made("ownership").totals)["Inherited"] == 0
    assert dict(made("ownership", as_of=then).totals)["Inherited"] > 0


def test_gaps_name_who_is_missing_who_has_left_and_what_is_due():
    User.objects.create_user("ann", is_active=False)
    today = timezone.now().date()
    rule = {"domain": "client", "system": None, "steward": "Sue", "technical_owner": "Tom"}
    for attribute, more in {
        "size": {"accountable": "ann", "deputy": "Dan", "review_on": today - timedelta(days=1)},
        "industry": {"accountable": "Ben", "review_on": today + timedelta(days=9)},
        "website": {"accountable": "Ben", "deputy": "Dan", "review_on": today.replace(year=2099)},
    }.items():
        until = today + timedelta(days=3) if attribute == "website" else None
        period = DateRange(date(2000, 1, 1), until)
        OwnershipRule.objects.create(attribute=attribute, valid_on=period, **rule, **more)

    found = made("gaps")

    own = {row for row in lines(found, "what", "attribute", "who") if row[0] != "no owner"}
    assert own == {
        ("has left", "Size", "ann"),
        ("review overdue", "Size", "ann"),
        ("no deputy", "Industry", "Ben"),
        ("review coming", "Industry", "Ben"),
        ("ends without a successor", "Website", "Ben"),
    }
    totals = dict(found.totals)
    matrix = dict(made("ownership").totals)
    assert totals["no owner"] == matrix["Gaps"]


def test_a_rule_of_a_whole_domain_whose_people_have_left_is_a_gap_once():
    User.objects.create_user("ann", is_active=False)
    OwnershipRule.objects.create(
        domain="client", accountable="ann", valid_on=DateRange(date(2000, 1, 1)), steward="Sue",
        system=system("CRM"), technical_owner="Tom", deputy="Dan", review_on=date(2099, 1, 1),
    )  # fmt: skip

    found = made("gaps")

    of_clients = [row for row in lines(found, "what", "domain", "attribute", "who") if row[3]]
    assert of_clients == [("has left", "Clients", "all of it", "ann")]


def test_the_matrix_names_the_systems_that_fill_in_and_who_owns_a_segment():
    ownership("client", "CRM", "ERP")
    ownership("client", "PSA", attribute="industry")
    OwnershipSegment.objects.create(
        domain="client", code="uk", label="United Kingdom", attribute="addresses",
        part="country", is_one_of=["GB"],
    )  # fmt: skip
    ownership("client", "ERP", segment="uk")

    found = made("ownership")

    said = {
        (a, of): (owner, then, how)
        for a, of, owner, then, how in lines(found, "attribute", "segment", "owner", "then", "how")
        if a in {"Industry", "Legal name"}
    }
    assert said["Industry", ""] == ("PSA", "CRM, ERP", "explicit")
    assert said["Legal name", ""] == ("CRM", "ERP", "inherited")
    assert said["Legal name", "uk"][:2] == ("ERP", "CRM")
    assert said["Industry", "uk"][:2] == ("PSA", "ERP, CRM")
