"""manage.py rotate_api_key NAME: a new key for a machine; the old one works a while longer."""

from argparse import ArgumentParser
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from mdm.governance.keys import mint_key
from mdm.management.commands.create_api_key import LONGEST_DAYS
from mdm.models import ApiClient


class Command(BaseCommand):
    help = "Prints a new key for a client; its old key works until the overlap ends."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--overlap-hours", type=float, default=24, help="Both keys work")
        parser.add_argument("--days", type=int, default=365, help="Until the new key expires")

    @transaction.atomic
    def handle(self, *, name: str, overlap_hours: float, days: int, **_options: object) -> None:
        if not 1 <= days <= LONGEST_DAYS or not 0 <= overlap_hours <= 24 * LONGEST_DAYS:
            raise CommandError(f"Keys last from 1 to {LONGEST_DAYS} days, and overlap for less.")
        client = ApiClient.objects.select_for_update().filter(name=name, revoked_at=None).first()
        if client is None:
            raise CommandError(f"There is no client {name!r} with a key that works.")
        now = timezone.now()
        overlap = now + timedelta(hours=overlap_hours)
        client.previous_key_hash = client.key_hash
        client.previous_until = min(overlap, client.expires_at or overlap)
        key, client.key_hash = mint_key()
        client.expires_at = now + timedelta(days=days)
        client.save()
        self.stdout.write(key)
