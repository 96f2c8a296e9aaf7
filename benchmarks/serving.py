"""The hub's web server as it ships, and others beside it."""

import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from benchmarks.hub import ROOT
from mdm.embedded import web

PROCESSES = 2
HUB = web.server("{port}", processes=PROCESSES)


def environment() -> dict[str, str]:
    """The environment of a server that never says that somebody asks too much."""
    return {**os.environ, "API_RATE": "1000000000/min", "PYTHONPATH": str(ROOT)}


@contextmanager
def served(
    command: Sequence[str], environment: Mapping[str, str], port: int, folder: Path
) -> Iterator[int]:
    """The process id of a server that answers; its log goes to a file, as in the demo."""
    with (folder / f"{port}.log").open("w") as log:
        server = subprocess.Popen(
            [each.replace("{port}", str(port)) for each in command],
            env=dict(environment), cwd=ROOT, stdout=log, stderr=log,
        )  # fmt: skip
        try:
            _wait_for(port)
            yield server.pid
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(20)
            server.kill()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 300  # a busy machine takes long to import
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/xref/", timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"nothing answers at port {port}")
