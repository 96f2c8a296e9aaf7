"""Keys buy access tokens, which do what the key may do for some minutes, and no more."""

import json
import os
import re
import subprocess
import time
from base64 import b64encode
from datetime import timedelta
from io import StringIO
from shutil import which
from urllib.parse import quote_plus

import pytest
from django.core import signing
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from mdm.api import access_tokens, authentication, limits
from mdm.governance.keys import hash_key
from mdm.models import ApiClient, Event
from tests.factories import feed, golden_record, record

pytestmark = pytest.mark.django_db

TOKEN = "/api/v1/oauth/token"
ADDRESS = "/api/v1/xref/CRM/client/A"
WHOLE = {"accept": "application/json, text/html;q=0.1"}  # no plain question: it goes the whole way
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def nobody_has_asked(monkeypatch):
    monkeypatch.setattr(limits, "_windows_of_addresses", {})


def create(*options, name="crm"):
    """A new key."""
    said = StringIO()
    call_command("create_api_key", name, *options, stdout=said)
    return said.getvalue().strip()


def buy(key, name="crm", *, body="grant_type=client_credentials", **extra):
    """What the token endpoint answers to a client that says by Basic who it is."""
    said = b64encode(f"{quote_plus(name)}:{key}".encode()).decode()
    headers = {"authorization": f"Basic {said}"}
    return Client().post(TOKEN, body, FORM, headers=headers, **extra)


def token_of(key, **extra):
    return buy(key, **extra).json()["access_token"]


def ask(token, address=ADDRESS, **extra):
    return Client(headers={"authorization": f"Bearer {token}"}).get(address, **extra)


def later(monkeypatch, seconds):
    """Lets the time pass by which keys are believed."""
    now = time.monotonic()
    monkeypatch.setattr(authentication.time, "monotonic", lambda: now + seconds)


def test_a_key_buys_a_token_that_does_what_the_key_may():
    golden_record(record("A"))
    answer = buy(create("--scope", "client:read", "--scope", "see:internal"))

    said = answer.json()
    assert answer.status_code == 200
    assert (said["token_type"], said["expires_in"]) == ("Bearer", 600)
    assert said["scope"] == "client:read see:internal"
    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")
    assert ask(said["access_token"]).status_code == 200
    assert ask(said["access_token"], headers=WHOLE).status_code == 200
    assert ask(said["access_token"], "/api/v1/golden/client").status_code == 200
    assert ask(said["access_token"], "/api/v1/golden/contact").status_code == 403


def test_a_client_may_say_in_the_body_who_it_is():
    key = create("--scope", "client:read")
    body = {"grant_type": "client_credentials", "client_id": "crm", "client_secret": key}

    answer = Client().post(TOKEN, "&".join(f"{k}={v}" for k, v in body.items()), FORM)

    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["Der Kunde: 100 %", "ünï+cødé", "a&b=c"])
def test_a_client_has_any_name(name):
    assert buy(create("--scope", "client:read", name=name), name).status_code == 200


def test_a_token_is_narrower_when_less_is_asked_for():
    golden_record(record("A"))
    key = create("--scope", "*:read", "--scope", "client:steward", "--scope", "see:personal")

    said = buy(key, body="grant_type=client_credentials&scope=client%3Aread+client:read").json()

    assert said["scope"] == "client:read"
    assert ask(said["access_token"]).status_code == 200
    assert ask(said["access_token"], "/api/v1/golden/contact").status_code == 403
    assert ask(key, "/api/v1/golden/contact").status_code == 200
    merge = Client(headers={"authorization": f"Bearer {said['access_token']}"}).post(
        "/api/v1/golden/client/merge/preview", {}, "application/json"
    )
    assert merge.status_code == 403


@pytest.mark.parametrize("scope", ["contact:read", "client:read client:steward", "*:read", "no"])
def test_a_scope_that_the_key_does_not_have_is_not_granted(scope):
    body = f"grant_type=client_credentials&scope={quote_plus(scope)}"
    answer = buy(create("--scope", "client:read"), body=body)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    assert "client:read" in answer.json()["error_description"]


def test_a_key_that_loses_a_scope_takes_it_from_its_tokens(monkeypatch):
    token = token_of(create("--scope", "client:read", "--scope", "contact:read"))
    assert ask(token, "/api/v1/golden/contact").status_code == 200

    ApiClient.objects.update(scopes=["client:read", "rate:read"])
    later(monkeypatch, 5)

    statuses = [ask(token, f"/api/v1/golden/{each}").status_code
                for each in ("client", "contact", "rate")]  # fmt: skip
    assert statuses == [200, 403, 403]


