"""REST: what the hub declares of each domain, as far as the caller may see it."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm.api import shapes
from mdm.api.documents import operation
from mdm.attribute_types import Choice, Reference
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.governance import access
from mdm.schema import Attribute, EntityType


class DomainsView(APIView):
    """`/api/v1/domains`."""

    @operation("domains", shapes.DOMAINS)
    def get(self, request: Request) -> Response:
        """The domains that the caller may see, with their declarations."""
        seen = [each for name, each in ENTITY_TYPES.items() if access.may_view(request.user, name)]
        return Response({"domains": [declaration(each, request.user) for each in seen]})


class DomainView(APIView):
    """`/api/v1/domains/{domain}`."""

    @operation("domain", shapes.DOMAIN)
    def get(self, request: Request, domain: str) -> Response:
        """The declaration of a domain: what its attributes are, mean, and need to be seen."""
        return Response(declaration(entity_type(domain), request.user))


def declaration(declared: EntityType, actor: access.Actor) -> dict[str, Any]:
    """A domain as it is declared; `visible` says which values the caller may see."""
    return {
        "domain": declared.domain,
        "label": declared.label,
        "plural": declared.plural,
        "glossary": declared.glossary,
        "search_by": [*declared.search_by],
        "attributes": [_attribute(each, actor) for each in declared.attributes],
    }


def _attribute(each: Attribute, actor: access.Actor) -> dict[str, Any]:
    kind = each.type
    return {
        "name": each.name,
        "type": type(kind).__name__,
        "label": each.label,
        "glossary": each.glossary,
        "required": each.required,
        "many": each.many,
        "group": each.group,
        "sensitivity": str(each.sensitivity),
        "survivorship": each.survivorship.name,
        "visible": access.may_see(actor, each),
        **({"options": [*kind.options]} if isinstance(kind, Choice) else {}),
        **({"refers_to": kind.domain} if isinstance(kind, Reference) else {}),
    }
