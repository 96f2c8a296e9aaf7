"""manage.py load_feed FEED FILE: load a file, here or by the workers, and print its ledger."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from mdm.feeds import batches, outstanding
from mdm.management.console import cause_of_command, console
from mdm.management.progress import follow
from mdm.models import Feed, FeedBatch, FeedRow

_SHOWN = 20


class Command(BaseCommand):
    help = "Loads a file into a feed. Without FILE it pulls from the feed's address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("feed", help="The code of the feed")
        parser.add_argument("file", type=Path, nargs="?")
        parser.add_argument("--dry-run", action="store_true", help="Judge every row, store nothing")
        parser.add_argument("--no-wait", action="store_true", help="Leave the work to the workers")

    def handle(
        self, *, feed: str, file: Path | None, dry_run: bool, no_wait: bool, **_options: object
    ) -> None:
        found = Feed.objects.select_related("system").filter(code=feed).first()
        if found is None:
            known = ", ".join(Feed.objects.order_by("code").values_list("code", flat=True))
            raise CommandError(f"There is no feed {feed!r}; there are {known or 'none yet'}.")
        cause = cause_of_command()
        try:
            if file is None:
                batch = batches.pull(found, dry_run=dry_run, cause=cause)
            else:
                batch = batches.receive(
                    found, file.name, _parts(file), dry_run=dry_run, cause=cause
                )
        except (OSError, batches.BatchStateError) as error:
            raise CommandError(str(error)) from error
        if no_wait:
            console.print(f"Batch {batch.pk} waits for a worker.")
            return
        follow([batch.pk], help_out=True)
        _report(batches.get_batch(batch.pk))


def _parts(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while part := stream.read(1 << 20):
            yield part


def _report(batch: FeedBatch) -> None:
    """The ledger, and the first rows that were not applied."""
    ledger = " + ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in batch.ledger.items()
    )
    console.print(f"Batch {batch.pk}: {batch.get_state_display().lower()}")
    console.print(f"{batch.received:,} received = {ledger}; {batch.inactivated:,} ended")
    if batch.problem:
        console.print(batch.problem)
    problems = batch.rows.filter(outcome=FeedRow.Outcome.QUARANTINED).order_by("row_number")
    for row in problems[:_SHOWN]:
        console.print(f"  {row.message} {row.remedy}")
    if stopped := outstanding.stopped_by(batch):
        raise CommandError(f"The work on it was given up: {stopped}")
    if batch.state in (FeedBatch.State.REFUSED, FeedBatch.State.WAITING):
        raise SystemExit(1)
