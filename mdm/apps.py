"""The hub as a Django application."""

from django.apps import AppConfig


class HubConfig(AppConfig):
    name = "mdm"
    verbose_name = "Hub"
