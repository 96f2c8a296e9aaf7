"""OAuth 2 client credentials (RFC 6749, section 4.4): a key buys a token for some minutes."""

from base64 import b64decode
from collections.abc import Mapping
from typing import IO, Any, cast
from urllib.parse import parse_qs, unquote_plus

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm.api import access_tokens
from mdm.api.authentication import Machine, address_of, holder_of
from mdm.api.documents import COUNT, TEXT, part, record
from mdm.api.limits import RateLimit, count_address
from mdm.api.problems import MEDIA_TYPE, PROBLEMS
from mdm.governance import access
from mdm.governance.keys import hash_key

FORM = "application/x-www-form-urlencoded"
_GRANT = "client_credentials"
_MOST_BYTES = 16 * 1024
_MOST_FIELDS = 20
_HEADERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="Touchstone", charset="UTF-8"'}


class RefusedError(Exception):
    """Why there is no token, in the words of RFC 6749, section 5.2."""

    def __init__(self, error: str, said: str) -> None:
        super().__init__(said)
        self.error, self.said = error, said


class FormParser(BaseParser):
    """A short form in which each field is there once."""

    media_type = FORM

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> dict[str, str]:
        """The fields that have a value. Raises RefusedError for what is no such form."""
        body = stream.read(_MOST_BYTES + 1)
        try:
            if len(body) > _MOST_BYTES:
                raise ValueError("too long")
            fields = parse_qs(body.decode(), max_num_fields=_MOST_FIELDS)
        except ValueError:
            raise RefusedError("invalid_request", "The body is no short form in UTF-8.") from None
        if any(len(values) > 1 for values in fields.values()):
            raise RefusedError("invalid_request", "A parameter is there twice.")
        return {name: value for name, (value,) in fields.items()}


class AddressRate(RateLimit):
    """Counts requests by where they come from: who sends them is not known yet."""

    def counted(self, request: Request) -> tuple[int, dict[str, str]]:
        """How many more may come from there, and the headers that say so."""
        return count_address(address_of(request.META))


class TokenView(APIView):
    """`/api/v1/oauth/token`."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (FormParser,)
    throttle_classes = (AddressRate,)

    @extend_schema(
        operation_id="token",
        auth=[],
        request={
            FORM: record(
                {"grant_type": {"type": "string", "enum": [_GRANT]}},
                scope=TEXT,
                client_id=TEXT,
                client_secret=TEXT,
            )
        },
        responses={
            (200, "application/json"): record(
                {"access_token": TEXT, "token_type": TEXT, "expires_in": COUNT, "scope": TEXT}
            ),
            **{
                (status, "application/json"): record({"error": TEXT}, error_description=TEXT)
                for status in (400, 401)
            },
            **{
                (PROBLEMS[each].status, MEDIA_TYPE): part("Problem")
                for each in ("invalid", "not-acceptable", "unsupported-media-type", "throttled")
            },
        },
    )
    def post(self, request: Request) -> Response:
        """An access token for the holder of a key, with all of its scopes or those asked for.

        The client is the name that the key was made with, its secret is the key: by HTTP Basic, or
        as `client_id` and `client_secret` in the body.
        """
        try:
            content = _token(request)
        except RefusedError as refused:
            said = {"error": refused.error, "error_description": refused.said}
            if refused.error == "invalid_client":
                return Response(said, status=401, headers=_HEADERS | _CHALLENGE)
            return Response(said, status=400, headers=_HEADERS)
        return Response(content, headers=_HEADERS)


@login_not_required
@require_safe
def metadata(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """`GET /.well-known/oauth-authorization-server` (RFC 8414); for everybody."""
    issuer: str = settings.PUBLIC_ADDRESS
    return JsonResponse(
        {
            "issuer": issuer,
            "token_endpoint": f"{issuer}/api/v1/oauth/token",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "grant_types_supported": [_GRANT],
            "response_types_supported": [],
            "scopes_supported": [*access.scopes()],
        }
    )


def _token(request: Request) -> dict[str, Any]:
    said = cast(Mapping[str, str], request.data)
    client_id, secret = _credentials(request.headers.get("Authorization", ""), said)
    key_hash = hash_key(secret)
    machine = _client(client_id, key_hash, address_of(request.META))
    if "grant_type" not in said:
        raise RefusedError("invalid_request", "Give the grant_type client_credentials.")
    if said["grant_type"] != _GRANT:
        raise RefusedError("unsupported_grant_type", "Only client_credentials are granted.")
    scopes = _scopes(machine, said.get("scope", "").split())
    return {
        "access_token": access_tokens.sign(key_hash, scopes),
        "token_type": "Bearer",
        "expires_in": _seconds(machine, key_hash),
        "scope": " ".join(scopes),
    }


def _credentials(header: str, said: Mapping[str, str]) -> tuple[str, str]:
    """Who the client says it is, and its secret: by HTTP Basic, or in the body; never by both."""
    if not header:
        return said.get("client_id", ""), said.get("client_secret", "")
    if "client_secret" in said:
        raise RefusedError("invalid_request", "The client says twice who it is.")
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError("another scheme")
        name, _, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise RefusedError("invalid_client", "The client is to say who it is by Basic.") from None
    return unquote_plus(name), unquote_plus(secret)


def _client(client_id: str, key_hash: str, address: str) -> Machine:
    try:
        machine = holder_of(key_hash, address)
    except AuthenticationFailed:
        machine = None
    if machine is None or machine.client.name != client_id:
        raise RefusedError("invalid_client", "There is no such client whose key works from here.")
    return machine


def _scopes(machine: Machine, asked: list[str]) -> list[str]:
    """The scopes to grant: those asked for, else all that the key has."""
    known = access.scopes()
    has = [each for each in machine.client.scopes if each in known]
    if not all(each in known and known[each] <= machine.permissions for each in asked):
        raise RefusedError("invalid_scope", f"The key grants no more than {' '.join(has)}.")
    if not has:
        raise RefusedError("invalid_scope", "The key has no scope.")
    return list(dict.fromkeys(asked or has))


def _seconds(machine: Machine, key_hash: str) -> int:
    """How long the token works: no longer than its key."""
    most: int = settings.ACCESS_TOKEN_SECONDS
    ends = machine.client.ends_at(key_hash)
    left = (ends - timezone.now()).total_seconds() if ends else most
    return max(0, min(most, int(left)))
