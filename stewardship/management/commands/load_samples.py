"""manage.py load_samples: register and load the sample feeds, and print a summary."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.utils import timezone

from mdm import work
from mdm.cause import Cause, mint_correlation_id
from mdm.governance import roles
from mdm.quality import scoring
from stewardship.demo import samples, summary, truth


class Command(BaseCommand):
    help = "Loads the sample feeds and prints what became of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--workers", action="store_true", help="Leave the work to the workers")

    def handle(self, *, workers: bool, **_options: object) -> None:
        roles.ensure()
        batches, seconds = samples.load(help_out=not workers)
        truth.keep()
        cause = Cause(timezone.now(), "job:demo", mint_correlation_id())
        scoring.ask(scoring.with_records(), cause=cause)
        if not workers:
            work.drain()
        summary.show(batches, seconds)
