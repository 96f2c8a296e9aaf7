"""The embedded PostgreSQL: starting, adopting and stopping it."""

import os
import signal
import socket
import struct
import time
from pathlib import Path

from mdm.embedded.binaries import PostgresPrograms, find_postgres
from mdm.embedded.daemon import last_lines, launch, program_is_gone, runs, stop, wait_until
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.folders import Folders
from mdm.embedded.postgres_data import (
    PORT,
    check_version,
    data_folder,
    make_data_folder,
    write_settings,
)

START_SECONDS = 120
ANSWER_SECONDS = 10
RETRY_SECONDS = 30

# The shortest question of PostgreSQL's protocol that gets a reply: can this be encrypted?
ENCRYPTION_REQUEST = struct.pack("!ii", 8, 80877103)

# What a server says while the backends of a killed predecessor are still leaving.
PREDECESSOR_LEAVING = ("pre-existing shared memory block", "lock file")


def running(folders: Folders) -> int | None:
    """The process id of the server on this data folder, if it lives."""
    process = noted_process(folders)
    return process if runs(process, data_folder(folders)) else None


def noted_process(folders: Folders) -> int | None:
    """The process id in the status file; it may be a dead one's."""
    lines = status_lines(folders)
    return int(lines[0]) if lines and lines[0].isdigit() else None


def status_lines(folders: Folders) -> list[str]:
    """The server's own notes: process, folder, start, port, sockets, host, memory, status."""
    try:
        return status_file(folders).read_text().splitlines()
    except FileNotFoundError:
        return []


def status_file(folders: Folders) -> Path:
    return data_folder(folders) / "postmaster.pid"


def is_ready(folders: Folders) -> bool:
    return says_ready(folders) and answers(socket_path(folders))


def says_ready(folders: Folders) -> bool:
    """What the status file says, true or not; before that, the server starts or recovers."""
    lines = status_lines(folders)
    return len(lines) > 7 and lines[7].strip() == "ready"


def socket_path(folders: Folders) -> Path:
    return folders.sockets / f".s.PGSQL.{PORT}"


def answers(path: Path) -> bool:
    """Whether a server replies there; a killed one still takes connections for a moment."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(ANSWER_SECONDS)
        try:
            client.connect(os.fspath(path))
            client.sendall(ENCRYPTION_REQUEST)
            return client.recv(1) != b""
        except OSError:
            return False


def is_adoptable(folders: Folders) -> bool:
    """Whether a server of an earlier start can be used, waiting for one that still recovers."""
    path = socket_path(folders)
    wait_until(lambda: says_ready(folders) or not running(folders), START_SECONDS)
    wait_until(lambda: answers(path) or not (running(folders) and path.exists()), ANSWER_SECONDS)
    process = running(folders)
    return process is not None and is_ready(folders) and not program_is_gone(process)


def start(folders: Folders, *, durable: bool) -> str:
    """Start a server, on a new data folder where there is none; says which PostgreSQL it is."""
    halt(folders)
    programs = find_postgres(folders.account)
    if data_folder(folders).exists():
        check_version(folders, programs)
    else:
        make_data_folder(folders, programs, durable=durable)
    write_settings(data_folder(folders), folders.sockets, durable=durable)
    launch_until_ready(folders, programs)
    return programs.origin


def halt(folders: Folders) -> None:
    """Stop the server, so that it leaves a clean data folder, and clear what a dead one left."""
    stop(
        running(folders),
        data_folder(folders),
        gently=signal.SIGINT,  # PostgreSQL's fast shutdown: open transactions are rolled back
        firmly=signal.SIGQUIT,
    )
    remove_leftovers(folders)


def remove_leftovers(folders: Folders) -> None:
    """Remove the sockets of a dead server, and its status file where that misleads.

    PostgreSQL gives way to an empty file, and to any process that now has the dead server's number.
    Where none has, the file stays: it shows PostgreSQL the backends that still write to the data.
    """
    for path in (socket_path(folders), socket_path(folders).with_suffix(f".{PORT}.lock")):
        path.unlink(missing_ok=True)
    process = noted_process(folders)
    if process is None or exists(process):
        status_file(folders).unlink(missing_ok=True)


def exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def launch_until_ready(folders: Folders, programs: PostgresPrograms) -> None:
    """Start the server, again and again while what a killed one left behind is in its way."""
    deadline = time.monotonic() + RETRY_SECONDS
    while not launched(folders, programs, is_last=time.monotonic() > deadline):
        time.sleep(0.3)


def launched(folders: Folders, programs: PostgresPrograms, *, is_last: bool) -> bool:
    """Whether the server runs now; it does not while a killed predecessor's backends do."""
    log, data = folders.log("postgres"), data_folder(folders)
    written = log.stat().st_size if log.exists() else 0
    process = launch([programs.folder / "postgres", "-D", data], log=log, account=folders.account)
    wait_until(lambda: is_ready(folders) or not runs(process, data), START_SECONDS)
    if is_ready(folders):
        return True
    if runs(process, data):
        raise EmbeddedServiceError(
            f"PostgreSQL is still recovering after {START_SECONDS} s; it goes on doing so. Try "
            f"again in a minute. Its log is {log}."
        )
    said = last_lines(log, since=written)
    if is_last or not any(phrase in said for phrase in PREDECESSOR_LEAVING):
        raise EmbeddedServiceError(f"PostgreSQL did not start. The end of {log}:\n{said}")
    return False
