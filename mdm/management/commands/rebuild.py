"""manage.py rebuild: derive every golden record again, after the rules it follows have changed."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from mdm import golden, relationships
from mdm.domains import ENTITY_TYPES
from mdm.management.console import cause_of_command
from mdm.models import GoldenRecord

_BATCH = 5_000


class Command(BaseCommand):
    help = "Rebuilds golden records; those whose facts give the same result are left alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--domain", choices=sorted(ENTITY_TYPES), action="append")

    def handle(self, *, domain: list[str] | None, **_options: object) -> None:
        cause = cause_of_command()
        for name in domain or ENTITY_TYPES:
            changed = 0
            ids = (
                GoldenRecord.objects.of(name).standing().order_by("pk").values_list("pk", flat=True)
            )
            batch = list(ids[:_BATCH])
            while batch:
                relationships.catch_up(name, batch, cause=cause)
                changed += len(golden.rebuild(name, batch, cause=cause))
                batch = list(ids.filter(pk__gt=batch[-1])[:_BATCH])
            self.stdout.write(f"{name}: {changed} golden records changed")
