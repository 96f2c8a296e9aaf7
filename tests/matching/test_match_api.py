import orjson
import pytest

from mdm.models import SourceRecord
from tests.factories import feed, golden_of, load, match

pytestmark = pytest.mark.django_db

ALL = ("client:match", "see:internal", "see:personal", "see:restricted")
NAMES = "Acme Widgets Ltd\nNorthern Bridge Works GmbH\nSilver Harbour Partners LLP\n"


@pytest.fixture
def stored():
    rows = "".join(f"C{number},{name}\n" for number, name in enumerate(NAMES.splitlines()))
    load(feed("crm"), f"Id,Name\n{rows}")
    match()


def ask(caller, body, domain="client"):
    return caller.post(f"/api/v1/{domain}/match", orjson.dumps(body), "application/json")


def test_the_record_that_is_there_already_is_found_first_with_the_evidence(machine, stored):
    answer = ask(machine(*ALL), {"attributes": {"legal_name": "ACME WIDGETS LIMITED"}})

    first = answer.json()["candidates"][0]
    (golden_id,) = golden_of(SourceRecord.objects.get(source_key="C0"))
    assert (answer.status_code, first["golden_id"]) == (200, str(golden_id))
    assert first["grade"] in ("certain", "probable", "possible")
    assert 0 < first["match_probability"] <= 1
    assert first["evidence"]
    assert answer.json()["match_token"]


def test_nothing_alike_is_no_candidate(machine, stored):
    answer = ask(machine(*ALL), {"attributes": {"legal_name": "Quite Another Undertaking SA"}})

    assert answer.json()["candidates"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "attributes"),
        ({"attributes": {}}, "attributes"),
        ({"attributes": {"colour": "red"}}, "attributes.colour"),
        ({"attributes": {"lei": "x"}}, "attributes.lei"),
        ({"attributes": {"parent": "CRM"}}, "attributes.parent"),
        ({"attributes": {"legal_name": "a\x00"}}, "attributes.legal_name"),
        ({"attributes": {"former_names": ["A"] * 101}}, "attributes.former_names"),
        ({"attributes": {"legal_name": "A"}, "limit": 0}, "limit"),
        ({"attributes": {"legal_name": "A"}, "country": 7}, "country"),
    ],
)
def test_a_description_that_cannot_be_read_names_the_field(machine, body, field):
    answer = ask(machine(*ALL), body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_before_the_first_match_run_the_search_is_not_ready(machine):
    answer = ask(machine(*ALL), {"attributes": {"legal_name": "Acme"}})

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-ready")


def test_what_a_key_may_not_see_it_may_not_match_by(machine):
    answer = ask(machine("client:match"), {"attributes": {"tax_id": "GB123456789"}})

    assert answer.status_code == 403
    assert "tax_id" in answer.json()["detail"]


def test_a_key_that_only_reads_does_not_search(machine):
    assert ask(machine("client:read"), {"attributes": {"legal_name": "A"}}).status_code == 403
