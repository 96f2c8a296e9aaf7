"""What the document says of scopes is what the API demands, and names to whoever lacks one."""

import re

import pytest
from django.test import Client

from mdm.api import openapi
from mdm.governance import access
from mdm.models import ApiClient
from tests.factories import golden_record, record

pytestmark = pytest.mark.django_db

SCOPE = re.compile(r'Bearer error="insufficient_scope", scope="([^"]+)"')
OPERATIONS = sorted(
    (method, address)
    for address, methods in openapi.document()["paths"].items()
    for method in openapi.METHODS
    if method in methods and not address.startswith("/api/v1/oauth/")
)
QUERY = {
    "/api/v1/xref/{system}/{domain}": "key=A",
    "/api/v1/xref/translate": "domain=client&from=CRM:A&to=ERP",
    "/api/v1/rates/effective": "project=018f2c6e-7d11-7c3a-9b52-3f4a5b6c7d8e&role=x",
}


def ask(caller, method, address):
    """The answer to a call of an operation about clients."""
    parts = {
        "domain": "client", "system": "CRM", "source_key": "A", "job_id": "1", "webhook_id": "1",
        "golden_id": "018f2c6e-7d11-7c3a-9b52-3f4a5b6c7d8e", "action_id": "1", "verb": "pause",
        "event_type": "x",
    }  # fmt: skip
    place = f"{address.format(**parts)}?{QUERY.get(address, '')}"
    return caller.generic(method.upper(), place, "{}", "application/json")


def alternatives(method, address):
    """What the document demands: sets of scopes, each of which is enough."""
    said = openapi.document()["paths"][address][method]["security"]
    return [set(each["oauth2"]) for each in said if "oauth2" in each]


@pytest.mark.parametrize(("method", "address"), OPERATIONS)
def test_whoever_lacks_a_scope_is_told_which_and_those_that_the_document_names_are_enough(
    machine, method, address
):
    stated, granted = alternatives(method, address), set()
    assert stated

    while (answer := ask(machine(*granted), method, address)).status_code == 403:
        assert answer.json()["type"] == "/problems/insufficient-scope"
        named = answer.json()["scope"]
        assert SCOPE.fullmatch(answer["WWW-Authenticate"])[1] == named
        assert not granted.issuperset(named.split())
        granted |= set(named.split())

    assert any(each <= granted for each in stated)
    fitting = [each for each in stated if {part.split(":")[0] for part in each} & {"client", "*"}]
    for enough in fitting or stated:
        assert ask(machine(*enough), method, address).status_code != 403


def test_the_document_says_the_same_of_keys_and_of_tokens_and_knows_every_scope():
    for methods in openapi.document()["paths"].values():
        for operation in methods.values():
            ways = operation.get("security", [])
            keys, tokens = ([e[n] for e in ways if n in e] for n in ("apiKey", "oauth2"))
            assert keys == tokens
            assert {scope for each in keys for scope in each} <= access.scopes().keys()


def test_a_hidden_value_names_the_scope_that_shows_it(machine):
    made = golden_record(record("A"))

    answer = machine("client:read").get("/api/v1/golden/client", {"industry": "Mining"})
    pin = machine("client:steward").post(
        f"/api/v1/golden/client/{made.pk}/pin",
        {"attribute": "industry", "value": "Steel", "reason": "x"},
        "application/json",
    )

    assert [each.json().get("scope") for each in (answer, pin)] == ["see:internal"] * 2


def test_all_that_is_lacking_is_named_at_once(machine):
    answers = [
        ask(machine("usage:read"), "put", "/api/v1/xref/{system}/{domain}/{source_key}"),
        ask(machine("usage:read"), "get", "/api/v1/rates/effective"),
        ask(machine("rate:read"), "get", "/api/v1/rates/effective"),
    ]

    assert [each.json()["scope"] for each in answers] == [
        "client:claim", "rate:read see:restricted", "see:restricted",
    ]  # fmt: skip


def test_people_have_no_scopes_and_a_domain_that_is_not_there_has_none(sign_in, machine):
    person = sign_in().get("/api/v1/golden/client")
    nowhere = machine("client:read").get("/api/v1/golden/nonsense")

    for answer in (person, nowhere):
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/permission-denied")
        assert "WWW-Authenticate" not in answer


def test_an_access_token_is_told_of_the_scope_that_it_was_not_given(machine):
    key = machine("client:read", "client:claim").defaults["HTTP_AUTHORIZATION"].split()[1]
    name = ApiClient.objects.get().name
    bought = Client().post(
        "/api/v1/oauth/token",
        f"grant_type=client_credentials&scope=client:read&client_id={name}&client_secret={key}",
        "application/x-www-form-urlencoded",
    )
    token = Client(headers={"authorization": f"Bearer {bought.json()['access_token']}"})

    answer = ask(token, "put", "/api/v1/xref/{system}/{domain}/{source_key}")

    assert answer.json()["scope"] == "client:claim"
