"""Celery's own processes, at work on the database of the test that starts them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Self

from django.db import connection

from mdm.embedded.daemon import last_lines, wait_until
from mdm.embedded.services import Database
from mdm.embedded.supervisor import Child, Process
from mdm.models import Work

SWEEP_SECONDS = 1
LEASE_SECONDS = 3
PATIENCE_SECONDS = 90

_CELERY = (sys.executable, "-m", "celery", "-A", "mdm")


class Crew:
    """A beat and some workers on one broker, gone when the with block ends."""

    def __init__(self, broker_url: str, folder: Path, rows_in_a_chunk: int) -> None:
        self.folder = folder
        self.environment = {
            "DATABASE_URL": database_url(),
            "CELERY_BROKER_URL": broker_url,
            "FEED_CHUNK_ROWS": str(rows_in_a_chunk),
            "SWEEP_SECONDS": str(SWEEP_SECONDS),
            "WORK_LEASE_SECONDS": str(LEASE_SECONDS),
            "TMPDIR": str(folder),  # where killed processes leave things behind
        }
        self.children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self.children):
            self.kill(name)

    def start(self, *workers: str) -> None:
        """Start workers of these names, and the beat with the first of them."""
        if "beat" not in self.children:
            schedule = f"--schedule={self.folder / 'beat-schedule'}"
            self._start("beat", "beat", schedule, "--pidfile=")
        for name in workers:
            options = ("--concurrency=1", "--without-gossip", "--without-mingle")
            self._start(name, "worker", f"--hostname={name}@%h", *options)

    def _start(self, name: str, *arguments: str) -> None:
        process = Process(name, [*_CELERY, *arguments, "--loglevel=WARNING"], self.environment)
        self.children[name] = Child(process, self._log(name))

    def kill(self, name: str) -> None:
        """Kill a process with all that it started, without warning."""
        self.children.pop(name).kill_group()

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait; if that takes too long, fail with how things stand."""
        if not wait_until(condition, PATIENCE_SECONDS, pause=0.1):
            raise AssertionError(f"not within {PATIENCE_SECONDS} s\n{self._state()}")

    def _state(self) -> str:
        """Work that is not done, and the last lines of each process."""
        work = Work.objects.exclude(state=Work.State.DONE).order_by("pk")
        facts = ("kind", "state", "attempts", "stage", "not_before", "leased_until", "problem")
        said = [f"{name}: {last_lines(self._log(name))}" for name in self.children]
        return "\n".join([*map(str, work.values_list(*facts)), *said])

    def _log(self, name: str) -> Path:
        return self.folder / "log" / f"{name}.log"


def database_url() -> str:
    """The address of the test's database, as a process reads it from its environment."""
    told = connection.settings_dict
    port = int(told["PORT"] or 5432)
    return Database(told["NAME"], told["USER"], told["PASSWORD"], told["HOST"], port).url
