"""manage.py create_api_key NAME --scope …: a key for a machine, printed once."""

from argparse import ArgumentParser
from datetime import timedelta
from ipaddress import ip_network

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mdm.governance import access
from mdm.governance.keys import mint_key
from mdm.governance.rates import parse_rate
from mdm.models import ApiClient, SourceSystem

LONGEST_DAYS = 3650


class Command(BaseCommand):
    help = "Makes an API key and prints it; only a hash of it is kept."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument(
            "--scope", action="append", required=True, choices=sorted(access.scopes())
        )
        parser.add_argument("--days", type=int, default=365, help="Until it expires")
        parser.add_argument("--system", help="The one source system for which it may speak")
        parser.add_argument("--address", action="append", default=[], help="A network: 10.1.0.0/16")
        parser.add_argument("--rate", default="", help="Requests: 600/min; API_RATE without")

    def handle(
        self,
        *,
        name: str,
        scope: list[str],
        days: int,
        system: str | None,
        address: list[str],
        rate: str,
        **_options: object,
    ) -> None:
        if not 1 <= days <= LONGEST_DAYS:
            raise CommandError(f"A key lasts from 1 to {LONGEST_DAYS} days, not {days}.")
        if ApiClient.objects.filter(name=name).exists():
            raise CommandError(f"There is a client {name!r} already; choose another name.")
        try:
            networks = [str(ip_network(each)) for each in address]
            if rate:
                parse_rate(rate)
        except ValueError as error:
            raise CommandError(f"{error}.") from None
        speaks_for = SourceSystem.objects.filter(code=system).first() if system else None
        if system and speaks_for is None:
            raise CommandError(f"There is no source system {system!r}.")
        key, key_hash = mint_key()
        now = timezone.now()
        ApiClient.objects.create(
            name=name,
            key_hash=key_hash,
            scopes=scope,
            system=speaks_for,
            addresses=networks,
            rate=rate,
            created_at=now,
            expires_at=now + timedelta(days=days),
        )
        self.stdout.write(key)
