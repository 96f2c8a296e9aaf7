"""PostgreSQL's settings for a small machine, and who may connect."""

import os
from pathlib import Path

MEBIBYTE = 1024 * 1024

ACCESS = """\
# Written at every start. Only through the socket, only with a password.
local all all scram-sha-256
"""

HEADER = """\
# Written at every start: a change here is lost.
"""

CONNECTING: dict[str, str | int] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": 100,
}

TUNING: dict[str, str | int] = {
    # Bulk loads write gigabytes: a checkpoint in between writes every page once more.
    "max_wal_size": "4GB",
    "min_wal_size": "256MB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "wal_buffers": "16MB",
    "work_mem": "32MB",
    # The compiler costs more than it saves on queries of milliseconds, and the wheel has none.
    "jit": "off",
    "random_page_cost": "1.1",
    # Two cores, shared with the application; memory for parallel queries is reserved at the start,
    # as the shared memory of a container is often too small for them.
    "max_parallel_workers_per_gather": 1,
    "min_dynamic_shared_memory": "128MB",
}

WRITING_DOWN: dict[str, str | int] = {
    "log_line_prefix": "%m [%p] %d ",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}

# For tests: a crash of the machine may lose everything, and nothing waits for the disk.
NOT_DURABLE: dict[str, str | int] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Emptying a table looks through all buffers: few make the tests quick.
    "shared_buffers": "128MB",
}


def settings_file(sockets: Path, port: int, *, durable: bool) -> str:
    """The whole of postgresql.conf; ALTER SYSTEM still goes before it."""
    folder = str(sockets).replace('"', '""')
    settings = {
        **CONNECTING,
        "port": port,
        "unix_socket_directories": f'"{folder}"',
        **TUNING,
        **for_memory(memory_of_machine()),
        **WRITING_DOWN,
        **({} if durable else NOT_DURABLE),
    }
    return HEADER + "".join(f"{name} = {quoted(value)}\n" for name, value in settings.items())


def quoted(value: str | int) -> str:
    return "'{}'".format(str(value).replace("\\", "\\\\").replace("'", "''"))


def for_memory(megabytes: int) -> dict[str, str | int]:
    """An eighth of the memory for shared buffers, as the application lives on the same machine."""
    return {
        "shared_buffers": f"{min(max(megabytes // 8, 128), 1024)}MB",
        "effective_cache_size": f"{max(megabytes // 2, 512)}MB",
        "maintenance_work_mem": f"{min(max(megabytes // 16, 64), 512)}MB",
    }


def memory_of_machine() -> int:
    """In mebibytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEBIBYTE
