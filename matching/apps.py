"""Matching as a Django application."""

from django.apps import AppConfig
from django.core.checks import register
from django.utils.formats import get_format
from django.utils.translation import gettext

from matching.checks import check_declarations
from matching.engine.words import speak


class MatchingConfig(AppConfig):
    name = "matching"
    verbose_name = "Matching"

    def ready(self) -> None:
        register(check_declarations)
        speak(gettext, _separators)


def _separators() -> tuple[str, str]:
    """How the language of the page writes decimals, and thousands."""
    return get_format("DECIMAL_SEPARATOR"), get_format("THOUSAND_SEPARATOR")
