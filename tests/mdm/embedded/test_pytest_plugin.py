"""A test run with services of its own: here one inside the other."""

import os
import re
import subprocess
import sys
from pathlib import Path

from mdm.embedded.pytest_plugin import up_at_any_price
from mdm.embedded.services import PROJECT
from tests.mdm.embedded.real_services import folders, query

SUITE = """
import os
import time

import psycopg
import pytest

@pytest.mark.parametrize("number", range(4))
def test_the_database_answers(number):
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    print(f"broker={os.environ['CELERY_BROKER_URL']}=")
"""


def run_suite(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    (folder / "test_inner.py").write_text(SUITE)
    (folder / "pytest.ini").write_text(f"[pytest]\npythonpath = {PROJECT}")
    options = ["-p", "mdm.embedded.pytest_plugin", "-p", "no:django", "-rP", "-q"]
    without = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, *arguments, folder],
        env=without | environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_has_one_pair_of_services_and_stops_them(tmp_path: Path) -> None:
    finished = run_suite(tmp_path, "-n2")

    assert "4 passed" in finished.stdout, finished.stdout + finished.stderr
    brokers = set(re.findall(r"broker=(.*)=", finished.stdout))
    assert len(brokers) == 1
    sockets = Path(brokers.pop().split("@")[1]).parent
    assert not sockets.exists()


def test_named_services_are_used_instead(tmp_path: Path) -> None:
    finished = run_suite(tmp_path, DATABASE_URL="postgresql:///nowhere?host=/nowhere")

    assert "/nowhere" in finished.stdout
    assert "4 failed" in finished.stdout


def test_old_data_never_keeps_the_tests_from_running(state: Path) -> None:
    (folders(state).postgres / "data" / "PG_VERSION").write_text("14\n")

    found = up_at_any_price(state)

    assert query(found, "SELECT 1") == [(1,)]
