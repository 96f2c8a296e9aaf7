"""API keys: shown once when they are made, kept as a hash."""

import hashlib
import secrets

from mdm.models import ApiClient

_PREFIX = "tsk_"


def mint_key() -> tuple[str, str]:
    """A new API key, to be shown once, and the hash of it that is kept."""
    key = _PREFIX + secrets.token_urlsafe(32)
    return key, hash_key(key)


def hash_key(key: str) -> str:
    """The SHA-256 of a key; keys are long and random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def system_of(by: str) -> int | None:
    """The id of the source system for which who is named like in events speaks; None for a person.

    Neither does a key speak for one that belongs to none.
    """
    kind, _, name = by.partition(":")
    keys = ApiClient.objects.filter(name=name).values_list("system", flat=True)
    return keys.first() if kind == "client" else None
