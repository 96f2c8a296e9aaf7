import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from mdm.api import authentication
from mdm.governance import access
from mdm.governance.keys import hash_key, mint_key
from mdm.models import ApiClient
from tests.factories import golden_record, record

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/xref/CRM/client/A"


def create(name="crm", *options):
    """What the command prints."""
    said = StringIO()
    call_command("create_api_key", name, *options, stdout=said)
    return said.getvalue()


def caller(key):
    return Client(headers={"authorization": f"Bearer {key}"})


def ask(key):
    return caller(key).get(ADDRESS).status_code


def test_a_key_is_printed_once_and_works():
    golden_record(record("A"))

    (key,) = create("crm", "--scope", "client:read").splitlines()

    assert key.startswith("tsk_")
    assert ask(key) == 200


def test_only_a_hash_of_a_key_is_kept():
    key = create("crm", "--scope", "client:read").strip()

    kept = ApiClient.objects.get()
    assert kept.key_hash == hash_key(key)
    assert key not in serializers.serialize("json", [kept])
    assert key.removeprefix("tsk_") not in serializers.serialize("json", [kept])


def test_every_key_is_another_one():
    keys = [mint_key() for _ in range(100)]

    assert len({key for key, _ in keys}) == len({key_hash for _, key_hash in keys}) == 100


def test_a_key_expires_after_the_days_asked_for():
    golden_record(record("A"))
    key = create("crm", "--scope", "client:read", "--days", "30").strip()
    made = ApiClient.objects.get()

    ApiClient.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert made.expires_at - made.created_at == timedelta(days=30)
    assert ask(key) == 401


def later(monkeypatch, seconds):
    """Lets the time pass by which keys are believed."""
    now = time.monotonic()
    monkeypatch.setattr(authentication.time, "monotonic", lambda: now + seconds)


def test_a_revoked_key_is_refused_within_five_seconds(monkeypatch):
    golden_record(record("A"))
    key = create("crm", "--scope", "client:read").strip()
    assert ask(key) == 200

    call_command("revoke_api_key", "crm", stdout=StringIO())
    later(monkeypatch, 5)

    assert ask(key) == 401


def test_two_keys_work_while_a_key_is_rotated(monkeypatch):
    golden_record(record("A"))
    old = create("crm", "--scope", "client:read").strip()
    said = StringIO()

    call_command("rotate_api_key", "crm", stdout=said)

    new = said.getvalue().strip()
    assert (ask(old), ask(new)) == (200, 200)
    ApiClient.objects.update(previous_until=timezone.now())
    later(monkeypatch, 5)
    assert (ask(old), ask(new)) == (401, 200)


def test_a_known_key_is_believed_without_a_query(django_assert_num_queries):
    golden_record(record("A"))
    key = create("crm", "--scope", "client:read").strip()
    ask(key)

    with django_assert_num_queries(1):
        ask(key)


def test_the_last_use_of_a_key_is_noted_and_not_at_each_request(monkeypatch):
    key = create("crm", "--scope", "client:read").strip()
    ask(key)
    noted = ApiClient.objects.get().last_used_at

    later(monkeypatch, 5)
    ask(key)

    assert noted is not None
    assert ApiClient.objects.get().last_used_at == noted


