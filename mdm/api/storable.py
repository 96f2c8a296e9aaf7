"""Text that PostgreSQL cannot hold: refused before any view asks the database about it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from mdm.api.errors import problem_details
from mdm.api.formats import NO_NUL, NUL
from mdm.api.problems import MEDIA_TYPE


class StorableMiddleware:
    """Refuses the character NUL in an address of the API, and in what follows its question mark.

    The problem names the parameter. Bodies are refused by their parser.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],  # noqa: ARG002
        args: tuple[Any, ...],  # noqa: ARG002
        kwargs: Mapping[str, Any],
    ) -> HttpResponse | None:
        """The refusal; None where there is none, and for pages, which have their own."""
        if not request.path_info.startswith("/api/"):
            return None
        parts: list[tuple[str, Iterable[Any]]] = [
            *((name, [value]) for name, value in kwargs.items()),
            *request.GET.lists(),
        ]
        wrong = {
            name.replace(NUL, ""): NO_NUL
            for name, values in parts
            if any(NUL in str(each) for each in (name, *values))
        }
        if not wrong:
            return None
        details = problem_details("invalid", wrong, request)
        return JsonResponse(details, status=details["status"], content_type=MEDIA_TYPE)