@pytest.mark.parametrize(
    ("name", "key"), [("crm", "tsk_wrong"), ("erp", None), ("crm", ""), ("", None)]
)
def test_who_is_no_client_gets_no_token(name, key):
    real = create("--scope", "client:read")

    answer = buy(real if key is None else key, name)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer["WWW-Authenticate"].startswith("Basic ")
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "header", ["Basic", "Basic ~", "Basic 4pyT", "Basic gICA", "Bearer x", "x", "Basic ünï"]
)
def test_a_header_that_says_nothing_names_no_client(header):
    answer = Client().post(TOKEN, "grant_type=x", FORM, headers={"authorization": header})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_neither_a_token_nor_a_hash_buys_a_token():
    key = create("--scope", "client:read")

    assert buy(token_of(key)).status_code == 401
    assert buy(hash_key(key)).status_code == 401


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_request"),
        ("grant_type=", "invalid_request"),
        ("grant_type=password", "unsupported_grant_type"),
        ("grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        ("grant_type=client_credentials&client_secret=x", "invalid_request"),
        (b"grant_type=\xff", "invalid_request"),
        ("&".join(f"a{n}=1" for n in range(2_000)), "invalid_request"),
        ("grant_type=" + "x" * 100_000, "invalid_request"),
        ("grant_type=client_credentials&scope=%00", "invalid_scope"),
        ("grant_type=client_credentials&scope=%ff%22", "invalid_scope"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_as_oauth_says_it(body, error):
    answer = buy(create("--scope", "client:read"), body=body)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer["content-type"] == "application/json"


def test_the_body_is_a_form_and_the_method_is_post():
    as_json = Client().post(TOKEN, {"grant_type": "client_credentials"}, "application/json")

    assert as_json.status_code == 415
    assert Client().get(TOKEN).status_code == 405
    assert Client().options(TOKEN).status_code == 200


def test_a_token_expires(monkeypatch):
    golden_record(record("A"))
    token = token_of(create("--scope", "client:read"))
    assert ask(token).status_code == 200
    after = time.time() + 600
    monkeypatch.setattr(access_tokens.time, "time", lambda: after)

    for headers in ({}, WHOLE):
        answer = ask(token, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (
            401,
            "/problems/authentication-failed",
        )
        assert answer["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_token_lasts_no_longer_than_its_key(monkeypatch):
    golden_record(record("A"))
    key = create("--scope", "client:read")
    ApiClient.objects.update(expires_at=timezone.now() + timedelta(seconds=60))
    said = buy(key).json()
    assert 50 <= said["expires_in"] <= 60
    assert ask(said["access_token"]).status_code == 200

    ApiClient.objects.update(expires_at=timezone.now())
    later(monkeypatch, 5)

    assert ask(said["access_token"]).status_code == 401


def test_a_token_of_a_revoked_key_is_refused_within_five_seconds(monkeypatch):
    golden_record(record("A"))
    key = create("--scope", "client:read")
    token = token_of(key)
    assert ask(token).status_code == 200

    call_command("revoke_api_key", "crm", stdout=StringIO())
    later(monkeypatch, 5)

    assert ask(token).status_code == ask(token, headers=WHOLE).status_code == 401
    assert buy(key).json()["error"] == "invalid_client"


def test_a_token_ends_with_the_key_that_bought_it_when_keys_are_rotated(monkeypatch):
    golden_record(record("A"))
    old = create("--scope", "client:read")
    said = StringIO()
    call_command("rotate_api_key", "crm", stdout=said)
    tokens = token_of(old), token_of(said.getvalue().strip())
    assert [ask(each).status_code for each in tokens] == [200, 200]

    ApiClient.objects.update(previous_until=timezone.now())
    later(monkeypatch, 5)

    assert [ask(each).status_code for each in tokens] == [401, 200]


def test_a_token_is_bought_and_used_from_the_addresses_of_its_key(monkeypatch):
    golden_record(record("A"))
    key = create("--scope", "client:read", "--address", "10.1.0.0/16")
    inside, outside = {"REMOTE_ADDR": "10.1.2.3"}, {"REMOTE_ADDR": "192.0.2.1"}
    token = token_of(key, **inside)

    assert buy(key, **outside).json()["error"] == "invalid_client"
    assert ask(token, **inside).status_code == 200
    assert ask(token, **outside).status_code == 401
    ApiClient.objects.update(addresses=["10.2.0.0/16"])
    later(monkeypatch, 5)
    assert ask(token, **inside).status_code == 401


def test_a_token_speaks_for_the_system_of_its_key_under_the_name_of_its_client():
    feed("erp", source="ERP")
    golden = golden_record(record("A"))
    token = token_of(create("--scope", "client:claim", "--system", "ERP"))
    caller = Client(headers={"authorization": f"Bearer {token}"})

    def claim(code):
        body = {"golden_id": str(golden.pk)}
        return caller.put(f"/api/v1/xref/{code}/client/N", body, "application/json").status_code

    assert (claim("CRM"), claim("ERP")) == (403, 201)
    assert Event.objects.filter(by="client:crm").exists()


def test_a_key_and_its_tokens_share_one_rate():
    golden_record(record("A"))
    key = create("--scope", "client:read", "--rate", "2/min")
    first, second = token_of(key), token_of(key)

    assert [ask(each).status_code for each in (first, second, key)] == [200, 200, 429]


def test_a_token_costs_no_query_and_notes_the_use_of_its_key(django_assert_num_queries):
    golden_record(record("A"))
    token = token_of(create("--scope", "client:read"))
    ask(token)

    with django_assert_num_queries(1):
        answer = ask(token)

    assert answer.json()["status"] == "active"
    assert ApiClient.objects.get().last_used_at is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token + "x",
        lambda token: token.swapcase(),
        lambda token: token.replace(".", ":"),
        lambda token: token.rpartition(".")[0],
        lambda token: f"{token} {token}",
        lambda _: "tst_",
        lambda _: "tst_..",
        lambda _: "tst_" + "." * 5_000,
        lambda _: "tst_ünï.cø.dé",
        lambda token: "tst_" + token,
    ],
)
def test_what_is_no_token_is_refused(change):
    golden_record(record("A"))
    token = change(token_of(create("--scope", "client:read")))

    assert ask(token).status_code == ask(token, headers=WHOLE).status_code == 401


def test_a_token_of_another_deployment_or_for_something_else_is_refused(settings):
    golden_record(record("A"))
    key = create("--scope", "client:read")
    held = [int(time.time()), hash_key(key), "client:read"]
    for_something_else = "tst_" + signing.Signer(sep=".").sign_object(held)
    own = settings.SECRET_KEY
    settings.SECRET_KEY = "another deployment's"
    foreign = token_of(key)
    settings.SECRET_KEY = own

    assert ask(foreign).status_code == 401
    assert ask(for_something_else).status_code == 401
    assert ask(access_tokens.sign(hash_key(key), ["client:read"])).status_code == 200


def test_neither_keys_nor_tokens_are_logged(capfd, caplog):
    key = create("--scope", "client:read")
    token = token_of(key)
    buy(key, body="grant_type=password")
    buy(key + "x")
    ask(token)
    ask(token + "x")

    told = "".join(capfd.readouterr()) + caplog.text
    assert key not in told
    assert token not in told


def test_an_address_may_ask_for_so_many_tokens(settings):
    settings.TOKEN_RATE = "2/min"
    key = create("--scope", "client:read")

    buy("tsk_wrong")
    second, third = buy(key), buy(key)

    assert (second.status_code, third.status_code) == (200, 429)
    assert second["RateLimit-Policy"] == '"default";q=2;w=60'
    assert 0 < int(third["Retry-After"]) <= 60
    assert buy(key, REMOTE_ADDR="192.0.2.1").status_code == 200


def test_the_hub_says_how_it_gives_out_tokens(client, settings):
    settings.PUBLIC_ADDRESS = "https://hub.example"

    said = client.get("/.well-known/oauth-authorization-server").json()

    assert said["issuer"] == "https://hub.example"
    assert said["token_endpoint"] == f"https://hub.example{TOKEN}"
    assert said["grant_types_supported"] == ["client_credentials"]
    assert "client:read" in said["scopes_supported"]


@pytest.mark.skipif(not which("curl"), reason="there is no curl")
@pytest.mark.django_db(transaction=True)
def test_the_examples_in_the_documentation_work(live_server, settings):
    golden_record(record("001"))
    page = (settings.ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    buys, asks = re.findall(r"^    (curl (?:.*\\\n)*.*)", page, re.MULTILINE)
    known = {"HUB": live_server.url, "NAME": "crm", "KEY": create("--scope", "*:read")}

    said = json.loads(run(buys, known))
    found = json.loads(run(asks, known | {"TOKEN": said["access_token"]}))

    assert said["scope"] == "client:read"
    assert (found["source_key"], found["status"]) == ("001", "active")


def run(command, known):
    environment = {"PATH": os.environ["PATH"], "no_proxy": "*", **known}
    return subprocess.check_output(["sh", "-c", command], env=environment, text=True, timeout=60)
