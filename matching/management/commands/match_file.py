"""manage.py match_file FILE --domain D --out CSV: the match engine on a file, storing nothing."""

from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

from django.core.management.base import BaseCommand, CommandError
from rich.text import Text

from matching.domains import MODELS
from matching.engine.model import MatchModel
from matching.files import report
from matching.files.contents import Contents, find_date_order
from matching.files.evidence import Evidence, standardise
from matching.files.guessing import Role, Use, guess, printable
from matching.files.said import SayingError, read_said
from matching.files.table import Table, read_table
from matching.files.targets import attributes_of
from matching.files.trial import TRAININGS, Trial, run
from matching.files.truth import judge
from matching.files.writing import write_clusters, write_pairs
from mdm.domains import entity_type
from mdm.feeds.readers import FileRefusedError, open_sheet
from mdm.management.console import console
from mdm.schema import EntityType
from mdm.standardise.places import parse_country
from mdm.standardise.reading import DateOrder, InvalidValue, Reading


class Command(BaseCommand):
    help = "Finds which rows of a CSV, XLSX or JSON file are one thing. Needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--domain", required=True, choices=sorted(MODELS))
        parser.add_argument("--out", type=Path, required=True, help="CSV of rows with clusters")
        parser.add_argument("--pairs", type=Path, help="CSV of scored pairs with their reasons")
        parser.add_argument(
            "--map",
            nargs="+",
            action="extend",
            default=[],
            metavar="COLUMN=ATTRIBUTE",
            help="what a column is, like Zip=addresses.postcode; COLUMN=ignore leaves it out",
        )
        parser.add_argument("--key", metavar="COLUMN", help="identifies rows; never compared")
        parser.add_argument("--truth", metavar="COLUMN", help="the right answer, to judge by")
        parser.add_argument(
            "--train",
            choices=TRAININGS,
            default="em",
            help="where weights come from: learned by em, by recordlinkage's ecm, or as shipped",
        )
        parser.add_argument("--country", help="of phone numbers without a code, like US")
        parser.add_argument("--date-order", choices=get_args(DateOrder), help="of 4/5/2024")
        parser.add_argument("--decimal-comma", action="store_true", help="1,5 is one and a half")
        parser.add_argument("--encoding", help="of a CSV file")
        parser.add_argument("--delimiter", help="of a CSV file")

    def handle(self, *, file: Path, domain: str, out: Path, **options: Any) -> None:
        try:
            _check_paths(file, [out, options["pairs"]])
            _try(file, out, entity_type(domain), MODELS[domain], options)
        except (FileRefusedError, SayingError, InvalidValue, OSError) as error:
            raise CommandError(printable(str(error))) from error


def _try(
    file: Path, out: Path, type_: EntityType, model: MatchModel, options: dict[str, Any]
) -> None:
    table = _read(file, options)
    said = read_said(
        options["map"], options["key"], options["truth"], columns=table.columns, type_=type_
    )
    contents = {column: Contents.of(table.cells[column]) for column in table.columns}
    reading = _reading(contents, options)
    uses = guess(contents, type_, model, said, reading)
    _say(report.of_uses(uses, reading))
    evidence = standardise(table, uses, type_, model, reading)
    _say(report.of_evidence(evidence, reading))
    _check_evidence(evidence, type_)
    with console.status("matching") as status:
        trial = run(table, uses, evidence, type_, model, status.update, options["train"])
    _say(report.of_trial(trial, table))
    if said.truth:
        _say(report.of_truth(judge(trial.result, model.merge_at, table.cells[said.truth]), table))
    _write(out, options["pairs"], table, trial, _key(uses))


def _check_paths(file: Path, written: Sequence[Path | None]) -> None:
    if not file.is_file():
        raise CommandError(f"There is no file {file}.")
    paths = [file.resolve(), *(path.resolve() for path in written if path)]
    if len(set(paths)) < len(paths):
        raise CommandError("FILE, --out and --pairs must be different files.")
    for path in filter(None, written):
        if not path.resolve().parent.is_dir():
            raise CommandError(f"There is no folder {path.parent} for {path.name}.")


def _read(file: Path, options: dict[str, Any]) -> Table:
    given = {name: options[name] for name in ("encoding", "delimiter") if options[name]}
    with console.status("reading") as status:
        sheet = open_sheet(file, file.name, given)
        table = read_table(sheet, lambda rows: status.update(f"reading, {rows:,} rows"))
    _say(report.of_table(table))
    if not len(table):
        raise CommandError("The file has no row that can be read; there is nothing to match.")
    return table


def _reading(contents: dict[str, Contents], options: dict[str, Any]) -> Reading:
    country = parse_country(options["country"]) if options["country"] else None
    order = options["date_order"] or find_date_order(contents.values(), country)
    return Reading(country, order, options["decimal_comma"])


def _check_evidence(evidence: Evidence, type_: EntityType) -> None:
    if not evidence.columns:
        raise CommandError(
            f"No column tells anything of a {type_.domain}. Say what one is with --map"
            f" COLUMN=ATTRIBUTE; there are {attributes_of(type_)}."
        )
    if not any(value for texts in evidence.columns.values() for value in texts):
        raise CommandError("The compared columns hold no value; map others with --map.")


def _key(uses: Sequence[Use]) -> str | None:
    return next((use.column for use in uses if use.role is Role.KEY), None)


def _write(out: Path, pairs: Path | None, table: Table, trial: Trial, key: str | None) -> None:
    with console.status(f"writing {out}"):
        with out.open("w", encoding="utf-8", newline="") as file:
            write_clusters(file, table, trial)
        if pairs:
            with pairs.open("w", encoding="utf-8", newline="") as file:
                write_pairs(file, table, trial, key)
    _say([f"written: {out}" + (f" and {pairs}" if pairs else "")])


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        console.print(Text(printable(line)))
