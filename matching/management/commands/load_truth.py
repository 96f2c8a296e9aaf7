"""manage.py load_truth FILE: keep which things source records truly are, to measure matching by."""

import csv
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from matching import known
from matching.domains import MODELS
from mdm.management.console import console

_COLUMNS = "system, source_key and thing"


class Command(BaseCommand):
    help = "Keeps which things records truly are, from CSV with system, source_key and thing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--domain", required=True, choices=sorted(MODELS))
        parser.add_argument("--name", required=True, help="What the set is called on pages")

    def handle(self, *, file: Path, domain: str, name: str, **_options: object) -> None:
        try:
            with file.open(encoding="utf-8-sig", newline="") as stream:
                rows = [
                    (row["system"], row["source_key"], row["thing"])
                    for row in csv.DictReader(stream)
                ]
        except KeyError as missing:
            raise CommandError(f"{file} has no column {missing}; it needs {_COLUMNS}") from None
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        kept = known.keep(name, domain, rows)
        console.print(f"{kept:,} of {len(rows):,} records are in the hub; {name} is measured now.")
