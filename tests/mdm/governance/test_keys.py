from datetime import timedelta
from io import StringIO

import pytest
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from mdm.governance import access
from mdm.governance.keys import hash_key, mint_key
from mdm.models import ApiClient
from tests.factories import golden_record, record

pytestmark = pytest.mark.django_db


def create(name="crm", *options):
    """What the command prints."""
    said = StringIO()
    call_command("create_api_key", name, *options, stdout=said)
    return said.getvalue()


def caller(key):
    return Client(headers={"authorization": f"Bearer {key}"})


def ask(key):
    return caller(key).get("/api/v1/xref/CRM/client/A").status_code


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


def test_a_revoked_key_is_refused_from_its_next_request_on():
    golden_record(record("A"))
    key = create("crm", "--scope", "client:read").strip()
    assert ask(key) == 200

    ApiClient.objects.update(revoked_at=timezone.now())

    assert ask(key) == 401


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
