"""manage.py restandardise [DOMAIN]: read again what sources sent."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.db.models import Sum

from mdm import work
from mdm.domains import ENTITY_TYPES
from mdm.feeds import restandardising
from mdm.management.console import cause_of_command
from mdm.models import FeedBatch


class Command(BaseCommand):
    help = (
        "Reads what sources sent again, after the standardiser, a mapping or a placeholder changed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", nargs="?", choices=sorted(ENTITY_TYPES))

    def handle(self, *, domain: str | None, **_options: object) -> None:
        cause = cause_of_command()
        restandardising.ask([domain] if domain else ENTITY_TYPES, cause=cause)
        work.drain()
        batches = FeedBatch.objects.filter(correlation_id=cause.correlation_id)
        changed = batches.aggregate(changed=Sum("updated"))["changed"] or 0
        self.stdout.write(f"{changed:,} source records say something else now.")
