import pytest
from django.urls import get_resolver

from mdm.api import openapi
from mdm.governance import access

pytestmark = pytest.mark.django_db


def addresses():
    return {
        (method.upper(), address)
        for address, methods in openapi.document()["paths"].items()
        for method in openapi.METHODS
        if method in methods
    }


def test_the_document_is_openapi_3_1_and_is_served_to_whoever_may_ask(machine):
    answer = machine("client:read").get("/api/v1/openapi.json")

    assert answer.json()["openapi"].startswith("3.1")
    assert machine().get("/api/v1/openapi.json").status_code == 403


def test_every_operation_is_in_the_document_with_its_words_and_its_errors():
    found = addresses()

    assert ("PUT", "/api/v1/xref/{system}/{domain}/{source_key}") in found
    assert ("POST", "/api/v1/{domain}/match") in found
    assert ("POST", "/api/v1/golden/{domain}/merge") in found
    for methods in openapi.document()["paths"].values():
        for operation in methods.values():
            assert operation["description"]
            refusals = {"400", "401", "429"} | ({"403"} if "security" in operation else set())
            assert refusals <= operation["responses"].keys()
            assert "405" not in operation["responses"]


def test_a_key_or_an_access_token_is_asked_for_by_every_operation_but_the_one_that_gives_tokens():
    document = openapi.document()
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    for address, methods in document["paths"].items():
        for operation in methods.values():
            ways = {name for each in operation.get("security", []) for name in each}
            machines = set() if address == flow["tokenUrl"] else {"apiKey", "oauth2"}
            assert ways - {"cookieAuth"} == machines

    assert flow["scopes"].keys() == access.scopes().keys()
    assert all(flow["scopes"].values())


def test_nothing_is_missing_where_an_address_always_leads_somewhere():
    paths = openapi.document()["paths"]

    assert "404" not in paths["/api/v1/domains"]["get"]["responses"]
    assert "404" in paths["/api/v1/golden/{domain}/{golden_id}"]["get"]["responses"]


def test_every_operation_has_a_name_of_its_own():
    names = [
        operation["operationId"]
        for methods in openapi.document()["paths"].values()
        for operation in methods.values()
    ]

    assert len(names) == len(set(names)) >= 20


def test_every_view_of_the_api_is_in_the_document():
    documented = {address for _, address in addresses()}
    names = {"api-openapi", "api-docs", "api-nowhere"}
    for name in get_resolver().reverse_dict:
        if isinstance(name, str) and name.startswith("api-") and name not in names:
            ((template, _), *_) = get_resolver().reverse_dict.getlist(name)[0][0]
            address = "/" + template.replace("%(", "{").replace(")s", "}")
            assert address in documented, name


def test_the_page_works_without_any_script(sign_in):
    page = sign_in("viewer").get("/api/v1/docs")

    assert page.status_code == 200
    assert "/api/v1/xref/{system}/{domain}/{source_key}" in page.content.decode()
    assert "script-src 'self'" in page["Content-Security-Policy"]
