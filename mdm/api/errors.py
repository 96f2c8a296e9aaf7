"""One shape for every error: problem details (RFC 9457) that name the field and the remedy."""

from collections.abc import Iterator
from typing import Any

import structlog
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework.response import Response
from rest_framework.views import exception_handler

from mdm.api.problems import MEDIA_TYPE, PROBLEMS

log = structlog.get_logger(__name__)


def problem(error: Exception, context: dict[str, Any]) -> Response:
    """What the API answers for `error`: one that nobody foresaw is logged, and a 500."""
    response = exception_handler(error, context)
    if response is None:
        log.error("request failed", exc_info=error)
        response = Response({"detail": "The hub failed to answer."}, status=500)
    code = getattr(error, "default_code", None) or {403: "permission_denied", 404: "not_found"}.get(
        response.status_code, "error"
    )
    response.data = problem_details(
        code.replace("_", "-"),
        response.data,
        context["request"],
        status=response.status_code,
        **getattr(error, "members", {}),
    )
    response.content_type = MEDIA_TYPE
    return response


def problem_details(
    name: str, said: Any, request: Any, *, status: int | None = None, **members: Any
) -> dict[str, Any]:
    """The body of a problem. `said` is a text, or texts by field."""
    type_ = PROBLEMS[name]
    said = said["detail"] if isinstance(said, dict) and "detail" in said else said
    errors = list(_errors(said)) if isinstance(said, dict) else []
    sentences = [each["detail"] for each in errors] or [_text(said)]
    return {
        "type": f"/problems/{name}",
        "title": type_.title,
        "status": status or type_.status,
        "detail": " ".join(sentences),
        "remedy": type_.remedy,
        **({"errors": errors} if errors else {}),
        "instance": request.get_full_path(),
        "correlation_id": request.correlation_id,
        **members,
    }


@login_not_required
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What is refused before any view is asked, such as an address that is no host of the hub."""
    if not request.path_info.startswith("/api/"):
        return defaults.bad_request(request, exception)
    details = problem_details("invalid", "The request does not reach the API.", request)
    return JsonResponse(details, status=400, content_type=MEDIA_TYPE)


@login_not_required
def problem_type(request: HttpRequest, name: str) -> JsonResponse:  # noqa: ARG001
    """`GET /problems/{name}`: what a type of problem means, and what mends it; for everybody."""
    found = PROBLEMS.get(name)
    if found is None:
        return JsonResponse({"known": [f"/problems/{each}" for each in PROBLEMS]}, status=404)
    said = {"title": found.title, "status": found.status, "remedy": found.remedy}
    return JsonResponse({"type": f"/problems/{name}", **said})


def _errors(said: dict[str, Any]) -> Iterator[dict[str, str]]:
    for field, words in said.items():
        yield {"field": field, "detail": _text(words)}


def _text(said: Any) -> str:
    return " ".join(map(str, said)) if isinstance(said, list) else str(said)
