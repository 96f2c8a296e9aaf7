"""A domain is two declarations and a mapping: this one exists nowhere but here."""

from textwrap import dedent

import pytest
import yaml
from django.core.management import call_command

from matching.domains import MODELS
from matching.domains.generic import generic_model
from mdm import configuration
from mdm.attribute_types import Choice, Code, Date, Number, OrganisationName, Reference, Text
from mdm.domains import ENTITY_TYPES
from mdm.models import CrosswalkLink, Feed, GoldenRecord
from mdm.schema import Attribute, EntityType, Sensitivity
from mdm.survivorship import most_recent
from tests.factories import cause, feed, load

pytestmark = pytest.mark.django_db

OPPORTUNITY = EntityType(
    domain="opportunity",
    label="Opportunity",
    plural="Opportunities",
    glossary="Work that a client may buy.",
    title=lambda values: str(values.get("name", "unnamed opportunity")),
    search_by=("name", "number"),
    attributes=(
        Attribute(
            name="name",
            type=Text(longest=200),
            label="Name",
            glossary="What the sales team calls it.",
            required=True,
            null_clears=False,
        ),
        Attribute(name="number", type=Code(), label="Number", glossary="Counted by the CRM."),
        Attribute(
            name="client", type=Reference("client"), label="Client", glossary="Who may buy it."
        ),
        Attribute(
            name="competitors",
            type=OrganisationName(),
            label="Competitors",
            glossary="Who else would like to do the work.",
            many=True,
        ),
        Attribute(
            name="stage",
            type=Choice(("open", "won", "lost"), (("closed won", "won"),)),
            label="Stage",
            glossary="How far it has come.",
            survivorship=most_recent,
        ),
        Attribute(
            name="closes_on", type=Date(), label="Closes on", glossary="When the client decides."
        ),
        Attribute(
            name="fee",
            type=Number(least=0),
            label="Fee",
            glossary="What the firm would earn.",
            sensitivity=Sensitivity.RESTRICTED,
        ),
    ),
)

CONFIGURATION = """
    systems:
      - {code: CRM, name: Sales, kind: crm, owner: Ann}
      - {code: PSA, name: Delivery, kind: psa, owner: Ben}
    feeds:
      - code: crm-opportunities
        name: Opportunities of the CRM
        system: CRM
        domain: opportunity
        owner: Ann
        deletes: consensus
        largest_inactivated_share: 1
        mapping:
          key: Id
          updated_at: Changed
          attributes:
            - {attribute: name, column: Name}
            - {attribute: number, column: Number}
            - {attribute: client, column: Client, system: {value: CRM}}
            - {attribute: competitors, column: Competitor}
            - {attribute: stage, column: Stage}
            - {attribute: closes_on, column: Closes}
            - {attribute: fee, column: Fee}
      - code: psa-opportunities
        name: Opportunities of the PSA
        system: PSA
        domain: opportunity
        owner: Ben
        mapping:
          key: Key
          attributes:
            - {attribute: name, column: Title}
            - {attribute: number, column: CRM Number}
    ownership:
      - {domain: opportunity, systems: [CRM, PSA], accountable: Ann}
"""

CRM_FILE = """\
Id,Name,Number,Client,Competitor,Stage,Closes,Fee,Changed
O1,New roof,OP-1,C1,Globex Inc,Closed won,2026-09-30,125000,2026-05-01
O2,Old bridge,OP-2,C1,,open,2026-10-31,80000,2026-05-01
O3,Tunnel,OP-3,,,perhaps,2026-11-30,1,2026-05-01
"""
PSA_FILE = "Key,Title,CRM Number\n7,New roof (2026),OP-1\n"
ALL = ("opportunity:read", "see:internal", "see:restricted")


@pytest.fixture(autouse=True)
def opportunities(monkeypatch):
    """The domain, declared: an entity type, a match model, its feeds and its owner."""
    monkeypatch.setitem(ENTITY_TYPES, "opportunity", OPPORTUNITY)
    monkeypatch.setitem(MODELS, "opportunity", generic_model("opportunity", keys=["number"]))
    configuration.apply(yaml.safe_load(dedent(CONFIGURATION)), cause=cause())


