"""manage.py demo: services, migrations, workers, sample feeds, summary, and the hub served."""

import os
import shutil
import subprocess
import sys
import time
import urllib.request
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from mdm.embedded import services, web
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.supervisor import Process, Supervisor, free_port
from mdm.management.console import console

_PYTHON = sys.executable
_MANAGE = str(settings.ROOT / "manage.py")
_READY_SECONDS = 60


class Command(BaseCommand):
    help = "Starts everything with sample data, prints a summary, and serves until Ctrl-C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="Stop after the summary")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *, no_serve: bool, port: int, **_options: object) -> None:
        started = time.perf_counter()
        try:
            with ExitStack() as stack:
                _start_services(stack)
                _prepare()
                port = free_port(port)
                processes = [_worker(), _beat(), *([] if no_serve else [_web(port)])]
                supervisor = stack.enter_context(
                    Supervisor(processes, settings.STATE_DIRECTORY, announce=console.print)
                )
                supervisor.start()
                _run("load_samples", "--workers")
                console.print(f"All of it took {time.perf_counter() - started:.0f} s.")
                if not no_serve:
                    _say_where(port)
                    supervisor.watch()
        except EmbeddedServiceError as error:
            raise CommandError(str(error)) from error


def _start_services(stack: ExitStack) -> None:
    """The embedded database and broker, unless the environment names servers."""
    if os.environ.get("DATABASE_URL") and os.environ.get("CELERY_BROKER_URL"):
        console.print("Using the database and the broker that the environment names.")
        return
    found = services.up(settings.STATE_DIRECTORY)
    stack.callback(services.down, settings.STATE_DIRECTORY)
    for name, value in found.environment.items():
        os.environ.setdefault(name, value)
    console.print(f"Started {found.origin} and Valkey.")


def _prepare() -> None:
    _run("migrate", "--verbosity=0")
    _run("collectstatic", "--no-input", "--verbosity=0")
    _run("ensure_roles", quiet=True)


def _run(*arguments: str, quiet: bool = False) -> None:
    output = subprocess.DEVNULL if quiet else None
    done = subprocess.run([_PYTHON, _MANAGE, *arguments], stdout=output, check=False)
    if done.returncode:
        raise CommandError(f"manage.py {arguments[0]} failed")


def _worker() -> Process:
    celery = [_PYTHON, "-m", "celery", "-A", "mdm", "worker", "--concurrency=2"]
    return Process("worker", [*celery, "--loglevel=WARNING", "--without-gossip"])


def _beat() -> Process:
    schedule = str(settings.STATE_DIRECTORY / "beat-schedule")
    celery = [_PYTHON, "-m", "celery", "-A", "mdm", "beat", f"--schedule={schedule}"]
    return Process("beat", [*celery, "--loglevel=WARNING", "--pidfile="])


def _web(port: int) -> Process:
    counters = settings.STATE_DIRECTORY / "metrics"
    shutil.rmtree(counters, ignore_errors=True)
    counters.mkdir()
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(counters)}
    return Process("web", web.server(port), environment)


def _say_where(port: int) -> None:
    address = f"http://127.0.0.1:{port}/"
    _await(f"{address}healthz")
    console.print(f"\nTouchstone is at {address}  (Ctrl-C stops it)")
    _run("demo_logins")
    console.print(f"Logs are in {settings.STATE_DIRECTORY / 'log'}.")


def _await(address: str) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own address
                return
        except OSError:
            time.sleep(0.2)
    raise CommandError(f"{address} does not answer; look into {Path('log')}")
