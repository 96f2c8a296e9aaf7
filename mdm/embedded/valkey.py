"""The embedded Valkey, Celery's broker: starting, adopting and stopping it."""

import os
import secrets
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from mdm.embedded.binaries import find_valkey
from mdm.embedded.daemon import last_lines, launch, program_is_gone, runs, stop, wait_until
from mdm.embedded.errors import EmbeddedServiceError
from mdm.embedded.folders import Folders, write_private

START_SECONDS = 60


def settings_path(folders: Folders) -> Path:
    return folders.valkey / "valkey.conf"


def socket_path(folders: Folders) -> Path:
    return folders.sockets / "valkey.sock"


def password(folders: Folders) -> str:
    return (folders.valkey / "password").read_text()


def broker_url(folders: Folders) -> str:
    """The address in the form that Celery's Redis transport reads."""
    return f"redis+socket://:{password(folders)}@{quote(str(socket_path(folders)))}"


def running(folders: Folders) -> int | None:
    """The process id of the server with these settings, if it lives."""
    try:
        noted = (folders.valkey / "valkey.pid").read_text().strip()
    except FileNotFoundError:
        return None
    process = int(noted) if noted.isdigit() else None
    return process if runs(process, settings_path(folders)) else None


def is_ready(folders: Folders) -> bool:
    """Whether the server answers; while it reads its log of commands it says LOADING instead."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(os.fspath(socket_path(folders)))
            client.sendall(f"AUTH {password(folders)}\r\nPING\r\nQUIT\r\n".encode())
            return b"+PONG" in read_all(client)
        except OSError:
            return False


def read_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(4096), b""))


def is_adoptable(folders: Folders) -> bool:
    """Whether a server of an earlier start can be used, waiting for one that still loads."""
    path = socket_path(folders)
    wait_until(lambda: is_ready(folders) or not (running(folders) and path.exists()), START_SECONDS)
    process = running(folders)
    return process is not None and is_ready(folders) and not program_is_gone(process)


def start(folders: Folders, *, durable: bool) -> None:
    halt(folders)
    write_settings(folders, durable=durable)
    command = [find_valkey(folders.account), settings_path(folders)]
    log = folders.log("valkey")
    written = log.stat().st_size if log.exists() else 0
    process = launch(command, log=log, account=folders.account)
    wait_until(lambda: is_ready(folders) or not runs(process, command[1]), START_SECONDS)
    if not is_ready(folders):
        said = last_lines(log, since=written)
        raise EmbeddedServiceError(f"Valkey did not start. The end of {log}:\n{said}")


def halt(folders: Folders) -> None:
    """Stop the server, which saves what it holds first."""
    stop(
        running(folders),
        settings_path(folders),
        gently=signal.SIGTERM,
        firmly=signal.SIGKILL,
        patience=20,
    )
    socket_path(folders).unlink(missing_ok=True)


def write_settings(folders: Folders, *, durable: bool) -> None:
    """Write the settings, with the password: on the command line every user would see it."""
    if not (folders.valkey / "password").exists():
        write_private(folders.valkey / "password", secrets.token_hex(24))
    settings = {
        "port": "0",
        "unixsocket": str(socket_path(folders)),
        "unixsocketperm": "700",
        "requirepass": password(folders),
        "dir": str(folders.valkey),
        "pidfile": str(folders.valkey / "valkey.pid"),
        "appendonly": "yes",
        "appendfsync": "everysec" if durable else "no",
        "save": "",
        # A full broker must refuse messages, never drop some.
        "maxmemory-policy": "noeviction",
        # The command line tells our server from a stranger that has its number.
        "set-proc-title": "no",
    }
    lines = (f"{name} {quoted(value)}\n" for name, value in settings.items())
    write_private(settings_path(folders), "".join(lines))


def quoted(value: str) -> str:
    return '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))
