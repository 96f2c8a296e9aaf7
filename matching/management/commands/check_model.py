"""manage.py check_model: is this file a match model, and what would it change."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from matching.checks import model_errors
from matching.domains import MODELS
from matching.engine.model import MatchModel, ModelError
from matching.engine.model_changes import changes
from matching.engine.model_file import from_yaml, to_yaml
from matching.engine.splink_import import model_of_splink
from matching.engine.splink_settings import SplinkError
from matching.engine.weights import Weights, WeightsError


class Command(BaseCommand):
    help = (
        "Checks a match model in YAML, or the settings of Splink, and says what is different from"
        " the model in use. Changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--domain", choices=sorted(MODELS), help="Needed for Splink's settings")
        parser.add_argument("--out", type=Path, help="Writes the model and its weights as YAML")

    def handle(
        self, *, file: Path, domain: str | None, out: Path | None, **_options: object
    ) -> None:
        try:
            model, weights = _read(file.read_text(encoding="utf-8"), domain)
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read: {error}") from error
        except (ModelError, WeightsError, SplinkError) as error:
            raise CommandError(f"{file}: {error}.") from error
        if errors := list(model_errors(model)):
            raise CommandError("\n".join(f"{each.msg} {each.hint}" for each in errors))
        self.stdout.write(_summary(model, weights))
        different = changes(MODELS[model.domain], model)
        for line in different:
            self.stdout.write(f"  {line}")
        if not different:
            self.stdout.write("  the same as the model in use")
        if out:
            out.write_text(to_yaml(model, weights), encoding="utf-8")


def _read(text: str, domain: str | None) -> tuple[MatchModel, Weights | None]:
    settings = _json(text)
    if settings is None:
        return from_yaml(text)
    if domain is None:
        raise SplinkError("these are settings of Splink: name the domain with --domain")
    return model_of_splink(settings, MODELS[domain])


def _json(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and "model" not in found else None


def _summary(model: MatchModel, weights: Weights | None) -> str:
    levels = sum(len(comparison.levels) for comparison in model.comparisons)
    learned = f"weights learned from {weights.trained_on:,} records" if weights else "no weights"
    return (
        f"{model.domain}, version {model.version}: {len(model.columns)} columns,"
        f" {len(model.passes)} passes, {len(model.comparisons)} comparisons with {levels} levels,"
        f" {learned}"
    )
