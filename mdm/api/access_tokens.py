"""Access tokens: what a key may do, for some minutes; signed by the hub, and kept nowhere."""

import time
from collections.abc import Iterable
from functools import lru_cache

from django.conf import settings
from django.core.signing import BadSignature, Signer
from rest_framework.exceptions import AuthenticationFailed

PREFIX = "tst_"


def sign(key_hash: str, scopes: Iterable[str]) -> str:
    """A token for whoever has just shown the key with this hash."""
    return PREFIX + _signer().sign_object([time.time(), key_hash, *scopes])


def read(token: str) -> tuple[str, tuple[str, ...]]:
    """The hash of the key that a token was given for, and the scopes that it was given.

    Raises AuthenticationFailed for one that is forged, too old, or another deployment's.
    """
    try:
        given_at, key_hash, scopes = _checked(token, settings.SECRET_KEY)
    except BadSignature:
        raise AuthenticationFailed("The access token is not one of this hub.") from None
    if time.time() >= given_at + settings.ACCESS_TOKEN_SECONDS:
        raise AuthenticationFailed("The access token has expired; ask for another.")
    return key_hash, scopes


@lru_cache(maxsize=2_000)
def _checked(token: str, secret: str) -> tuple[float, str, tuple[str, ...]]:  # noqa: ARG001
    """What a token says; its signature, made with `secret`, is checked once in each process."""
    given_at, key_hash, *scopes = _signer().unsign_object(token.removeprefix(PREFIX))
    return given_at, key_hash, tuple(scopes)


def _signer() -> Signer:
    # A bearer token may hold a full stop, and no colon (RFC 6750, section 2.1)
    return Signer(salt="access token", sep=".")
