"""Where one set of services keeps its things, and making those places private."""

import hashlib
import os
import secrets
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mdm.embedded.account import Account, account_of, can_enter, is_root, server_account
from mdm.embedded.errors import EmbeddedServiceError

# Used by root alone, when the servers' user cannot enter the state directory or the packages.
SHARED_HOME = Path("/var/lib/touchstone")

# TMPDIR is passed over: it may itself be deep, and every process has to find the same sockets.
SHORT_FOLDER = Path("/tmp")  # noqa: S108

LONGEST_SOCKET_PATH = 107 if sys.platform == "linux" else 103
LONGEST_SOCKET_NAME = ".s.PGSQL.5432"
LARGEST_OLD_LOG = 10_000_000


@dataclass(frozen=True, slots=True)
class Folders:
    """The state directory is the caller's; the home, mostly the same folder, is the servers'."""

    state: Path
    home: Path
    account: Account

    @property
    def postgres(self) -> Path:
        return self.home / "postgres"

    @property
    def valkey(self) -> Path:
        return self.home / "valkey"

    @property
    def sockets(self) -> Path:
        """The folder of both sockets, under the home where clients can take its path.

        A socket's path has at most 107 bytes, and to libpq a comma separates two hosts.
        """
        near = self.home / "sockets"
        length = len(os.fsencode(near / LONGEST_SOCKET_NAME))
        if length <= LONGEST_SOCKET_PATH and "," not in str(near):
            return near
        return SHORT_FOLDER / f"touchstone-{self.account.uid}" / digest(self.home)

    def log(self, name: str) -> Path:
        return self.state / "log" / f"{name}.log"


def digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]


def folders_of(state_directory: Path) -> Folders | None:
    """The folders of services that were started here before, if any were."""
    state = state_directory.resolve()
    home = known_home(state)
    if home is None:
        return None
    data = home / "postgres"
    return Folders(
        state, home, account_of(data.stat().st_uid) if data.exists() else server_account()
    )


def known_home(state: Path) -> Path | None:
    if (state / "postgres").exists():
        return state
    try:
        home = Path((state / "home").read_text())
        project = Path((home / "project").read_text())
    except FileNotFoundError:
        return None
    # A copied clone carries the note of its original, whose data it must leave alone.
    return home if project == state or not project.exists() else None


def make_folders(state_directory: Path) -> Folders:
    """Make or find the folders; to be called by one process at a time."""
    state = state_directory.resolve()
    known = folders_of(state)
    account = known.account if known else server_account()
    home = known.home if known else new_home(state, account)
    folders = Folders(state, home, account)
    for folder in (folders.postgres, folders.valkey, folders.sockets.parent, folders.sockets):
        if folder != home:
            make_private(folder, account)
    if home != state:
        write_private(home / "project", str(state))
        write_private(state / "home", str(home))
    return folders


def new_home(state: Path, account: Account) -> Path:
    if not is_root() or can_enter(account, state):
        return state
    home = SHARED_HOME / f"{digest(state)}-{secrets.token_hex(2)}"
    make_open(SHARED_HOME)
    home.mkdir(mode=0o711)
    home.chmod(0o711)
    return home


def make_state_directory(state_directory: Path) -> None:
    """Make the directory, if missing, as private as the servers' user allows."""
    if state_directory.is_dir():
        return
    try:
        state_directory.mkdir(parents=True, exist_ok=True)
        state_directory.chmod(0o711 if is_root() else 0o700)
    except OSError as error:
        raise EmbeddedServiceError(
            f"{state_directory} cannot be made ({error.strerror}). Run this as the user who owns "
            f"the project, or choose another state directory."
        ) from error


def make_open(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)


def make_private(folder: Path, account: Account) -> None:
    """Make a folder that only this user may enter; one that others control is refused."""
    try:
        folder.mkdir(mode=0o700)
        if is_root():
            os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise EmbeddedServiceError(
            f"{folder} is not a folder of the user {account.name}. Remove it, and try again."
        )
    if found.st_mode & 0o077:
        raise EmbeddedServiceError(
            f"{folder} is open to other users. Close it with: chmod 700 '{folder}'"
        )


def write_private(path: Path, text: str) -> None:
    """Put a file in place in one step, to stay, and readable by the folder's owner alone."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file)
    give_to_folder_owner(draft)
    draft.replace(path)


def give_to_folder_owner(path: Path) -> None:
    """Root must not leave files behind that the user who owns the folder cannot read."""
    if is_root():
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def open_log(path: Path) -> IO[bytes]:
    """Open a log to append to; a large old one is put aside, so that logs do not fill a disk."""
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        give_to_folder_owner(path.parent)
    if path.exists() and path.stat().st_size > LARGEST_OLD_LOG:
        path.replace(path.with_suffix(".log.1"))
    log = path.open("ab")
    give_to_folder_owner(path)
    return log
