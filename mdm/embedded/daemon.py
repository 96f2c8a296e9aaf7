"""Starting, recognising and stopping servers that outlive the program that started them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mdm.embedded.account import Account, run_as
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.folders import open_log

# The shell leaves at once, so that the server is nobody's child and never a zombie of ours.
START_AND_LEAVE = '"$@" >&2 </dev/null & echo $!'

# A process that has a program and no arguments is taking the program up.
LOADING_SECONDS = 1


def launch(command: Sequence[str | Path], *, log: Path, account: Account) -> int:
    """Start a server in a session of its own, so that Ctrl-C does not reach it; its process id."""
    with open_log(log) as output:
        started = run_as(
            account, ["/bin/sh", "-c", START_AND_LEAVE, "sh", *command], errors_to=output
        )
    if not started.stdout.strip().isdigit():
        raise EmbeddedServiceError(f"{command[0]} could not be started; {log} says more.")
    return int(started.stdout)


def runs(process: int | None, argument: str | Path) -> bool:
    """Whether that process lives and was started with that argument.

    The number alone proves nothing: it may have gone to another program since, or to a zombie.
    """
    return process is not None and f" {argument} " in f" {command_line(process)} "


def command_line(process: int) -> str:
    if Path("/proc/self/cmdline").exists():
        return os.fsdecode(arguments(process)).replace("\0", " ")
    command = ["ps", "-ww", "-o", "args=", "-p", str(process)]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def arguments(process: int) -> bytes:
    """Its command line as Linux shows it: empty for a zombie, and for a moment in every start."""
    path, deadline = Path(f"/proc/{process}/cmdline"), time.monotonic() + LOADING_SECONDS
    try:
        while not (found := path.read_bytes()) and has_program(process):
            if time.monotonic() > deadline:
                break
            time.sleep(0.001)
        return found
    except (FileNotFoundError, ProcessLookupError):
        return b""


def has_program(process: int) -> bool:
    """Whether it runs a file, as a zombie no longer does."""
    try:
        return bool(os.readlink(f"/proc/{process}/exe"))
    except OSError:
        return False


def program_is_gone(process: int) -> bool:
    """Whether its files were removed under it, as when the environment is made anew.

    Such a server still answers, until it first needs another one of them. Only Linux tells.
    """
    try:
        return os.readlink(f"/proc/{process}/exe").endswith(" (deleted)")
    except OSError:
        return False


def stop(
    process: int | None,
    argument: str | Path,
    *,
    gently: signal.Signals,
    firmly: signal.Signals,
    patience: float = 60,
) -> None:
    """Ask a server to leave, insist after a while, and come back once it has gone."""
    for order, seconds in ((gently, patience), (firmly, patience), (signal.SIGKILL, 5)):
        if process is None or not runs(process, argument):
            return
        try:
            os.kill(process, order)
        except ProcessLookupError:
            return
        except PermissionError:
            raise EmbeddedServiceError(
                f"Process {process} belongs to another user. Stop it as the user who started it."
            ) from None
        wait_until(lambda: not runs(process, argument), seconds)


def wait_until(condition: Callable[[], bool], seconds: float, *, pause: float = 0.02) -> bool:
    """Whether the condition came true within that time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def last_lines(log: Path, *, since: int = 0, count: int = 8) -> str:
    """The end of a log, for an error message."""
    with log.open("rb") as file:
        file.seek(since)
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
