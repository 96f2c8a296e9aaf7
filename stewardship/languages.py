"""Pages are in the language that a person chose, else in the one that their browser asks for.

The choice is a cookie of the browser, so that it holds before one signs in too. The API is English.
"""

from collections.abc import Callable

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.i18n import set_language

choose = login_not_required(set_language)
"""Keeps the language named and goes back to the page; one that there is not changes nothing."""


class LanguageMiddleware:
    """Pages are in the language of the cookie, else in the first one asked for that there is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/"):  # machines get what they get anywhere
            return self._get_response(request)
        language = translation.get_language_from_request(request)
        with translation.override(language):
            response = self._get_response(request)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.headers.setdefault("Content-Language", language)
        return response
