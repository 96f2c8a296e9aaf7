"""Starting, adopting and stopping a real PostgreSQL and a real Valkey."""

import subprocess
import sys
from pathlib import Path
from subprocess import PIPE
from urllib.parse import unquote

import environ
import psycopg
import pytest

from mdm.embedded import services
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.services import PROJECT, Services
from tests.mdm.embedded.real_services import (
    command,
    folders,
    postmaster,
    put,
    query,
    run,
    start,
    take,
    valkey_server,
)

Running = tuple[Path, Services]


def test_the_database_answers_with_unicode_and_the_extensions_it_needs(running: Running) -> None:
    _, found = running

    query(found, "CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gist; CREATE EXTENSION unaccent")

    assert query(found, "SELECT unaccent('Zürich'), upper('ß→é')") == [("Zurich", "ß→É")]
    assert query(found, "SHOW data_checksums") == [("on",)]


def test_the_broker_delivers_a_message(running: Running) -> None:
    _, found = running

    put(found, "Grüezi")

    assert take(found) == "Grüezi"


def test_django_environ_and_libpq_read_the_same_address(running: Running) -> None:
    _, found = running

    read = environ.Env.db_url_config(found.database_url)
    parsed = psycopg.conninfo.conninfo_to_dict(found.database_url)

    assert parsed["host"] == unquote(read["HOST"]) == found.database.host
    assert parsed["password"] == read["PASSWORD"] == found.database.password


def test_a_second_start_adopts_what_runs(running: Running) -> None:
    state, found = running
    servers = postmaster(state), valkey_server(state)

    again = start(state)

    assert again == found == services.current(state)
    assert servers == (postmaster(state), valkey_server(state))


def test_what_is_stored_outlives_a_stop(state: Path) -> None:
    found = start(state)
    query(found, "CREATE TABLE kept AS SELECT 42 AS answer")
    put(found, "kept")

    services.down(state)
    stopped = services.current(state)
    again = start(state)

    assert stopped is None
    assert query(again, "SELECT answer FROM kept") == [(42,)]
    assert take(again) == "kept"
    assert "database system is shut down" in folders(state).log("postgres").read_text()


def test_many_starts_at_once_give_one_server(new_state: Path) -> None:
    starts = [
        subprocess.Popen(
            command("up", "--environment", "--state", new_state), cwd=PROJECT, stdout=PIPE
        )
        for _ in range(6)
    ]

    addresses = {process.communicate()[0] for process in starts}

    assert {process.returncode for process in starts} == {0}
    assert len(addresses) == 1
    assert folders(new_state).log("postgres").read_text().count("is ready to accept") == 1


def test_two_projects_run_side_by_side(place: Path, running: Running) -> None:
    other = start(place / 'it\'s a "second" project, 50%' / "var")

    query(other, "CREATE TABLE theirs ()")
    put(other, "theirs")

    assert query(running[1], "SELECT to_regclass('theirs')") == [(None,)]
    assert take(other) == "theirs"


def test_a_deep_project_gets_short_sockets(state: Path, place: Path) -> None:
    found = start(move_down(state, place))
    put(found, "deep")

    assert query(found, "SELECT 1") == [(1,)]
    assert take(found) == "deep"
    assert Path(found.database.host).stat().st_mode & 0o777 == 0o700


def move_down(state: Path, place: Path) -> Path:
    deep = place.joinpath(*["a-rather-deep-folder"] * 6)
    deep.mkdir(parents=True)
    return state.rename(deep / "var")


def test_sockets_are_not_put_where_another_user_rules(state: Path, place: Path) -> None:
    state = move_down(state, place)
    found = start(state)
    sockets = Path(found.database.host)
    services.down(state)
    sockets.symlink_to("/etc")

    try:
        with pytest.raises(EmbeddedServiceError, match="is not a folder of the user"):
            start(state)
    finally:
        sockets.unlink()


def test_everything_is_private(running: Running) -> None:
    state, found = running
    private = folders(state)

    kept = [private.postgres, private.valkey, private.sockets, state / "services.json"]
    sockets = [private.sockets / ".s.PGSQL.5432", private.sockets / "valkey.sock"]

    assert not [path for path in kept + sockets if path.stat().st_mode & 0o077]
    assert found.database.password not in repr(found)


def test_no_password_shows_in_the_list_of_processes(new_state: Path) -> None:
    seen = set()

    with subprocess.Popen(
        command("up", "--state", new_state), cwd=PROJECT, stdout=PIPE
    ) as starting:
        while starting.poll() is None:
            seen.update(command_lines())
    found = services.current(new_state)

    assert found
    assert any("postgres" in line for line in seen)
    assert not [line for line in seen if found.database.password in line]
    assert not [line for line in seen if found.broker_url.split("@")[0][-20:] in line]


def command_lines() -> set[str]:
    listing = subprocess.check_output(["ps", "-eww", "-o", "args="], text=True)
    return set(listing.splitlines())


def test_a_wrong_password_is_refused(running: Running) -> None:
    wrong = running[1].database_url.replace(running[1].database.password, "guessed")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_superuser_cannot_log_in(running: Running) -> None:
    superuser = running[1].database_url.replace("//touchstone:", "//postgres:")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(superuser)


def test_durable_services_are_not_found_in_those_for_tests(running: Running) -> None:
    with pytest.raises(EmbeddedServiceError, match="run without durability"):
        services.up(running[0])


def test_asking_what_runs_starts_nothing_and_needs_no_django(new_state: Path) -> None:
    question = (
        "import sys, pathlib; from mdm.embedded import services; "
        "print(services.current(pathlib.Path(sys.argv[1])), 'django' in sys.modules)"
    )

    answer = subprocess.check_output([sys.executable, "-c", question, new_state], cwd=PROJECT)

    assert answer.split() == [b"None", b"False"]
    assert not new_state.exists()


def test_the_command_line_speaks_in_sentences(running: Running) -> None:
    state, found = running

    said = run("status", "--state", state)
    exported = run("status", "--state", state, "--environment")

    assert said.stdout.startswith(f"{found.origin} is running.")
    assert f"export DATABASE_URL={found.database_url}" in exported.stdout
    assert found.database.password not in said.stdout


def test_the_command_line_says_how_to_start(new_state: Path) -> None:
    answer = run("status", "--state", new_state)

    assert answer.returncode == 1
    assert f"python -m mdm.embedded up --state {new_state}" in answer.stdout
