"""manage.py explain_blocking: what each blocking pass finds among the stored records."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand
from rich.markup import escape
from rich.table import Table

from matching.charts import pairs_per_pass
from matching.domains import MODELS
from matching.engine.blocking_study import LargeBlock, PassFindings, explain_blocking
from matching.frames import Records, load
from matching.management.reports import write_page
from mdm.management.console import console
from mdm.models import SourceRecord

_HEADINGS = (
    "records\nwithout key", "\nblocks", "\npairs", "new\npairs", "pairs\nso far", "largest\nblock",
    "capped\nblocks", "pairs\nleft out",
)  # fmt: skip


class Command(BaseCommand):
    help = (
        "Shows for every blocking pass the pairs that it finds, those that no earlier pass finds,"
        " and its largest blocks with an example."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", choices=sorted(MODELS))
        parser.add_argument("--largest", type=int, default=1, help="Blocks shown for each pass")
        parser.add_argument(
            "--chart", type=Path, metavar="HTML", help="Writes a chart of the pairs"
        )

    def handle(self, *, domain: str, largest: int, chart: Path | None, **_options: object) -> None:
        model = MODELS[domain]
        records = load(model)
        found = explain_blocking(records.frame, model, max(0, largest))
        console.print(_table(found))
        pairs, count = found[-1].all_pairs, len(records.frame)
        console.print(
            f"{pairs:,} of {count * (count - 1) // 2:,} pairs of {count:,} records are compared;"
            f" a block of more than {model.block_limit} records is capped: each of its records"
            f" meets its {model.window} nearest neighbours."
        )
        for line in _examples(found, records):
            console.print(line)
        if chart:
            write_page(chart, f"Blocking of {domain} records", pairs_per_pass(found))


def _table(found: tuple[PassFindings, ...]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("\npass")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right")
    for each in found:
        report = each.report
        counts = (
            each.without_key, report.blocks, report.pairs, each.new_pairs, each.all_pairs,
            report.largest, report.oversized, each.left_out,
        )  # fmt: skip
        table.add_row(report.name, *(f"{count:,}" for count in counts))
    return table


def _examples(found: tuple[PassFindings, ...], records: Records) -> Iterator[str]:
    rows = sorted({row for each in found for block in each.largest for row in block.rows})
    names = _names(records, rows)
    for each in found:
        for block in each.largest:
            yield escape(_in_words(each, block, names))


def _in_words(found: PassFindings, block: LargeBlock, names: dict[int, str]) -> str:
    shared = ", ".join(
        f"{column} {value!r}" for column, value in zip(found.columns, block.values, strict=True)
    )
    capped = f"; capped, {block.pairs:,} pairs compared" if block.capped else ""
    members = ", ".join(names[row] for row in block.rows)
    more = ", …" if block.records > len(block.rows) else ""
    return f"{found.report.name}: {block.records:,} records share {shared}{capped}: {members}{more}"


def _names(records: Records, rows: list[int]) -> dict[int, str]:
    """The system and source key of each row."""
    ids = records.frame.record_ids[rows].tolist() if rows else []
    stored = SourceRecord.objects.filter(pk__in=ids).values_list("pk", "system__code", "source_key")
    known = {pk: f"{code} {key}" for pk, code, key in stored}
    return {row: known[pk] for row, pk in zip(rows, ids, strict=True)}
