"""Which operating system user the servers run as: PostgreSQL refuses to be root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mdm.embedded.errors import EmbeddedServiceError

UNPRIVILEGED = ("postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine."""

    uid: int
    gid: int
    name: str


def is_root() -> bool:
    return os.geteuid() == 0


def server_account() -> Account:
    """The user that the servers of a new state directory run as: ourselves, unless we are root."""
    if not is_root():
        return account_of(os.geteuid())
    asked = os.environ.get("TOUCHSTONE_USER")
    for name in [asked] if asked else UNPRIVILEGED:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid, found.pw_name)
    raise EmbeddedServiceError(
        f"PostgreSQL does not run as root, and this machine has no user named "
        f"{asked or ' or '.join(UNPRIVILEGED)}. Name an unprivileged user in TOUCHSTONE_USER, "
        f"or run this as an ordinary user."
    )


def account_of(uid: int) -> Account:
    """The user with that number; PostgreSQL needs the number to have a name."""
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedServiceError(
            f"User number {uid} has no name on this machine, and PostgreSQL refuses such users. "
            f"Add a line for {uid} to /etc/passwd, or set DATABASE_URL and CELERY_BROKER_URL."
        ) from None
    return Account(found.pw_uid, found.pw_gid, found.pw_name)


def run_as(
    account: Account,
    command: Sequence[str | Path],
    *,
    script: str = "",
    errors_to: int | IO[bytes] = subprocess.STDOUT,
) -> subprocess.CompletedProcess[str]:
    """Run a program as that user, feeding it the script; stdout is captured as text.

    The environment is nearly empty: PGDATA, PGPORT, PGOPTIONS and the locale of the caller would
    all change what PostgreSQL does. The folder is the root folder, as the user may not enter ours.
    """
    switch = is_root()
    return subprocess.run(
        command,
        input=script,
        stdout=subprocess.PIPE,
        stderr=errors_to,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        umask=0o077,
        start_new_session=True,
        user=account.uid if switch else None,
        group=account.gid if switch else None,
        extra_groups=[] if switch else None,
    )


def can_enter(account: Account, folder: Path) -> bool:
    """Whether that user may enter the folder; tried for real, so that any access rule counts."""
    return run_as(account, ["/bin/sh", "-c", 'cd "$0"', folder]).returncode == 0
