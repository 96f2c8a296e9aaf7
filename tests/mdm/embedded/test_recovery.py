"""What is left after a kill -9, and starting again on it."""

import os
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from mdm.embedded import services
from mdm.embedded.account import is_root
from mdm.embedded.daemon import command_line, wait_until
from mdm.embedded.services import PROJECT
from tests.mdm.embedded.real_services import (
    command,
    folders,
    postmaster,
    put,
    query,
    start,
    take,
    valkey_server,
)


def test_both_servers_recover_from_a_kill(state: Path) -> None:
    found = services.up(state)
    query(found, "CREATE TABLE kept AS SELECT 42 AS answer")
    put(found, "kept")
    os.kill(postmaster(state), signal.SIGKILL)
    os.kill(valkey_server(state), signal.SIGKILL)

    again = services.up(state)

    assert query(again, "SELECT answer FROM kept") == [(42,)]
    assert take(again) == "kept"


def test_a_start_waits_for_the_backends_of_a_killed_server(state: Path) -> None:
    found = start(state)
    backend = threading.Thread(target=calculate_until_cut_off, args=[found.database_url])
    backend.start()
    time.sleep(0.3)
    os.kill(postmaster(state), signal.SIGKILL)

    again = start(state)
    backend.join()

    assert query(again, "SELECT 1") == [(1,)]
    assert "pre-existing shared memory block" in folders(state).log("postgres").read_text()


def calculate_until_cut_off(address: str) -> None:
    """Keep a backend too busy to notice, for a second or two, that its server died."""
    with suppress(psycopg.OperationalError), psycopg.connect(address) as connection:
        connection.execute("SELECT count(*) FROM generate_series(1, 8000000)")
        connection.execute("SELECT pg_sleep(60)")


def test_only_the_dead_server_is_started_again(state: Path) -> None:
    start(state)
    database, broker = postmaster(state), valkey_server(state)
    os.kill(broker, signal.SIGKILL)
    assert wait_until(lambda: not command_line(broker), 5)

    unfinished = services.current(state)
    start(state)

    assert unfinished is None
    assert services.current(state)
    assert postmaster(state) == database


def test_a_number_that_another_process_has_now_does_not_mislead(state: Path) -> None:
    start(state)
    os.kill(postmaster(state), signal.SIGKILL)
    os.kill(valkey_server(state), signal.SIGKILL)
    account = folders(state).account
    with subprocess.Popen(["sleep", "60"], user=account.uid if is_root() else None) as stranger:
        renumber(folders(state).postgres / "data" / "postmaster.pid", stranger.pid)
        renumber(folders(state).sockets / ".s.PGSQL.5432.lock", stranger.pid)
        renumber(folders(state).valkey / "valkey.pid", stranger.pid)

        found = start(state)
        untouched = stranger.poll() is None
        stranger.kill()

    assert untouched
    assert query(found, "SELECT 1") == [(1,)]


def renumber(note: Path, process: int) -> None:
    """Put another process id on the first line."""
    _, _, rest = note.read_text().partition("\n")
    note.write_text(f"{process}\n{rest}")


def test_a_status_file_that_a_crash_left_empty_is_passed_over(state: Path) -> None:
    (folders(state).postgres / "data" / "postmaster.pid").touch()

    found = start(state)

    assert query(found, "SELECT 1") == [(1,)]


def test_a_socket_that_was_cleared_away_is_put_back(state: Path) -> None:
    found = start(state)
    for socket in Path(found.database.host).glob("*"):
        socket.unlink()

    again = services.up(state, durable=False)

    assert query(again, "SELECT 1") == [(1,)]


@pytest.mark.parametrize("seconds", [0.2, 0.5, 0.8])
def test_a_start_that_is_killed_is_made_good_by_the_next(new_state: Path, seconds: float) -> None:
    with subprocess.Popen(command("up", "--state", new_state), cwd=PROJECT) as starting:
        time.sleep(seconds)
        starting.kill()

    found = services.up(new_state)

    assert query(found, "SELECT 1") == [(1,)]
    assert services.current(new_state) == found
