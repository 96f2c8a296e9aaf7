"""manage.py rematch: match a domain anew, as if the machine had not linked anything yet."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from matching import rematching
from matching.domains import MODELS
from mdm.management.console import cause_of_command, console


class Command(BaseCommand):
    help = (
        "Compares all records of a domain anew by its present model, and splits or merges what the"
        " machine had linked; what people decided or confirmed stands."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", choices=sorted(MODELS), metavar="DOMAIN")

    def handle(self, *, domain: str, **_options: object) -> None:
        rematching.ask(domain, cause=cause_of_command())
        console.print(
            f"Workers match all of {domain} anew as soon as they can; see manage.py match_runs."
        )
