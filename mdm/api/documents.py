"""How operations are described in the OpenAPI document: shapes, parameters and problems."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiParameter, extend_schema

from mdm.api.problems import MEDIA_TYPE, PROBLEMS

SCOPES = "x-scopes"
"""Which scopes an operation needs, in words of `operation`, beside its security requirements."""

Shape = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])

TEXT: Shape = {"type": "string"}
MOMENT: Shape = {"type": "string", "format": "date-time"}
MAYBE_MOMENT: Shape = {"type": ["string", "null"], "format": "date-time"}
ID: Shape = {"type": "string", "format": "uuid"}
MAYBE_ID: Shape = {"type": ["string", "null"], "format": "uuid"}
MAYBE_NUMBER: Shape = {"type": ["number", "null"]}
COUNT: Shape = {"type": "integer"}
FLAG: Shape = {"type": "boolean"}
ANY: Shape = {}
VALUES: Shape = {"type": "object", "additionalProperties": True}


def record(required: dict[str, Shape], **optional: Shape) -> Shape:
    """An object with properties."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        **({"required": list(required)} if required else {}),
    }


def listed(item: Shape, most: int | None = None) -> Shape:
    """A list."""
    return {"type": "array", "items": item, **({"maxItems": most} if most else {})}


def part(name: str) -> Shape:
    """A shape that has a name in the document."""
    return {"$ref": f"#/components/schemas/{name}"}


def query(name: str, said: str, shape: Shape = TEXT, *, required: bool = False) -> OpenApiParameter:
    """A parameter behind the question mark."""
    return OpenApiParameter(
        name, shape, OpenApiParameter.QUERY, required=required, description=said
    )


def header(name: str, said: str, *, required: bool = False) -> OpenApiParameter:
    """A header that the caller sends."""
    return OpenApiParameter(
        name, TEXT, OpenApiParameter.HEADER, required=required, description=said
    )


def if_match(what: str) -> OpenApiParameter:
    """The header by which a caller says what it saw; `what` is of which golden records."""
    return header(
        "If-Match", f"The ETag of {what} as you saw it: 412 when it changed since; * for any"
    )


AS_OF = query("as_of", "A moment of recorded time, or a date for the end of its day in UTC")


def operation(
    name: str,
    answer: Shape | None,
    *,
    body: Shape | None = None,
    parameters: Iterable[OpenApiParameter] = (),
    problems: Iterable[str] = (),
    status: int = 200,
    media_type: str = "application/json",
    also: dict[Any, Any] | None = None,
    scopes: Sequence[str] = ("{domain}:read",),
) -> Callable[[View], View]:
    """Describes a method of a view; `problems` are types beyond those of every operation.

    One of `scopes` is needed, each of which may be several with spaces between them; {domain}
    stands for whichever domain is asked about.
    """
    types = {*_EVERYWHERE, *problems, *(("parse-error", "invalid", "too-many-items",
             "unsupported-media-type") if body else ())}  # fmt: skip
    described = extend_schema(
        operation_id=name,
        request={"application/json": body} if body else None,
        parameters=list(parameters),
        extensions={SCOPES: list(scopes)},
        responses={
            **({} if answer is None and status in (also or {}) else {(status, media_type): answer}),
            **{(PROBLEMS[each].status, MEDIA_TYPE): part("Problem") for each in sorted(types)},
            **(also or {}),
        },
    )

    def named(view: View) -> View:
        method: Any = described(view)
        method.operation, method.scopes = name, tuple(scopes)
        return method  # type: ignore[no-any-return]

    return named


_EVERYWHERE = ("invalid", "not-authenticated", "permission-denied", "not-acceptable", "throttled")
