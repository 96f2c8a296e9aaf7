"""API keys: shown once when they are made, kept as a hash."""

import hashlib
import secrets

_PREFIX = "tsk_"


def mint_key() -> tuple[str, str]:
    """A new API key, to be shown once, and the hash of it that is kept."""
    key = _PREFIX + secrets.token_urlsafe(32)
    return key, hash_key(key)


def hash_key(key: str) -> str:
    """The SHA-256 of a key; keys are long and random, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()
