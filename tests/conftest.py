"""Fixtures that more than one folder of tests uses."""

from collections.abc import Callable
from datetime import timedelta

import hypothesis
import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from mdm.governance import roles
from mdm.governance.keys import mint_key
from mdm.models import ApiClient

# A deadline would be a timed assertion: machines are noisy.
hypothesis.settings.register_profile("touchstone", deadline=None)
hypothesis.settings.load_profile("touchstone")


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:
    """Real password hashes are slow on purpose; no test is about them."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def nobody_counts_calls(settings) -> None:
    """A thread that writes by itself would write past the end of a test."""
    settings.API_USAGE_SECONDS = 0


@pytest.fixture
def sign_in(db) -> Callable[..., Client]:
    """Signs a new person in with the roles named, who is called like them or as said."""

    def sign_in(*names: str, called: str = "", **changes: bool) -> Client:
        roles.ensure()
        name = called or "-".join(names) or "nobody"
        person = User.objects.create_user(name, password="x", **changes)
        person.groups.set(Group.objects.filter(name__in=names))
        browser = Client()
        browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return browser

    return sign_in


@pytest.fixture
def machine(db) -> Callable[..., Client]:
    """A caller of the API with a key of the scopes named."""

    def machine(*scopes: str, days: int = 1) -> Client:
        key, key_hash = mint_key()
        now = timezone.now()
        ApiClient.objects.create(
            name=f"machine {key_hash[:8]}",
            key_hash=key_hash,
            scopes=list(scopes),
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        return Client(headers={"authorization": f"Bearer {key}"})

    return machine
