"""What every answer says of its operation's life, and the refusal of one that is past it."""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from mdm.api import counting
from mdm.api.operations import called_by, headers, is_gone, life_of
from mdm.api.problems import Gone
from mdm.governance.usage import PEOPLE


class StandingMiddleware:
    """Adds Deprecation, Sunset and links to answers, errors too, and counts who calls.

    Calls of nobody known are not counted: strangers could write as they like.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        called = called_by(request)
        if called:
            for name, value in headers(*called).items():
                response[name] = value
            user = getattr(request, "user", None)
            if user and user.is_authenticated:
                is_machine = getattr(user, "is_machine", False)
                counting.note(*called, user.get_username() if is_machine else PEOPLE)
        return response

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],  # noqa: ARG002
        args: tuple[Any, ...],  # noqa: ARG002
        kwargs: Mapping[str, Any],
    ) -> HttpResponse | None:
        """The refusal of an operation past its sunset; None for all others."""
        called = called_by(request)
        return _gone(request, **kwargs) if called and is_gone(*called) else None


class GoneView(APIView):
    """Stands for an operation past its sunset: whoever is known is told what to call instead."""

    permission_classes = (IsAuthenticated,)
    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        called = called_by(request._request)
        life = life_of(*called) if called else None
        if called and life and life.sunset_at:
            raise Gone(
                f"The operation {called[1]} of {called[0]} ended on {life.sunset_at:%Y-%m-%d}.",
                successor=life.successor,
                sunset_at=life.sunset_at.isoformat(),
            )


_gone = GoneView.as_view()
