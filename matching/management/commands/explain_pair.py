"""manage.py explain_pair: why two source records are one thing or two."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.markup import escape
from rich.table import Table

from matching.charts import waterfall
from matching.domains import MODELS
from matching.engine.explain import Explanation
from matching.explaining import ExplainedRecords, NothingToExplainError, explain_records
from matching.management.reports import write_page
from mdm.management.console import console
from mdm.models import SourceRecord


class Command(BaseCommand):
    help = (
        "Explains two source records, compared by a run or not: levels, bits, the values compared,"
        " the block that found them or why none did, and what would change the outcome."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", choices=sorted(MODELS))
        parser.add_argument("--chart", type=Path, metavar="HTML", help="Writes a waterfall chart")
        for name in ("left", "right"):
            parser.add_argument(name, metavar="SYSTEM:KEY", help="A source record: CRM:ACC-1")

    def handle(
        self, *, domain: str, left: str, right: str, chart: Path | None, **_options: object
    ) -> None:
        try:
            explained = explain_records(_record(domain, left), _record(domain, right))
        except NothingToExplainError as error:
            raise CommandError(f"{error}.") from error
        console.print(escape(explained.explanation.sentence))
        console.print(_table(explained))
        for line in _remarks(explained.explanation):
            console.print(escape(line))
        if chart:
            write_page(chart, f"{left} and {right}", waterfall(explained.explanation))


def _record(domain: str, name: str) -> int:
    system, _, key = name.partition(":")
    found = SourceRecord.objects.filter(domain=domain, system__code=system, source_key=key)
    if not (record_id := found.values_list("pk", flat=True).first()):
        raise CommandError(f"there is no {domain} {name!r}; name one as SYSTEM:KEY")
    return int(record_id)


def _table(explained: ExplainedRecords) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("comparison", "level"):
        table.add_column(heading)
    table.add_column("bits", justify="right")
    table.add_column("values compared")
    explanation = explained.explanation
    table.add_row("prior", "", f"{explanation.prior:+.2f}", "")
    for item in explanation.evidence:
        values = _values(explained, item.comparison)
        table.add_row(item.comparison, item.level, f"{item.weight:+.2f}", escape(values))
    table.add_row("match weight", "", f"{explanation.match_weight:+.2f}", "")
    return table


def _values(explained: ExplainedRecords, comparison: str) -> str:
    """ "city oslo | rome": what one record holds and what the other does."""
    held = (each for each in explained.compared if each.comparison == comparison)
    return "; ".join(
        f"{each.column} {_said(each.left)} | {_said(each.right)}"
        for each in held
        if each.left or each.right
    )


def _said(values: tuple[str, ...]) -> str:
    return ", ".join(value.replace("\x1f", " / ") for value in values) or "–"


def _remarks(explanation: Explanation) -> Iterator[str]:
    if explanation.found_by:
        yield f"The pass “{explanation.found_by}” brings them together."
    for miss in explanation.missed:
        yield f"The pass “{miss.blocking}” does not find them: {miss.reason}."
    yield from (flip.sentence for flip in explanation.flips)
