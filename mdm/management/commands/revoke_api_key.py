"""manage.py revoke_api_key NAME: its keys stop working within five seconds."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mdm.models import ApiClient


class Command(BaseCommand):
    help = "Revokes the keys of a client; they stop working within five seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *, name: str, **_options: object) -> None:
        clients = ApiClient.objects.filter(name=name, revoked_at=None)
        if not clients.update(revoked_at=timezone.now()):
            raise CommandError(f"There is no client {name!r} with a key that works.")
        self.stdout.write(f"The keys of {name} no longer work.")
