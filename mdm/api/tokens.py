"""Match tokens: signed proof that a caller searched a domain before creating a record in it."""

from django.core import signing
from rest_framework.exceptions import ValidationError

_SALT = "match token"
LASTS_SECONDS = 15 * 60


def sign(domain: str, caller: str) -> str:
    """A token for whoever has just searched `domain`."""
    return signing.dumps([domain, caller], salt=_SALT, compress=False)


def check(token: str, domain: str, caller: str) -> None:
    """Raises ValidationError for a token that is forged, too old, or for something else."""
    try:
        given = signing.loads(token, salt=_SALT, max_age=LASTS_SECONDS)
    except signing.SignatureExpired:
        said = f"The token is older than {LASTS_SECONDS // 60} minutes; search again."
        raise ValidationError({"match_token": said}) from None
    except signing.BadSignature:
        raise ValidationError({"match_token": "The hub has not given out this token."}) from None
    if given != [domain, caller]:
        said = "The token was given to another caller, or for another domain; search again."
        raise ValidationError({"match_token": said})
