"""The ownership template of the trade: every kind of records has an owner in it, or is a gap."""

import pytest
import yaml

from mdm import configuration
from mdm.feeds.generator.real_clients import SAMPLE_FEEDS
from mdm.governance import trade
from tests.factories import cause
from tests.stewardship.reports.reading import lines, made

pytestmark = pytest.mark.django_db

HUB = SAMPLE_FEEDS / "hub.yaml"


def test_the_template_names_an_owner_for_every_object_of_the_trade():
    configuration.apply(yaml.safe_load(HUB.read_text()), cause=cause())

    found = made("ownership")

    owners = {
        (domain, a): owner for domain, a, owner in lines(found, "domain", "attribute", "owner")
    }
    whole = {
        domain: owner for (domain, attribute), owner in owners.items() if attribute == "all of it"
    }
    assert whole == {
        "Pipeline": "CRM", "Contracts": "ERP", "Invoices": "ERP", "Revenue events": "ERP",
        "Costs": "ERP", "Time and expense": "PSA",
    }  # fmt: skip
    assert owners["Clients", "Industry"] == owners["Contacts", "Family name"] == "CRM"
    assert owners["Clients", "Legal name"] == owners["Projects", "Name"] == "ERP"
    assert owners["Rates", "Amount"] == "RATES"
    assert dict(found.totals)["Gaps"] == 0
    assert "no owner" not in dict(made("gaps").totals)


@pytest.mark.parametrize("domain", ["invoice", "contract", "revenue_event", "contact", "rate"])
def test_an_object_of_the_trade_without_an_owner_is_a_gap(domain):
    document = yaml.safe_load(HUB.read_text())
    document["ownership"] = [line for line in document["ownership"] if line["domain"] != domain]

    configuration.apply(document, cause=cause())

    missing = {d for what, d in lines(made("gaps"), "what", "domain") if what == "no owner"}
    assert missing == {trade.OBJECTS[domain]}
