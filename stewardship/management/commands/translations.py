"""manage.py translations: brings the catalogue of a language up to date with the marked texts."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from mdm.management.console import console
from stewardship import catalogues


class Command(BaseCommand):
    help = "Brings the catalogues of languages up to date, and compiles them for pages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("languages", nargs="+", help="Such as de; a new one gets a catalogue")

    def handle(self, *, languages: list[str], **_options: object) -> None:
        for language in languages:
            catalogue = catalogues.write(language)
            missing = catalogues.untranslated(catalogue)
            console.print(f"{language}: {len(catalogue)} texts, {len(missing)} of them in English")
            for each in missing:
                console.print(f"  {each}", markup=False)
