"""Who may call the API: machines with a key, and people who are signed in."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Lock
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from mdm.api import access_tokens, scopes
from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.governance.keys import hash_key
from mdm.models import ApiClient

FRESH_SECONDS = 4.0
"""How long a process believes what it read about a key: a revoked one stops within 5 seconds."""
_USE_IS_NOTED = timedelta(minutes=5)
_MOST_KEPT = 10_000


@dataclass(frozen=True, slots=True)
class Machine:
    """An authenticated API client, in the place where Django expects a user."""

    client: ApiClient
    permissions: frozenset[str]

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
        return permission in self.permissions


_known: dict[str, tuple[float, Machine]] = {}
_lock = Lock()


def machine_of(offered: str, address: str) -> Machine:
    """Whom a key belongs to; for an access token the holder of its key, with its scopes alone.

    Raises AuthenticationFailed where `holder_of` does, and for a token that does not work.
    """
    if not offered.startswith(access_tokens.PREFIX):
        return holder_of(hash_key(offered), address)
    key_hash, scopes = access_tokens.read(offered)
    holder = holder_of(key_hash, address)
    return Machine(holder.client, holder.permissions & _granted(scopes))


def holder_of(key_hash: str, address: str) -> Machine:
    """Whom the key with this hash belongs to; asks the database once in FRESH_SECONDS for each.

    Raises AuthenticationFailed for a key that is unknown, expired, revoked, or used from elsewhere.
    """
    since, machine = _known.get(key_hash, (0.0, None))
    if machine is None or time.monotonic() - since >= FRESH_SECONDS:
        machine = _read(key_hash)
    if not _is_within(address, machine.client.addresses):
        raise AuthenticationFailed(f"This key is not to be used from {address}.")
    return machine


@lru_cache(maxsize=1_000)
def _granted(scopes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(access.permissions_of(scopes))


def address_of(environ: Mapping[str, Any]) -> str:
    """Where a request (as WSGI tells of it) comes from, behind as many proxies as PROXIES says."""
    forwarded: str = environ.get("HTTP_X_FORWARDED_FOR", "")
    seen = [each.strip() for each in forwarded.split(",")]
    proxies: int = settings.PROXIES
    if proxies and len(seen) >= proxies and seen[-proxies]:
        return seen[-proxies]
    return str(environ.get("REMOTE_ADDR") or "0.0.0.0")  # noqa: S104


def _is_within(address: str, networks: list[str]) -> bool:
    """Whether an address is of one of the networks; any is where there are none."""
    found = _bare(address) if networks else None
    return not networks or any(found in ip_network(each) for each in networks if found)


def _bare(address: str) -> IPv4Address | IPv6Address | None:
    """An address as proxies write it, with a port or as IPv6 of an IPv4 one; None for no address.

    >>> _bare("[::ffff:10.0.0.1]:443")
    IPv4Address('10.0.0.1')
    """
    inner, bracket, _ = address.removeprefix("[").partition("]")
    if not bracket and address.count(":") == 1:
        inner = address.partition(":")[0]
    try:
        found = ip_address(inner)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _read(key_hash: str) -> Machine:
    at = time.monotonic()
    client = ApiClient.objects.showing(key_hash).select_related("system").first()
    with _lock:
        _known.pop(key_hash, None)
        if client is None:
            raise AuthenticationFailed("The API key is not known, has expired or was revoked.")
        if len(_known) >= _MOST_KEPT:
            _known.clear()
        machine = Machine(client, frozenset(access.permissions_of(client.scopes)))
        _known[key_hash] = (at, machine)
    _note_use(client)
    return machine


def _note_use(client: ApiClient) -> None:
    """Say when a key was used last, to within some minutes: a write a request would be too many."""
    now = timezone.now()
    if client.last_used_at is None or client.last_used_at < now - _USE_IS_NOTED:
        long_ago = Q(last_used_at=None) | Q(last_used_at__lt=now - _USE_IS_NOTED)
        ApiClient.objects.filter(long_ago, pk=client.pk).update(last_used_at=now)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer` with a key, or with an access token."""

    def authenticate(self, request: Request) -> tuple[Machine, ApiClient] | None:
        """The machine that it belongs to; None when none is offered."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key:
            return None
        machine = machine_of(key.strip(), address_of(request.META))
        return machine, machine.client

    def authenticate_header(self, request: Request) -> str:
        """What a caller without credentials that work is told (RFC 6750, section 3)."""
        return 'Bearer error="invalid_token"' if "Authorization" in request.headers else "Bearer"


class MayReadDomain(BasePermission):
    """Lets through who may view golden records of the domain in the address."""

    message = "You may not see records of this domain."

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether the caller may view the domain that the view is about.

        A question in which the domain is forgotten is let through to be told so, if there is any
        domain that the caller may view.
        """
        domain = view.kwargs.get("domain") or request.query_params.get("domain")
        if not is_known(request):
            return False
        if not domain:
            return _may_view_any(request.user, self.message)
        if access.may_view(request.user, domain):
            return True
        if domain not in ENTITY_TYPES:
            raise PermissionDenied(self.message)
        method = getattr(view, str(request.method).lower(), None)
        needed = getattr(method, "scopes", ("{domain}:read",))[0].format(domain=domain)
        raise scopes.refusal(request.user, self.message, needed.split())


class MayAskInBody(BasePermission):
    """Lets through who may view some domain; the view asks about those that the body names."""

    message = "You may not see records of any domain."

    def has_permission(self, request: Request, view: Any) -> bool:  # noqa: ARG002
        """Whether there is a domain that the caller may view."""
        return is_known(request) and _may_view_any(request.user, self.message)


def is_known(request: Request) -> bool:
    """Whether it is known who asks; a permission that finds nobody answers False, for a 401."""
    return bool(request.user and request.user.is_authenticated)


def _may_view_any(user: Any, said: str) -> bool:
    if access.domains(user):
        return True
    raise scopes.refusal(user, said, ["*:read"])