@pytest.fixture
def loaded():
    """A client, and the opportunities of two systems, of which one is in both."""
    load(feed(source="CRM", domain="client"), "Id,Name\nC1,Acme Ltd\n")
    crm = load(Feed.objects.get(code="crm-opportunities"), CRM_FILE)
    psa = load(Feed.objects.get(code="psa-opportunities"), PSA_FILE)
    return crm, psa


@pytest.fixture
def roof(loaded):
    return GoldenRecord.objects.of("opportunity").get(title="New roof")


def test_its_files_are_read_and_a_bad_row_says_what_would_mend_it(loaded):
    crm, psa = loaded

    row = crm.rows.get()
    assert (crm.created, crm.quarantined, psa.created) == (2, 1, 1)
    assert (row.row_number, row.column) == (4, "Stage")
    assert "open, won, lost" in f"{row.message} {row.remedy}"


def test_records_of_two_systems_become_one_golden_record(roof):
    members = CrosswalkLink.objects.filter(golden=roof, unlinked_at=None)

    assert GoldenRecord.objects.of("opportunity").standing().count() == 2
    assert sorted(members.values_list("record__system__code", flat=True)) == ["CRM", "PSA"]
    assert roof.attributes == {
        "name": "New roof",
        "number": "OP-1",
        "client": {"system": "CRM", "key": "C1"},
        "competitors": ["Globex Inc"],
        "stage": "won",
        "closes_on": "2026-09-30",
        "fee": "125000",
    }


def test_a_file_without_one_of_them_ends_only_that_one(loaded, roof):
    rest = "".join(line for line in CRM_FILE.splitlines(True) if not line.startswith("O2"))

    ended = load(Feed.objects.get(code="crm-opportunities"), rest)

    statuses = GoldenRecord.objects.of("opportunity").values_list("title", "status")
    assert ended.inactivated == 1
    assert dict(statuses) == {"New roof": "active", "Old bridge": "inactive"}


def test_the_api_serves_it_and_resolves_its_identifiers(machine, roof):
    caller = machine(*ALL)

    found = caller.get(f"/api/v1/golden/opportunity/{roof.pk}").json()
    meant = caller.get("/api/v1/xref/PSA/opportunity/7").json()

    assert found["attributes"]["fee"] == "125000"
    assert (meant["golden_id"], meant["title"]) == (str(roof.pk), "New roof")
    assert [each["source_key"] for each in meant["identifiers"]] == ["O1", "7"]


def test_its_declaration_says_who_may_see_what(machine, sign_in, roof):
    address = f"/api/v1/golden/opportunity/{roof.pk}"

    assert machine("client:read").get(address).status_code == 403
    assert machine(*ALL[:2]).get(address).json()["attributes"]["fee"] == "•••"
    assert sign_in().get(f"/opportunity/{roof.pk}").status_code == 403


def test_it_has_a_list_a_search_and_a_place_in_the_navigation(sign_in, roof):
    browser = sign_in("viewer")

    home, found = text(browser.get("/")), text(browser.get("/opportunity?q=new+roff"))

    assert 'href="/opportunity"' in home
    assert "New roof" in found
    assert "Old bridge" not in found


def test_its_golden_page_shows_where_each_value_comes_from(sign_in, roof):
    client = GoldenRecord.objects.of("client").get()

    page = text(sign_in("finance").get(f"/opportunity/{roof.pk}"))

    assert "New roof (2026)" in page
    assert "its system comes first in the ownership register" in page
    assert f'href="/client/{client.pk}"' in page
    assert "125000" in page


def test_the_hub_is_sound_with_it(loaded, capsys):
    call_command("check_hub")

    assert "FAIL" not in capsys.readouterr().out


def text(answer):
    return answer.content.decode()
