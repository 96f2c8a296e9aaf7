"""Starting, adopting and stopping the database and the broker of one state directory."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import quote

from mdm.embedded import postgres, postgres_data, valkey
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.folders import (
    Folders,
    folders_of,
    give_to_folder_owner,
    make_folders,
    make_state_directory,
    write_private,
)

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Database:
    """How to reach the PostgreSQL database; the host is the folder of the socket."""

    name: str
    user: str
    password: str = field(repr=False)
    host: str
    port: int

    @property
    def url(self) -> str:
        """The address as psql and psycopg read it; the folder of the socket is percent-encoded."""
        who = f"{quote(self.user)}:{quote(self.password)}"
        return f"postgresql://{who}@{quote(self.host, safe='')}:{self.port}/{quote(self.name)}"


@dataclass(frozen=True, slots=True)
class Services:
    """What a client needs to know; the origin says which PostgreSQL was chosen, and why."""

    database: Database
    broker_url: str = field(repr=False)
    origin: str
    durable: bool

    @property
    def database_url(self) -> str:
        return self.database.url

    @property
    def environment(self) -> dict[str, str]:
        """The variables through which the application's processes find the services."""
        return {"DATABASE_URL": self.database_url, "CELERY_BROKER_URL": self.broker_url}


def default_state_directory(name: str = "demo") -> Path:
    """Where the services of that name keep their things; anywhere else does as well."""
    return PROJECT / "var" / name


def up(state_directory: Path, *, durable: bool = True) -> Services:
    """Start what does not run yet, adopt what does, and say how to reach both.

    The services outlive the process that started them. Without durability, which is for tests, a
    crash of the machine may lose everything.

    Raises EmbeddedServiceError, which says what to do.
    """
    make_state_directory(state_directory)
    with alone(state_directory):
        folders = make_folders(state_directory)
        origin, durable = postgres_up(folders, durable=durable)
        if not valkey.is_adoptable(folders):
            valkey.start(folders, durable=durable)
        services = describe(folders, origin, durable=durable)
        write_private(note_path(folders), json.dumps(asdict(services)))
    return services


def down(state_directory: Path) -> None:
    """Stop both cleanly; what they hold is kept. Does nothing where nothing runs."""
    if not state_directory.is_dir():
        return
    with alone(state_directory):
        folders = folders_of(state_directory)
        if folders is None:
            return
        valkey.halt(folders)
        postgres.halt(folders)
        note_path(folders).unlink(missing_ok=True)
        with suppress(OSError):
            folders.sockets.rmdir()


def current(state_directory: Path) -> Services | None:
    """What runs there, by reading a few small files; nothing is started and nothing waited for."""
    try:
        folders = folders_of(state_directory)
        if folders is None or not (postgres.running(folders) and valkey.running(folders)):
            return None
        return noted(folders)
    except PermissionError:
        return None


def postgres_up(folders: Folders, *, durable: bool) -> tuple[str, bool]:
    """The origin and the durability of the server that runs now, be it adopted or started."""
    before = noted(folders)
    if before is None or not postgres.is_adoptable(folders):
        return postgres.start(folders, durable=durable), durable
    if durable and not before.durable:
        raise EmbeddedServiceError(
            f"The services in {folders.state} run without durability, for tests. Stop them first: "
            f"python -m mdm.embedded down --state {folders.state}"
        )
    return before.origin, before.durable


def describe(folders: Folders, origin: str, *, durable: bool) -> Services:
    host, secret = str(folders.sockets), postgres_data.password(folders)
    database = Database(postgres_data.NAME, postgres_data.NAME, secret, host, postgres_data.PORT)
    return Services(database, valkey.broker_url(folders), origin, durable)


def note_path(folders: Folders) -> Path:
    return folders.state / "services.json"


def noted(folders: Folders) -> Services | None:
    """What the last start wrote down; without it, or with another release's, a start is due."""
    try:
        note = json.loads(note_path(folders).read_text())
        return Services(Database(**note.pop("database")), **note)
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return None


@contextmanager
def alone(state_directory: Path) -> Iterator[None]:
    """Wait until no other process starts or stops services in this state directory."""
    path = state_directory / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except PermissionError:
        raise EmbeddedServiceError(
            f"{state_directory} belongs to the user {state_directory.owner()}. Run this as that "
            f"user, or choose another state directory."
        ) from None
    with os.fdopen(descriptor, "r+") as lock:
        give_to_folder_owner(path)
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
