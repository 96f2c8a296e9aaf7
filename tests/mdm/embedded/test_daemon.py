"""Telling a server's process from others by its command line."""

import subprocess
import sys

from mdm.embedded.daemon import runs

BECOME_PYTHON = ["/bin/sh", "-c", 'exec "$@"', "sh", sys.executable, "-c", "input()", "our-server"]


def test_a_server_is_recognised_from_its_first_moment() -> None:
    for _ in range(40):
        with subprocess.Popen(BECOME_PYTHON, stdin=subprocess.PIPE) as server:
            assert all(runs(server.pid, "our-server") for _ in range(500))
            server.kill()


def test_a_dead_server_is_not_recognised_before_its_parent_looked_at_it() -> None:
    with subprocess.Popen(BECOME_PYTHON, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout
        server.kill()
        server.stdout.read()  # which it closed by dying

        assert not runs(server.pid, "our-server")
