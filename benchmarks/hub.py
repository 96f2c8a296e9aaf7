"""A hub of a benchmark's own: embedded PostgreSQL and Valkey, and workers as the demo runs them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def measured_in_a_hub_of_its_own(module: str, *arguments: str) -> dict[str, Any]:
    """The last line of JSON that `python -m module ARGUMENTS --inside FOLDER` prints.

    The folder is the hub's state directory; everything is gone afterwards.
    """
    from mdm.embedded import services

    with tempfile.TemporaryDirectory(prefix="touchstone-benchmark-") as folder:
        state = Path(folder)
        state.chmod(0o711)  # the servers' own account passes through it
        found = services.up(state)
        try:
            done = subprocess.run(
                [sys.executable, "-m", module, *arguments, "--inside", folder],
                env={**os.environ, **found.environment, "TOUCHSTONE_STATE": folder},
                cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True,
            )  # fmt: skip
            result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
            return result
        finally:
            services.down(state)


def tell(figures: Mapping[str, float], digits: int = 3) -> None:
    """Print figures for people, line by line, and then all of them as one line of JSON."""
    for name, value in figures.items():
        print(f"  {name:<64} {value:>14,.{digits}f}")
    print(json.dumps(figures))


def set_up() -> None:
    """Django, and the tables of the hub. Call it inside, before anything of the hub is imported."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mdm.settings")
    os.environ.setdefault("SECRET_KEY", "benchmark")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def configure_contacts() -> None:
    """The sample feeds of contacts alone, `crm-contacts` and `erp-contacts`, without clients."""
    import yaml
    from django.utils import timezone

    from mdm import configuration
    from mdm.cause import Cause

    specification = yaml.safe_load((ROOT / "mdm/feeds/sample_feeds/hub.yaml").read_text())
    feeds = [each for each in specification["feeds"] if each["code"].endswith("-contacts")]
    for feed in feeds:
        for line in feed["mapping"]["attributes"]:
            line.pop("must_exist", None)
    cause = Cause(timezone.now(), "job:benchmark", "benchmark")
    configuration.apply({**specification, "feeds": feeds}, cause=cause)


@contextmanager
def workers(folder: Path, count: int) -> Iterator[None]:
    """So many worker processes and a beat, ready for work."""
    from mdm.celery import app
    from mdm.embedded.supervisor import Process, Supervisor

    celery = [sys.executable, "-m", "celery", "-A", "mdm"]
    worker = [*celery, "worker", f"--concurrency={count}", "--loglevel=WARNING"]
    beat = [*celery, "beat", f"--schedule={folder / 'beat'}", "--loglevel=WARNING", "--pidfile="]
    processes = [Process("worker", worker), Process("beat", beat)]
    with Supervisor(processes, folder, announce=lambda _line: None) as supervisor:
        supervisor.start()
        while not app.control.ping(timeout=1):
            pass
        yield
