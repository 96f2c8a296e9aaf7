"""One shape for every error: problem details (RFC 9457) that name the remedy."""

from typing import Any

from rest_framework.response import Response
from rest_framework.views import exception_handler

_TITLES = {
    400: "The request is not valid",
    401: "Who are you?",
    403: "Not allowed",
    404: "Not found",
    405: "The method is not allowed here",
    406: "That format is not served",
    409: "It changed meanwhile",
    415: "That format is not understood",
    429: "Too many requests",
}
_TYPE = "/problems/{}"


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """What Django REST framework answers for `error`; None lets Django answer with a 500."""
    response = exception_handler(error, context)
    if response is None:
        return None
    request = context["request"]
    title = _TITLES.get(response.status_code, "The request failed")
    response.data = {
        "type": _TYPE.format(getattr(error, "default_code", "error").replace("_", "-")),
        "title": title,
        "status": response.status_code,
        "detail": _detail(response.data),
        "instance": request.get_full_path(),
        "correlation_id": request.correlation_id,
    }
    response.content_type = "application/problem+json"
    return response


def _detail(data: Any) -> Any:
    """The framework's own words, without their wrapping."""
    return data["detail"] if isinstance(data, dict) and "detail" in data else data
