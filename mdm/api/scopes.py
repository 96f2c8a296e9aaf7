"""What a caller is told that lacks a permission: a machine, which scope to ask for (RFC 6750)."""

from collections.abc import Iterable
from typing import Any

from rest_framework.exceptions import PermissionDenied

from mdm.api.problems import InsufficientScope
from mdm.governance import access
from mdm.schema import Attribute


def refusal(actor: Any, said: str, scopes: Iterable[str]) -> PermissionDenied:
    """To be raised: with `scopes` it would have been allowed, of which a machine lacks some.

    People have roles and no scopes, so they are told in words alone.
    """
    if not getattr(actor, "is_machine", False):
        return PermissionDenied(said)
    known = access.scopes()
    lacking = [each for each in scopes if not all(map(actor.has_perm, known[each]))]
    return InsufficientScope(said, lacking) if lacking else PermissionDenied(said)


def refusal_of_attribute(actor: Any, said: str, attribute: Attribute) -> PermissionDenied:
    """The same for values of an attribute."""
    return refusal(actor, said, [f"see:{attribute.sensitivity}"])
