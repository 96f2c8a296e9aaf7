"""PostgreSQL's data folder: making it, configuring it, and refusing another major version's."""

import secrets
import shutil
from pathlib import Path

from mdm.embedded.account import run_as
from mdm.embedded.binaries import PostgresPrograms
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.folders import Folders, write_private
from mdm.embedded.postgres_settings import ACCESS, settings_file

NAME = "touchstone"
PORT = 5432
FIRST_BUILTIN_LOCALE = 17

OTHER_MAJOR = """\
The data in {data} belongs to PostgreSQL {found}, but what was found is {origin}. \
A major version cannot read another one's files.
To keep the data, start its own version, dump it, and restore it into a new data folder:
  TOUCHSTONE_POSTGRES={own} python -m mdm.embedded up --state {state}
  eval "$(python -m mdm.embedded status --environment --state {state})"
  {newer}/pg_dump --format=custom --file=touchstone.dump "$DATABASE_URL"
  python -m mdm.embedded down --state {state}
  mv {folder} {folder}-{found}
  python -m mdm.embedded up --state {state}
  eval "$(python -m mdm.embedded status --environment --state {state})"
  {newer}/pg_restore --no-owner --dbname="$DATABASE_URL" touchstone.dump
To start without the old data, only move the folder away:
  mv {folder} {folder}-{found}"""


def data_folder(folders: Folders) -> Path:
    return folders.postgres / "data"


def password(folders: Folders) -> str:
    return (folders.postgres / "password").read_text()


def check_version(folders: Folders, programs: PostgresPrograms) -> None:
    found = (data_folder(folders) / "PG_VERSION").read_text().strip()
    if found == str(programs.major):
        return
    own = f"<the bin folder of PostgreSQL {found}>"
    recipe = OTHER_MAJOR.format(
        data=data_folder(folders),
        found=found,
        origin=programs.origin,
        own=own,
        newer=own if int(found) > programs.major else programs.folder,
        state=folders.state,
        folder=folders.postgres,
    )
    raise EmbeddedServiceError(recipe)


def make_data_folder(folders: Folders, programs: PostgresPrograms, *, durable: bool) -> None:
    """Make the database, under another name first: a folder named data is always complete.

    The name is a new one each time, as the initdb of a killed start may still be at work.
    """
    for abandoned in folders.postgres.glob("unfinished-*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    draft = folders.postgres / f"unfinished-{secrets.token_hex(4)}"
    secret = secrets.token_hex(24)
    initialise(draft, folders, programs)
    write_settings(draft, folders.sockets, durable=durable)
    create_database(draft, folders, programs, secret)
    write_private(folders.postgres / "password", secret)
    draft.rename(data_folder(folders))


def initialise(draft: Path, folders: Folders, programs: PostgresPrograms) -> None:
    locale = ["--locale=C.UTF-8"]
    if programs.major >= FIRST_BUILTIN_LOCALE:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-locale"]
    # Trust ends before the first start: our own access rules replace those of initdb.
    fixed = ["--username=postgres", "--encoding=UTF8", "--data-checksums", "--auth=trust"]
    made = run_as(folders.account, [programs.folder / "initdb", "--pgdata", draft, *fixed, *locale])
    if made.returncode != 0:
        raise EmbeddedServiceError(f"PostgreSQL could not make {draft}:\n{made.stdout}")


def create_database(draft: Path, folders: Folders, programs: PostgresPrograms, secret: str) -> None:
    """Create our user and database with no server running.

    The superuser gets no password, so that nobody can log in as one, and ours travels through
    standard input, where no list of processes shows it.
    """
    script = (
        f"CREATE ROLE {NAME} LOGIN CREATEDB PASSWORD '{secret}';\n"
        f"CREATE DATABASE {NAME} OWNER {NAME};\n"
    )
    alone = ("--single", "-D", draft, "-c", "exit_on_error=on", "postgres")
    made = run_as(folders.account, [programs.folder / "postgres", *alone], script=script)
    if made.returncode != 0:
        raise EmbeddedServiceError(f"PostgreSQL could not make the database:\n{made.stdout}")


def write_settings(data: Path, sockets: Path, *, durable: bool) -> None:
    write_private(data / "postgresql.conf", settings_file(sockets, PORT, durable=durable))
    write_private(data / "pg_hba.conf", ACCESS)
