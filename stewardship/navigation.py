"""The main navigation: the domains that the person may see."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from mdm.domains import ENTITY_TYPES
from mdm.governance import access
from mdm.words import translated

_UNDER_INBOX = (
    "/inbox", "/pairs/", "/suspects/", "/pins/", "/proposals/", "/contradictions/", "/unclear/",
    "/consents/", "/actions",
)  # fmt: skip


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Template context: the links of the main navigation, made when a template asks for them."""
    return {"navigation": SimpleLazyObject(lambda: _links(request))}


def _links(request: HttpRequest) -> dict[str, Any]:
    here = request.resolver_match.kwargs.get("domain") if request.resolver_match else None
    return {
        "domains": [
            {
                "label": translated(each.plural),
                "url": reverse("golden-list", args=[name]),
                "here": name == here,
            }
            for name, each in ENTITY_TYPES.items()
            if access.may_view(request.user, name)
        ],
        "feeds_here": request.path.startswith("/feeds"),
        "quality_here": request.path.startswith("/quality"),
        "reports_here": request.path.startswith("/reports"),
        "bulk_here": request.path.startswith("/bulk"),
        "matching_here": request.path.startswith("/matching"),
        "webhooks_here": request.path.startswith("/webhooks"),
        "catalogue_here": request.path.startswith("/catalogue"),
        "inbox_here": request.path.startswith(_UNDER_INBOX),
    }
