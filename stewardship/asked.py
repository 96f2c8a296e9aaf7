"""What a request asks for, checked: domains that the person may see, ids and numbers."""

from collections.abc import Collection
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance import access
from mdm.schema import EntityType


def visible_domain(request: HttpRequest, domain: str) -> EntityType:
    """The declaration of a domain that the person may see."""
    if domain not in ENTITY_TYPES:
        raise Http404
    if not access.may_view(request.user, domain):
        raise PermissionDenied
    return entity_type(domain)


def id_of(text: str) -> UUID:
    """The id that `text` writes; not found when it writes none."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def offered(request: HttpRequest, name: str, choices: Collection[str]) -> str:
    """What a form says, if it is one of the choices; "" otherwise."""
    value = request.POST.get(name, "")
    return value if value in choices else ""


def number(text: str) -> int:
    """The number that `text` writes; not found when it writes none."""
    try:
        return int(text)
    except ValueError:
        raise Http404 from None
