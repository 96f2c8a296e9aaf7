"""The web server that ships."""

import sys


def server(port: int | str, *, processes: int = 2, threads: int = 4) -> list[str]:
    """The command that serves the hub on this machine; each process has so many threads.

    Deadlines, restarts and stopping belong to whoever runs it: while it starts it heeds no TERM.
    """
    return [
        sys.executable, "-m", "granian", "mdm.wsgi:application", "--interface=wsgi", "--no-ws",
        "--host=127.0.0.1", f"--port={port}", f"--workers={processes}",
        f"--blocking-threads={threads}", "--respawn-failed-workers", "--log-level=warning",
    ]  # fmt: skip
