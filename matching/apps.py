"""Matching as a Django application."""

from django.apps import AppConfig
from django.core.checks import register

from matching.checks import check_declarations


class MatchingConfig(AppConfig):
    name = "matching"
    verbose_name = "Matching"

    def ready(self) -> None:
        register(check_declarations)
