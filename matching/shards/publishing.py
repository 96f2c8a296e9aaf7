"""Publishing a row matrix: once through PostgreSQL, then one file for all workers of a host."""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa
from django.conf import settings
from django.db import connection
from psycopg import sql

from matching.models import MatchRun, MatrixPiece
from matching.shards.matrix import Matrix, write

_PIECE = 8 * 2**20  # bytes before compression
_CODEC = "lz4"


class MatrixError(RuntimeError):
    """The matrix of a run that cannot be had on this host."""


def publish(run: MatchRun, matrix: Matrix) -> None:
    """Put the matrix where every host finds it; names it in `run.matrix`. Part of a transaction."""
    with _new_file() as file:
        write(file, matrix)
        run.matrix = _digest(file)
        run.save(update_fields=["matrix"])
        _send(run, file)
        os.replace(file.name, _path(run))


def on_this_host(run: MatchRun) -> Path:
    """The file of a run's matrix; the first worker of a host fetches it, and the others wait."""
    path = _path(run)
    if not path.exists():
        with _alone():
            if not path.exists():
                _remove_all_but_running()
                _receive(run, path)
    return path


def withdraw(run: MatchRun) -> None:
    """The run needs its matrix no more. Other hosts remove theirs when they fetch the next one."""
    MatrixPiece.objects.filter(run=run).delete()
    if run.matrix:
        _path(run).unlink(missing_ok=True)


def _send(run: MatchRun, file: IO[bytes]) -> None:
    statement = sql.SQL("COPY {} (run_id, number, size, content) FROM STDIN (FORMAT BINARY)")
    table = sql.Identifier(MatrixPiece._meta.db_table)
    file.seek(0)
    with connection.cursor() as cursor, cursor.copy(statement.format(table)) as copy:
        copy.set_types(["int8", "int4", "int4", "bytea"])
        for number, piece in enumerate(iter(lambda: file.read(_PIECE), b"")):
            packed = pa.compress(piece, _CODEC, asbytes=True)
            copy.write_row((run.pk, number, len(piece), packed))


def _receive(run: MatchRun, path: Path) -> None:
    pieces = MatrixPiece.objects.filter(run=run).order_by("number")
    with _new_file() as file:
        for size, packed in pieces.values_list("size", "content").iterator(chunk_size=4):
            file.write(pa.decompress(packed, size, _CODEC))
        if _digest(file) != run.matrix:
            raise MatrixError(f"the matrix of run {run.pk} is not whole: the run may be cancelled")
        os.replace(file.name, path)


def _digest(file: IO[bytes]) -> str:
    file.flush()
    file.seek(0)
    digest = hashlib.blake2b(digest_size=32)
    for piece in iter(lambda: file.read(_PIECE), b""):
        digest.update(piece)
    return digest.hexdigest()


def _path(run: MatchRun) -> Path:
    return _folder() / f"{run.matrix}.matrix"


def _folder() -> Path:
    folder: Path = settings.MATCH_MATRICES
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _new_file() -> Iterator[IO[bytes]]:
    """A file that is gone afterwards, unless it was given its name."""
    with tempfile.NamedTemporaryFile(dir=_folder(), suffix=".new", delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


@contextmanager
def _alone() -> Iterator[None]:
    """One process of this host at a time."""
    with (_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_all_but_running() -> None:
    running = MatchRun.objects.filter(state=MatchRun.State.COMPARING)
    needed = {f"{name}.matrix" for name in running.values_list("matrix", flat=True)}
    for path in _folder().glob("*.matrix"):
        if path.name not in needed:
            path.unlink(missing_ok=True)
