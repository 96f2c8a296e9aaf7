"""Access tokens: what a key may do, for some minutes; signed by the hub, and kept nowhere."""

from collections.abc import Iterable

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from rest_framework.exceptions import AuthenticationFailed

PREFIX = "tst_"


def sign(key_hash: str, scopes: Iterable[str]) -> str:
    """A token for whoever has just shown the key with this hash."""
    return PREFIX + _signer().sign_object([key_hash, *scopes])


def read(token: str) -> tuple[str, tuple[str, ...]]:
    """The hash of the key that a token was given for, and the scopes that it was given.

    Raises AuthenticationFailed for one that is forged, too old, or another deployment's.
    """
    signed, most = token.removeprefix(PREFIX), settings.ACCESS_TOKEN_SECONDS
    try:
        key_hash, *scopes = _signer().unsign_object(signed, max_age=most)
    except BadSignature:
        said = "The access token is not one of this hub, or has expired; ask for another."
        raise AuthenticationFailed(said) from None
    return key_hash, tuple(scopes)


def _signer() -> TimestampSigner:
    # A bearer token may hold a full stop, and no colon (RFC 6750, section 2.1)
    return TimestampSigner(salt="access token", sep=".")
