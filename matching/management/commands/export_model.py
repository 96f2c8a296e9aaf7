"""manage.py export_model: the match model of a domain with its weights, as YAML or for Splink."""

import json
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from matching.domains import MODELS
from matching.engine.model import MatchModel
from matching.engine.model_file import to_yaml
from matching.engine.splink_settings import (
    SplinkError,
    functions_needed,
    splink_settings,
    without_own_measures,
)
from matching.engine.weights import Weights
from matching.learned import last_run


class Command(BaseCommand):
    help = "Writes how a domain is matched, with the weights of the last run when there is one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", choices=sorted(MODELS))
        parser.add_argument("--format", choices=("yaml", "splink"), default="yaml")
        parser.add_argument("--out", type=Path, help="A file; without one, the terminal")
        parser.add_argument(
            "--plain",
            action="store_true",
            help="For Splink without our measures: levels that need them are left out",
        )

    def handle(
        self,
        *,
        domain: str,
        format: str,  # noqa: A002
        out: Path | None,
        plain: bool,
        **_options: object,
    ) -> None:
        model = MODELS[domain]
        run = last_run(model)
        learned = Weights.from_dict(run.weights) if run else None
        if format == "yaml":
            text = to_yaml(model, learned)
        else:
            text = self._for_splink(model, learned, run.records if run else 0, plain=plain)
        if not out:
            self.stdout.write(text)
            return
        try:
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{out} cannot be written: {error.strerror}") from error

    def _for_splink(
        self, model: MatchModel, learned: Weights | None, records: int, *, plain: bool
    ) -> str:
        weights = learned or Weights.of(model)
        try:
            if plain:
                model, weights = without_own_measures(model, weights)
            settings = splink_settings(model, weights, records)
        except SplinkError as error:
            raise CommandError(str(error)) from error
        if functions := functions_needed(model):
            self.stderr.write(
                f"The settings call {', '.join(functions)}: register them on DuckDB with"
                " matching.engine.splink_sql.register_measures, or export with --plain."
            )
        return json.dumps(settings, indent=2) + "\n"
