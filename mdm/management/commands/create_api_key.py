"""manage.py create_api_key NAME --scope …: a key for a machine, printed once."""

from argparse import ArgumentParser
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mdm.governance import access
from mdm.governance.keys import mint_key
from mdm.models import ApiClient

LONGEST_DAYS = 3650


class Command(BaseCommand):
    help = "Makes an API key and prints it; only a hash of it is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--scope", action="append", required=True, choices=sorted(access.scopes())
        )
        parser.add_argument("--days", type=int, default=365, help="Until it expires")

    def handle(self, *, name: str, scope: list[str], days: int, **_options: object) -> None:
        if not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"A key lasts from 1 to {LONGEST_DAYS} days, not {days}.")
        if ApiClient.objects.filter(name=name).exists():
            raise CommandError(f"There is a client {name!r} already; choose another name.")
        key, key_hash = mint_key()
        now = timezone.now()
        ApiClient.objects.create(
            name=name,
            key_hash=key_hash,
            scopes=scope,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        self.stdout.write(key)
