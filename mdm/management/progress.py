"""Watching batches until they are applied and matched, with a bar for each."""

import time
from collections.abc import Sequence

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mdm import work
from mdm.feeds import progress
from mdm.management.console import console
from mdm.models import FeedBatch

_GLANCE_SECONDS = 0.2


def follow(batch_ids: Sequence[int], *, help_out: bool) -> None:
    """Show how far the batches are until nothing is left to do for them.

    With `help_out` this process does due work itself, so that it ends without workers too.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[stage]}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as bars:
        shown = {pk: bars.add_task("", total=100, stage="") for pk in batch_ids}
        while True:
            batches = FeedBatch.objects.select_related("feed").filter(pk__in=batch_ids)
            known = {batch: progress.of(batch) for batch in batches}
            for batch, how_far in known.items():
                bars.update(
                    shown[batch.pk],
                    description=batch.feed.name,
                    completed=how_far.share,
                    stage=how_far.stage,
                )
            if all(each.settled for each in known.values()):
                return
            if not (help_out and work.drain()):
                time.sleep(_GLANCE_SECONDS)
