"""Children that are restarted, stopped in time, and never left behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mdm.embedded.daemon import wait_until
from mdm.embedded.services import PROJECT
from mdm.embedded.supervisor import Process, Supervisor, free_port

SUPERVISE = """
import sys
from pathlib import Path
from mdm.embedded.supervisor import Process, Supervisor

folder = Path(sys.argv[1])
children = [Process(f"child{n}", [*sys.argv[2:]], {"FOLDER": str(folder)}) for n in (1, 2)]
with Supervisor(children, folder, patience=1) as supervisor:
    supervisor.start()
    supervisor.watch()
print("the caller goes on", flush=True)
"""

# Notes its own process id and that of a child of its own; ends at TERM unless told to ignore it.
CHILD = """
import os, signal, subprocess, sys, time
from pathlib import Path
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
helper = subprocess.Popen(["sleep", "300"])
note = Path(os.environ["FOLDER"], f"{os.getpid()}.started")
note.write_text(f"{os.getpid()} {helper.pid}")
print("hello from a child", flush=True)
time.sleep(300)
"""


class Supervised:
    """A supervisor in a process of its own, with two children."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        command = [sys.executable, "-c", SUPERVISE, str(folder), sys.executable, "-c", CHILD]
        self.program = subprocess.Popen(
            [*command, *arguments], cwd=PROJECT, stdout=subprocess.PIPE, text=True
        )
        assert wait_until(lambda: len(self.starts()) == 2, 20)

    def starts(self) -> list[list[int]]:
        """For each start so far: the child and its helper."""
        notes = [note.read_text().split() for note in self.folder.glob("*.started")]
        return [[int(number) for number in note] for note in notes if note]

    def children(self) -> list[int]:
        return [child for child, _ in self.starts()]

    def everyone(self) -> list[int]:
        return [process for start in self.starts() for process in start]

    def end_by(self, number: signal.Signals) -> tuple[str, float]:
        """What it said, and how long it took to end."""
        began = time.monotonic()
        self.program.send_signal(number)
        said, _ = self.program.communicate(timeout=30)
        return said, time.monotonic() - began


def is_alive(process: int) -> bool:
    """A zombie, which waits for whoever took it over, counts as dead."""
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2][:4]
    except FileNotFoundError:
        return False


def all_dead(processes: Callable[[], list[int]]) -> bool:
    return wait_until(lambda: not any(map(is_alive, processes())), 10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_every_child_and_the_caller_goes_on(
    tmp_path: Path, number: signal.Signals
) -> None:
    supervised = Supervised(tmp_path)

    said, seconds = supervised.end_by(number)

    assert said == "the caller goes on\n"
    assert supervised.program.returncode == 0
    assert seconds < 3
    assert all_dead(supervised.everyone)
    assert (tmp_path / "log" / "child1.log").read_text() == "hello from a child\n"


def test_a_child_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path, "stubborn")

    said, seconds = supervised.end_by(signal.SIGTERM)

    assert "child1 did not stop in time and is killed." in said
    assert 1 < seconds < 3
    assert all_dead(supervised.everyone)


def test_a_second_signal_waits_for_nobody(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path, "stubborn")
    supervised.program.send_signal(signal.SIGINT)
    time.sleep(0.2)

    _, seconds = supervised.end_by(signal.SIGINT)

    assert seconds < 0.7
    assert all_dead(supervised.everyone)


def test_a_dead_child_is_started_again_and_said(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path)
    child, helper = supervised.starts()[0]
    os.kill(child, signal.SIGKILL)

    assert wait_until(lambda: len(supervised.starts()) == 3, 10)
    said, _ = supervised.end_by(signal.SIGTERM)

    assert "ended by signal 9; it is started again in 1 s. See " in said
    assert not is_alive(helper)


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    supervised = Supervised(tmp_path)

    supervised.end_by(signal.SIGKILL)

    assert all_dead(supervised.children)
    for _, helper in supervised.starts():
        os.kill(helper, signal.SIGKILL)


def test_pauses_grow_while_deaths_repeat(tmp_path: Path) -> None:
    said: list[str] = []
    failing = Process("failing", [sys.executable, "-c", "raise SystemExit(3)"])

    with Supervisor([failing], tmp_path, announce=said.append) as supervisor:
        supervisor.start()
        while len(said) < 2:
            supervisor.revive()
            time.sleep(0.05)

    assert [line.split(";")[0] for line in said] == ["failing ended with status 3"] * 2
    assert "in 1 s" in said[0]
    assert "in 2 s" in said[1]


def test_a_program_that_is_missing_stops_the_others_at_once(tmp_path: Path) -> None:
    there = Process("there", ["sleep", "300"])
    missing = Process("missing", ["/nowhere/program"])
    supervisor = Supervisor([there, missing], tmp_path)

    with pytest.raises(FileNotFoundError), supervisor:
        supervisor.start()

    assert [child.is_alive for child in supervisor.children] == [False]


def test_the_preferred_port_or_the_next_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        preferred = taken.getsockname()[1]

        assert free_port(preferred) > preferred

    assert free_port(preferred) == preferred
