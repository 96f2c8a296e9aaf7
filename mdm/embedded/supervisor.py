"""Running the application's own processes side by side: restarted when they die, stopped in order.

    with Supervisor(processes, state_directory) as supervisor:
        supervisor.start()
        supervisor.watch()

Ctrl-C, TERM and a closed terminal end the block; the processes are stopped on the way out.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from mdm.embedded.folders import open_log

STOP_SECONDS = 8.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 30.0
STABLE_SECONDS = 60.0
GLANCE_SECONDS = 0.2
PORTS_TRIED = 100
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PR_SET_PDEATHSIG = 1

# Loaded before any fork: a child between fork and exec must not load libraries.
SYSTEM_CALLS = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Process:
    """A program to keep running; its environment is added to the supervisor's own."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


class Child:
    """One process that is kept running."""

    def __init__(self, process: Process, log: Path) -> None:
        self.process = process
        self.log = log
        self.pause = 0.0
        self.restart_at: float | None = None
        self.start()

    def start(self) -> None:
        self.started_at = time.monotonic()
        self.restart_at = None
        with open_log(self.log) as output:
            self.program = subprocess.Popen(
                self.process.arguments,
                env={**os.environ, **self.process.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(os.getpid()),
            )

    @property
    def is_alive(self) -> bool:
        return self.program.poll() is None

    def revive(self, announce: Callable[[str], None]) -> None:
        """Notice a death, and start again when the pause is over."""
        if self.is_alive:
            return
        now = time.monotonic()
        if self.restart_at is None:
            self.lengthen_pause(now - self.started_at)
            self.restart_at = now + self.pause
            announce(self.obituary())
            self.kill_group()
        elif now >= self.restart_at:
            self.start()

    def lengthen_pause(self, lived: float) -> None:
        longer = min(max(self.pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        self.pause = FIRST_PAUSE if lived > STABLE_SECONDS else longer

    def obituary(self) -> str:
        status = self.program.returncode
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        return (
            f"{self.process.name} ended {how}; it is started again in {self.pause:.0f} s. "
            f"See {self.log}"
        )

    def ask_to_stop(self) -> None:
        if self.is_alive:
            self.program.terminate()

    def kill_group(self) -> None:
        """Kill the process and what it started: a dead server's workers still hold its port."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.program.pid, signal.SIGKILL)
        self.program.wait()


def say(line: str) -> None:
    """Print, unless nobody listens any more: a closed terminal must not keep us from stopping."""
    with suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


class Supervisor:
    """Runs the processes inside a with block, and stops them on leaving it."""

    def __init__(
        self,
        processes: Iterable[Process],
        state_directory: Path,
        *,
        announce: Callable[[str], None] | None = None,
        patience: float = STOP_SECONDS,
    ) -> None:
        self.processes = tuple(processes)
        self.logs = state_directory / "log"
        self.announce = announce or say
        self.patience = patience
        self.children: list[Child] = []
        self.is_ending = False
        self.is_hurried = False

    def __enter__(self) -> Self:
        self.handlers = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
        for number, handler in self.handlers.items():
            if handler is not signal.SIG_IGN:  # nohup, or a shell's background job
                signal.signal(number, self.end)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        self.stop()
        return kind is KeyboardInterrupt

    def end(self, _number: int, _frame: FrameType | None) -> None:
        """Leave the with block at the first signal; at the second, wait for no child."""
        self.is_hurried = self.is_ending
        if not self.is_ending:
            self.is_ending = True
            raise KeyboardInterrupt

    def start(self) -> None:
        """Start all processes, and come back without waiting until they are ready."""
        for process in self.processes:
            self.children.append(Child(process, self.logs / f"{process.name}.log"))

    def watch(self) -> None:
        """Keep the processes running until a signal ends the with block."""
        while True:
            self.revive()
            time.sleep(GLANCE_SECONDS)

    def revive(self) -> None:
        """Start again what died, once its pause is over."""
        for child in self.children:
            child.revive(self.announce)

    def stop(self) -> None:
        """Ask all to stop, give them some seconds together, and kill what is left."""
        self.is_ending = True
        for child in self.children:
            child.ask_to_stop()
        self.await_children()
        for child in self.children:
            if child.is_alive:
                self.announce(f"{child.process.name} did not stop in time and is killed.")
            child.kill_group()
        for number, handler in self.handlers.items():
            signal.signal(number, handler)

    def await_children(self) -> None:
        deadline = time.monotonic() + self.patience
        while any(child.is_alive for child in self.children):
            if self.is_hurried or time.monotonic() > deadline:
                return
            time.sleep(GLANCE_SECONDS / 4)


def die_with_parent(parent: int) -> Callable[[], None]:
    """What a child does first: have the kernel end it when the supervisor dies, even by SIGKILL.

    Only Linux offers this. Elsewhere the children of a killed supervisor live on.
    """

    def ask_kernel() -> None:
        if SYSTEM_CALLS is not None:
            SYSTEM_CALLS.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died in between
            os.kill(os.getpid(), signal.SIGTERM)

    return ask_kernel


def free_port(preferred: int = 8000) -> int:
    """The preferred port of this machine, or the next one that nobody listens on."""
    return next(filter(is_free, range(preferred, preferred + PORTS_TRIED)), 0) or any_port()


def is_free(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def any_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
