"""manage.py configure FILE: bring the hub in step with a YAML configuration."""

from argparse import ArgumentParser
from pathlib import Path

import yaml
from django.core.management.base import BaseCommand, CommandError

from mdm import configuration
from mdm.management.console import cause_of_command


class Command(BaseCommand):
    help = "Registers source systems, feeds, mappings, ownership and placeholders from YAML."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_options: object) -> None:
        try:
            document = yaml.safe_load(file.read_text(encoding="utf-8"))
            said = configuration.apply(document, cause=cause_of_command())
        except UnicodeDecodeError as error:
            raise CommandError(f"{file}: not UTF-8 at byte {error.start:,}; save it so") from error
        except OSError as error:
            raise CommandError(str(error)) from error
        except (yaml.YAMLError, configuration.ConfigurationError) as error:
            raise CommandError(f"{file}: {error}") from error
        self.stdout.write("\n".join(said) or "Nothing changed.")
