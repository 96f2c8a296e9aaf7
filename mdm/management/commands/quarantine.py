"""manage.py quarantine: list rows that wait for a person, resubmit or dismiss them."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from mdm.feeds import quarantine
from mdm.management.console import cause_of_command, console
from mdm.management.progress import follow
from mdm.models import FeedRow

_SHOWN = 50


class Command(BaseCommand):
    help = "Lists quarantined rows; with a row's id, repairs and resubmits it, or dismisses it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "row", type=int, nargs="?", help="The id of a row, as the list shows it"
        )
        parser.add_argument("--set", action="append", default=[], metavar="COLUMN=VALUE")
        parser.add_argument("--dismiss", action="store_true", help="Nothing is to be done about it")

    def handle(self, *, row: int | None, set: list[str], dismiss: bool, **_options: object) -> None:  # noqa: A002
        if row is None:
            _list()
            return
        try:
            if dismiss:
                quarantine.dismiss([row], cause=cause_of_command())
                return
            corrections = dict(_correction(each) for each in set)
            batch = quarantine.resubmit(row, corrections, cause=cause_of_command())
        except quarantine.RowStateError as error:
            raise CommandError(str(error)) from error
        follow([batch.pk], help_out=True)
        batch.refresh_from_db()
        console.print(f"Batch {batch.pk}: {batch.get_state_display().lower()}, {batch.ledger}")


def _list() -> None:
    waiting = FeedRow.objects.filter(state=FeedRow.State.OPEN).select_related("batch__feed")
    for each in waiting.order_by("pk")[:_SHOWN]:
        console.print(f"{each.pk}  {each.batch.feed.code}: {each.message} {each.remedy}")
    console.print(f"{waiting.count():,} rows wait.")


def _correction(text: str) -> tuple[str, str]:
    column, equals, value = text.partition("=")
    if not equals:
        raise CommandError(f"--set takes COLUMN=VALUE, not {text!r}")
    return column, value
