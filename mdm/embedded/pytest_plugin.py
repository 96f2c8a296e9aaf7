"""Gives the test suite a database and a broker of its own, beside a running demo.

Loaded by name (-p), so that it comes before the settings are read. With DATABASE_URL or
CELERY_BROKER_URL set, the suite uses what they name and nothing is started.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import IO

import pytest

from mdm.embedded import services
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.folders import folders_of, make_state_directory
from mdm.embedded.services import Services

VARIABLES = ("DATABASE_URL", "CELERY_BROKER_URL")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the services; a wrapper runs before all others, so before Django's settings."""
    options = early_config.known_args_namespace
    # The processes of xdist find the variables that the one which started them has set.
    if not (options.help or options.version or any(map(os.environ.get, VARIABLES))):
        try:
            start_services(early_config)
        except EmbeddedServiceError as error:
            raise pytest.UsageError(str(error)) from None
    yield


def start_services(config: pytest.Config) -> None:
    """Start services that end with the test run, also where Ctrl-C ends it."""
    state, claim = claimed_state_directory()
    config.add_cleanup(claim.close)
    config.add_cleanup(lambda: services.down(state))
    os.environ.update(up_at_any_price(state).environment)


def up_at_any_price(state: Path) -> Services:
    """Start, without the old data where that is damaged or another version's: nobody misses it."""
    try:
        return services.up(state, durable=False)
    except EmbeddedServiceError:
        services.down(state)
        folders = folders_of(state)
        for folder in (folders.postgres, folders.valkey) if folders else ():
            shutil.rmtree(folder)
        return services.up(state, durable=False)


def claimed_state_directory() -> tuple[Path, IO[bytes]]:
    """The first directory that no other test run uses, and the open file that keeps it ours."""
    names = (f"test-{number}" if number > 1 else "test" for number in count(1))
    for state in map(services.default_state_directory, names):
        make_state_directory(state)
        claim = (state / "test-run").open("wb")
        with suppress(BlockingIOError):
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return state, claim
        claim.close()
    raise EmbeddedServiceError("No state directory is free.")  # pragma: no cover
