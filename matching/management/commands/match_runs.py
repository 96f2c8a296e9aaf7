"""manage.py match_runs: what runs are doing and did; starts one, or cancels one."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from rich.table import Table

from matching.domains import MODELS
from matching.models import MatchRun
from matching.shards import comparing
from mdm import events
from mdm.management.console import cause_of_command, console

_SHOWN = 20


class Command(BaseCommand):
    help = "Lists match runs with their progress; starts one for what waits, or cancels one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--start", choices=sorted(MODELS), metavar="DOMAIN")
        parser.add_argument("--cancel", type=int, metavar="RUN", help="The number of a run")

    def handle(self, *, start: str | None, cancel: int | None, **_options: object) -> None:
        if start:
            events.record("match_run.asked", domain=start, content={}, cause=cause_of_command())
            console.print(f"Workers match what waits in {start} as soon as they can.")
        elif cancel is not None:
            _cancel(cancel)
        else:
            console.print(_listed())


def _cancel(number: int) -> None:
    run = MatchRun.objects.filter(pk=number).first()
    if run is None:
        raise CommandError(f"there is no run {number}; `manage.py match_runs` lists them")
    if not comparing.cancel(number, cause=cause_of_command()):
        raise CommandError(
            f"run {number} is {run.get_state_display().lower()}:"
            " only a run that is being compared can be cancelled"
        )
    console.print(
        f"Run {number} is cancelled and kept nothing. What its batches changed is matched by the"
        f" next run: manage.py match_runs --start {run.domain}"
    )


def _listed() -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("run", "domain", "state", "started"):
        table.add_column(heading, no_wrap=True)
    for heading in ("records", "candidates", "seconds"):
        table.add_column(heading, justify="right")
    for run in MatchRun.objects.order_by("-pk")[:_SHOWN]:
        table.add_row(
            str(run.pk),
            f"{run.domain}, anew" if run.rematch else run.domain,
            _state(run),
            f"{run.started_at:%m-%d %H:%M:%S}",
            f"{run.records:,}",
            f"{run.candidate_pairs:,}",
            f"{sum(run.report['seconds'].values()):.1f}",
        )
    return table


def _state(run: MatchRun) -> str:
    if run.state != MatchRun.State.COMPARING:
        return run.get_state_display().lower()
    done, all_ = comparing.progress(run)
    return f"compared {done} of {all_} ranges"
