"""manage.py contradictions: decisions that cannot all be true, and which of them to revisit."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from matching.contradictions import explained, find
from matching.domains import MODELS
from mdm.management.console import console


class Command(BaseCommand):
    help = "Lists decisions that contradict each other, with the fewest of them to revisit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", nargs="?", choices=sorted(MODELS), metavar="DOMAIN")

    def handle(self, *, domain: str | None, **_options: object) -> None:
        count = 0
        for name in [domain] if domain else sorted(MODELS):
            for found in find(name):
                count += 1
                console.print(f"{count}. {name}")
                for line in explained(found):
                    console.print(f"   {line}", markup=False)
        if not count:
            console.print("No decisions contradict each other.")
