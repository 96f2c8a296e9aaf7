"""What the tests of the embedded services share."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from kombu.connection import Connection

from mdm.embedded import services
from mdm.embedded.folders import SHORT_FOLDER, Folders, folders_of
from mdm.embedded.services import PROJECT, Services

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="takes root to become another user")


def scratch() -> Path:
    """A disk in memory if there is a large one: a new data folder has a thousand files."""
    memory = Path("/dev/shm")  # noqa: S108
    is_large = memory.is_dir() and shutil.disk_usage(memory).free > 2_000_000_000
    return memory if is_large else SHORT_FOLDER


@contextmanager
def open_folder() -> Iterator[Path]:
    """An empty folder that every user may enter, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="touchstone-test-", dir=scratch()))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for lock in list(folder.rglob("lock")):
            clear(lock.parent)
        shutil.rmtree(folder)


def clear(state: Path) -> None:
    services.down(state)
    folders = folders_of(state)
    if folders and folders.home != state.resolve():
        shutil.rmtree(folders.home)


def start(state: Path) -> Services:
    """Start without waiting for the disk, as the suite has many starts."""
    return services.up(state, durable=False)


def folders(state: Path) -> Folders:
    found = folders_of(state)
    assert found
    return found


def query(found: Services, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(found.database_url) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@contextmanager
def letters(found: Services) -> Iterator[Any]:
    """A queue at the broker."""
    connection: Any = Connection(found.broker_url)  # type: ignore[no-untyped-call]
    with connection, connection.SimpleQueue("letters") as queue:
        yield queue


def put(found: Services, message: str) -> None:
    with letters(found) as queue:
        queue.put(message)


def take(found: Services) -> str:
    with letters(found) as queue:
        letter = queue.get(timeout=5)
        letter.ack()
        return str(letter.payload)


def postmaster(state: Path) -> int:
    return int((folders(state).postgres / "data" / "postmaster.pid").read_text().split()[0])


def valkey_server(state: Path) -> int:
    return int((folders(state).valkey / "valkey.pid").read_text())


def command(*arguments: str | Path, python: Sequence[str] = (sys.executable,)) -> list[str]:
    return [*python, "-m", "mdm.embedded", *map(str, arguments)]


def run(
    *arguments: str | Path, python: Sequence[str] = (sys.executable,), **options: Any
) -> subprocess.CompletedProcess[str]:
    """The command line of the services, in a process of its own."""
    return subprocess.run(
        command(*arguments, python=python),
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
