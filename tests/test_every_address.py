"""Whatever address is added to the hub: without a role it leads nowhere."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

from mdm.api import access_tokens
from mdm.governance import access
from mdm.governance.keys import hash_key
from tests.factories import batch, golden_record, record

pytestmark = pytest.mark.django_db

OPEN = {
    "health", "login", "language", "problem", "well-known-catalogue", "api-token", "oauth-metadata",
}  # fmt: skip
"""Addresses for everybody. Static files are served before any address is looked up."""
EMPTY = {"home", "logout", "admin:logout", "api-nowhere"}
"""Addresses for whoever is signed in, which without a role show nothing and change nothing."""
SAMPLES = {
    "domain": "client",
    "system": "CRM",
    "source_key": "A",
    "app_label": "auth",
    "url": "anything",
    "object_id": "1",
    "content_type_id": "1",
}


def addresses(patterns=None, prefix="/", place=""):
    """The name and a sample of every address, those of included modules too."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        sample = prefix + sample_of(each.pattern)
        if isinstance(each, URLPattern):
            yield (each.name or each.lookup_str if not place else f"{place}:{each.name}"), sample
        else:
            yield from addresses(each.url_patterns, sample, place or each.namespace or "")


def sample_of(pattern):
    text = str(pattern)
    if isinstance(pattern, RoutePattern):
        return re.sub(r"<(?:(\w+):)?(\w+)>", lambda found: value(found[2], found[1]), text)
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda found: value(found[1]), text).strip("^$")


def value(name, converter=""):
    if name == "record_id":
        return "{record}"
    return {"uuid": "{golden}", "int": "{batch}"}.get(converter) or SAMPLES.get(name, "1")


ADDRESSES = [each for each in addresses() if each[0] not in OPEN and each[0] != "admin:login"]

WITH_ROLE = [each for each in ADDRESSES if each[0] not in EMPTY]
IN_API = [each for each in WITH_ROLE if each[1].startswith("/api/")]


@pytest.fixture
def sample():
    """Fills in the ids of what there is, so that no refusal is a mere *not found*."""
    one = record("A")
    ids = {
        "record": one.pk,
        "golden": golden_record(one).pk,
        "batch": batch(state="waiting").pk,
    }
    return lambda address: address.format(**ids)


def refusal(answer):
    """How an answer refuses; "" when it does not."""
    if answer.status_code in (301, 302) and "login" in answer.url:
        return "sign in"
    return {401: "who are you?", 403: "not allowed"}.get(answer.status_code, "")


def test_the_addresses_of_pages_api_and_administration_are_all_looked_at():
    names = {name for name, _ in ADDRESSES}

    assert {"home", "golden", "batch", "api-golden", "api-xref", "metrics"} <= names
    assert {"admin:index", "admin:auth_user_changelist"} <= names


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize(("name", "address"), ADDRESSES)
def test_a_visitor_is_refused(client, sample, name, address, method):
    assert refusal(getattr(client, method)(sample(address)))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(("name", "address"), WITH_ROLE)
def test_whoever_is_signed_in_without_a_role_is_refused(sign_in, sample, name, address, method):
    answer = getattr(sign_in(), method)(sample(address))

    assert refusal(answer) or answer.status_code == 405


def test_without_a_role_home_is_empty(sign_in, sample):
    page = sign_in().get("/").content.decode()

    assert "Sign out" in page
    assert "source records" not in page
    assert 'href="/client"' not in page
    assert "/feeds/" not in page


@pytest.mark.parametrize(("name", "address"), IN_API)
def test_a_key_without_scopes_is_refused_by_the_api(machine, sample, name, address):
    assert machine().get(sample(address)).status_code == 403


def test_an_access_token_without_a_scope_that_opens_anything_is_refused_by_all_of_the_api(
    machine, sample
):
    key = machine(*access.scopes()).defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    token = access_tokens.sign(hash_key(key), ["see:internal"])
    caller = Client(headers={"authorization": f"Bearer {token}"})

    for method in ("get", "post", "put", "delete"):
        for name, address in IN_API:
            assert getattr(caller, method)(sample(address)).status_code == 403, (method, name)


@pytest.mark.parametrize("role", ["viewer", "steward", "finance", "integrator"])
def test_the_administration_is_for_administrators(sign_in, role):
    assert refusal(sign_in(role).get("/admin/auth/user/")) == "sign in"


def test_the_administration_lets_an_administrator_in(client):
    boss = User.objects.create_superuser("boss", password="x")
    client.force_login(boss, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get("/admin/auth/user/").status_code == 200


@pytest.mark.parametrize("address", ["/healthz", "/login", "/static/touchstone/touchstone.css"])
def test_a_visitor_may_sign_in_and_see_that_the_hub_lives(client, address):
    answer = client.get(address)
    answer.close()

    assert answer.status_code == 200


@pytest.mark.parametrize("address", ["/api/v1/nonsense", "/api/v1/golden/client/no-uuid"])
def test_an_address_that_the_api_does_not_have_is_a_problem_like_any_other(machine, address):
    answer = machine("*:read").get(address)

    assert answer.status_code == 404
    assert answer["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/not-found"
    assert "docs/api.md" in answer.json()["detail"]
