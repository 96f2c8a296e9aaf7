"""Who may call the API: machines with a key, and people who are signed in."""

from dataclasses import dataclass
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.governance.keys import hash_key
from mdm.models import ApiClient


@dataclass(frozen=True, slots=True)
class Machine:
    """An authenticated API client, in the place where Django expects a user."""

    client: ApiClient

    is_authenticated = True
    is_active = True
    is_superuser = False
    is_machine = True

    @property
    def pk(self) -> str:
        return f"client-{self.client.pk}"

    def get_username(self) -> str:
        return self.client.name

    def has_perm(self, permission: str) -> bool:
        """Whether one of the key's scopes grants `permission`."""
        return permission in access.permissions_of(self.client.scopes)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer tsk_…`."""

    def authenticate(self, request: Request) -> tuple[Machine, ApiClient] | None:
        """The machine that the key belongs to; None when no key is offered."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            return None
        client = ApiClient.objects.usable().filter(key_hash=hash_key(key.strip())).first()
        if client is None:
            raise AuthenticationFailed("The API key is not known, has expired or was revoked.")
        return Machine(client), client

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """What a caller without credentials is told."""
        return "Bearer"


class MayReadDomain(BasePermission):
    """Lets through who may view golden records of the domain in the address."""

    message = "You may not see records of this domain."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller may view the domain that the view is about.

        A question in which the domain is forgotten is let through to be told so, if there is any
        domain that the caller may view.
        """
        user: Any = request.user
        domain = view.kwargs.get("domain") or request.query_params.get("domain")
        domains = [domain] if domain else list(ENTITY_TYPES)
        known = bool(user and user.is_authenticated)
        return known and any(access.may_view(user, each) for each in domains)
