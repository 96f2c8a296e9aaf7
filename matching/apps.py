"""Matching as a Django application."""

from typing import Any

from celery.signals import worker_ready
from django.apps import AppConfig
from django.core.checks import register
from django.db import connections
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.module_loading import import_string
from django.utils.translation import gettext

from matching.checks import check_declarations
from matching.engine.words import speak


class MatchingConfig(AppConfig):
    name = "matching"
    verbose_name = "Matching"

    def ready(self) -> None:
        register(check_declarations)
        speak(gettext, _separators)
        worker_ready.connect(_index_anew)


def _index_anew(**_: Any) -> None:
    """A worker begins: the code that it runs may make other comparison forms than the last did."""
    import_string("matching.index.keeping.index_anew")(timezone.now())
    connections.close_all()


def _separators() -> tuple[str, str]:
    """How the language of the page writes decimals, and thousands."""
    return get_format("DECIMAL_SEPARATOR"), get_format("THOUSAND_SEPARATOR")
