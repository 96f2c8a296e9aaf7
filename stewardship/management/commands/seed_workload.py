"""manage.py seed_workload: fills an empty hub, to measure its pages at full size."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mdm.cause import Cause, mint_correlation_id
from mdm.management.console import console
from stewardship.demo import workload


class Command(BaseCommand):
    help = "Fills an empty hub with records and open stewardship tasks, to measure its pages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--source-records", type=int, default=20_000)
        parser.add_argument("--tasks", type=int, default=4_000)

    def handle(self, *, source_records: int, tasks: int, **_options: object) -> None:
        cause = Cause(timezone.now(), "job:seed workload", mint_correlation_id())
        try:
            for words in workload.fill(source_records, tasks, cause=cause):
                console.print(words)
        except workload.NotEmptyError as refused:
            raise CommandError(f"{refused}.") from refused