def test_a_key_with_addresses_works_from_those_only(settings):
    golden_record(record("A"))
    key = create("crm", "--scope", "client:read", "--address", "10.1.0.0/16").strip()

    assert ask(key) == 401
    assert caller(key).get(ADDRESS, REMOTE_ADDR="10.1.2.3").status_code == 200
    settings.PROXIES = 1
    forwarded = {"X-Forwarded-For": "10.1.9.9, 192.0.2.1"}
    assert caller(key).get(ADDRESS, headers=forwarded).status_code == 401


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("10.1.9.9:4711", 200),
        ("::ffff:10.1.9.9", 200),
        ("[::ffff:10.1.9.9]:443", 200),
        ("[2001:db8::1]:443", 200),
        ("2001:db8::1", 200),
        ("[2001:db9::1]", 401),
        ("192.0.2.1:80", 401),
        ("unknown", 401),
        ("_hidden:x", 401),
        ("10.1.9.9:4711:1", 401),
    ],
)
def test_an_address_is_read_as_proxies_write_it(settings, address, status):
    golden_record(record("A"))
    networks = ("--address", "10.1.0.0/16", "--address", "2001:db8::/32")
    key = create("crm", "--scope", "client:read", *networks).strip()
    settings.PROXIES = 1

    answer = caller(key).get(ADDRESS, headers={"X-Forwarded-For": f"192.0.2.7, {address}"})

    assert answer.status_code == status
    assert status == 200 or answer["content-type"] == "application/problem+json"


def test_a_key_has_its_own_rate_and_is_told_how_far_it_may_go():
    golden_record(record("A"))
    machine = caller(create("crm", "--scope", "client:read", "--rate", "2/min").strip())

    first, second, third = (machine.get(ADDRESS) for _ in range(3))

    assert first["RateLimit-Policy"] == '"default";q=2;w=60'
    assert second["RateLimit"].startswith('"default";r=0;t=')
    assert (third.status_code, third.json()["type"]) == (429, "/problems/throttled")
    assert 0 < int(third["Retry-After"]) <= 60


@pytest.mark.parametrize(
    "options", [["--system", "SAP"], ["--address", "everywhere"], ["--rate", "often"]]
)
def test_a_bound_that_there_is_not_makes_no_key(options):
    with pytest.raises(CommandError):
        create("crm", "--scope", "client:read", *options)


@pytest.mark.parametrize("command", ["rotate_api_key", "revoke_api_key"])
def test_the_key_of_nobody_is_neither_rotated_nor_revoked(command):
    with pytest.raises(CommandError, match="no client 'crm'"):
        call_command(command, "crm")


@pytest.mark.parametrize("offered", ["", "tsk_", "nonsense", "tsk_" + "x" * 5_000, "Ünïcødé"])
def test_what_is_no_key_is_refused(offered):
    create("crm", "--scope", "*:read")

    assert ask(offered) == 401


def test_the_hash_of_a_key_is_not_a_key():
    create("crm", "--scope", "*:read")

    assert ask(ApiClient.objects.get().key_hash) == 401


def test_a_name_is_given_once():
    create("crm", "--scope", "client:read")

    with pytest.raises(CommandError, match="There is a client 'crm' already"):
        create("crm", "--scope", "client:read")
    with pytest.raises(IntegrityError):
        ApiClient.objects.create(name="crm", key_hash="x", created_at=timezone.now())


@pytest.mark.parametrize("options", [[], ["--scope", "everything"], ["--days", "7"]])
def test_a_key_without_a_scope_that_there_is_is_not_made(options):
    with pytest.raises(CommandError):
        create("crm", *options)

    assert not ApiClient.objects.exists()


@pytest.mark.parametrize("days", ["0", "-1", "1000000"])
def test_a_key_that_would_never_work_or_never_end_is_not_made(days):
    with pytest.raises(CommandError, match="from 1 to 3650 days"):
        create("crm", "--scope", "client:read", "--days", days)

    assert not ApiClient.objects.exists()


def test_scopes_add_up_and_unknown_ones_grant_nothing():
    granted = access.permissions_of(["client:read", "see:personal", "root:write"])

    assert granted == {"mdm.view_client", "mdm.see_personal"}


def test_no_scope_grants_what_it_does_not_name():
    for name, permissions in access.scopes().items():
        if name.endswith(":read") and name not in ("*:read", "feeds:read"):
            assert permissions == {f"mdm.view_{name.removesuffix(':read')}"}
        if name.startswith("see:"):
            assert permissions == {f"mdm.see_{name.removeprefix('see:')}"}
