"""The OpenAPI 3.1 document of REST v1, generated from its views, and a page to read it on."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mdm.api import shapes
from mdm.api.authentication import MayAskInBody
from mdm.api.documents import SCOPES, part
from mdm.api.operations import life_of
from mdm.api.problems import MEDIA_TYPE
from mdm.domains import ENTITY_TYPES
from mdm.governance import access

METHODS = ("get", "put", "post", "delete")


class MachineScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How a machine says who it is: by its key, or by an access token."""

    target_class = "mdm.api.authentication.ApiKeyAuthentication"
    name = ["apiKey", "oauth2"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[str]]]:  # noqa: ARG002
        """Either of them."""
        return [{each: []} for each in self.name]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:  # noqa: ARG002
        """A key as a bearer token, and what a key buys."""
        flow = {"tokenUrl": "/api/v1/oauth/token", "scopes": access.scopes_in_words()}
        return [
            {"type": "http", "scheme": "bearer", "description": "tsk_…"},
            {"type": "oauth2", "flows": {"clientCredentials": flow}},
        ]


@cache
def document() -> dict[str, Any]:
    """The document; the same for everybody."""
    generated: dict[str, Any] = SchemaGenerator(api_version="v1").get_schema(public=True)  # type: ignore[no-untyped-call]
    return generated


def finish(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """Adds the shapes by name, and what addresses may hold."""
    result.setdefault("components", {})["schemas"] = shapes.COMPONENTS
    for address, methods in result["paths"].items():
        for operation in (methods[name] for name in METHODS if name in methods):
            for parameter in operation.get("parameters", ()):
                if parameter["in"] == "path" and parameter["name"] in _IN_ADDRESSES:
                    parameter["schema"] = _IN_ADDRESSES[parameter["name"]]
            _say_how_long_it_lives(address.split("/", 3)[2], operation)
            if "security" in operation:
                _say_which_scopes(operation)
    return result


def _say_how_long_it_lives(version: str, operation: dict[str, Any]) -> None:
    """Mark what is deprecated, now or from a day that is known; it is refused after its sunset."""
    life = life_of(version, operation["operationId"])
    if life.deprecated_at:
        operation["deprecated"] = True
    if life.sunset_at:
        problem = {MEDIA_TYPE: {"schema": part("Problem")}}
        operation["responses"].setdefault("410", {"content": problem, "description": ""})


def _say_which_scopes(operation: dict[str, Any]) -> None:
    """Each way to be allowed: a machine's with a scope, a person's by signing in."""
    ways = [*dict.fromkeys(way for each in operation[SCOPES] for way in _ways(each))]
    operation["security"] = [
        required
        for each in operation["security"]
        for required in (
            [{name: way.split()} for way in ways for name in each]
            if each.keys() <= set(MachineScheme.name)
            else [each]
        )
    ]


def _ways(scopes: str) -> Iterator[str]:
    """What stands for scopes in which {domain} is open: that of all domains, or of any one."""
    if "{domain}" in scopes:
        yield from (scopes.format(domain=each) for each in ENTITY_TYPES)
        if scopes.format(domain="*") in access.scopes():
            yield scopes.format(domain="*")
    else:
        yield scopes


_IN_ADDRESSES = {
    "domain": {"type": "string", "enum": [*ENTITY_TYPES]},
    "system": {"type": "string", "pattern": "^[A-Z][A-Z0-9_-]{0,31}$"},
    "source_key": shapes.KEY,
    "job_id": {"type": "integer", "minimum": 1, "maximum": (1 << 63) - 1},
    "webhook_id": {"type": "integer", "minimum": 1, "maximum": (1 << 63) - 1},
    "action_id": {"type": "integer", "minimum": 1, "maximum": (1 << 63) - 1},
}


class OpenApiView(APIView):
    """`/api/v1/openapi.json`."""

    permission_classes = (IsAuthenticated, MayAskInBody)
    schema = None

    def get(self, request: Request) -> Response:  # noqa: ARG002
        """The document."""
        return Response(document())


class DocumentationView(APIView):
    """`/api/v1/docs`."""

    permission_classes = (IsAuthenticated, MayAskInBody)
    schema = None

    def get(self, request: Request) -> HttpResponse:
        """The document as a page, without any script."""
        context = {"operations": operations(), "info": document()["info"]}
        http_request: HttpRequest = request._request
        return render(http_request, "api/docs.html", context)


def operations() -> list[dict[str, Any]]:
    """Every operation of the document, for people: its address, its name, and what it says."""
    return [
        {"address": address, "method": method.upper(), **_described(methods[method])}
        for address, methods in document()["paths"].items()
        for method in METHODS
        if method in methods
    ]


def _described(operation: dict[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = next(
        iter(operation.get("requestBody", {}).get("content", {}).values()), {}
    )
    return {
        "name": operation["operationId"],
        "deprecated": operation.get("deprecated", False),
        "said": operation.get("description", ""),
        "parameters": operation.get("parameters", ()),
        "body": [*body.get("schema", {}).get("properties", ())],
        "required": body.get("schema", {}).get("required", ()),
        "statuses": sorted(operation["responses"]),
        "scopes": operation.get(SCOPES, ()),
    }
