"""manage.py evaluate [DOMAIN]: let golden records follow the time that has passed."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from mdm import evaluation, work
from mdm.domains import ENTITY_TYPES
from mdm.management.console import cause_of_command


class Command(BaseCommand):
    help = "Evaluates golden records as of now: decay of trust, ends of pins, dates of ownership."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", nargs="?", choices=sorted(ENTITY_TYPES))

    def handle(self, *, domain: str | None, **_options: object) -> None:
        evaluation.ask([domain] if domain else ENTITY_TYPES, cause=cause_of_command())
        work.drain()
