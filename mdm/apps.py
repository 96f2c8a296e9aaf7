"""The hub as a Django application."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.module_loading import import_string


class HubConfig(AppConfig):
    name = "mdm"
    verbose_name = "Hub"

    def ready(self) -> None:
        register(import_string("mdm.checks.check_ownership"), Tags.database)
