"""A statement that is asked thousands of times a second, through libpq itself.

A cursor takes longer to send it and to read its row than PostgreSQL takes to answer.
"""

import threading
from collections.abc import Sequence
from typing import Any

import psycopg
from django.db import connection
from psycopg import abc, adapt
from psycopg.pq import ExecStatus

from mdm.bulk import fetch_prepared

Rows = list[tuple[Any, ...]]


class Prepared:
    """A statement whose parameters (`%s`) are texts, planned once for each connection."""

    def __init__(self, name: str, statement: str) -> None:
        numbers = range(1, statement.count("%s") + 1)
        self._name = name.encode()
        self._statement = statement
        self._numbered = (statement % tuple(f"${each}" for each in numbers)).encode()
        self._kept = threading.local()

    def fetch(self, texts: Sequence[str | None]) -> Rows:
        """All rows for these parameters.

        A cursor asks in a transaction, which a failure would end, and where somebody watches the
        statements; also when it fails here: then it says why, or finds that the server is back.
        """
        connection.ensure_connection()
        watched = connection.queries_logged or connection.execute_wrappers
        rows = None
        if not (watched or connection.in_atomic_block):
            rows = self._rows(connection.connection, texts)
        return fetch_prepared(self._statement, texts) if rows is None else rows

    def _rows(self, to: psycopg.Connection, texts: Sequence[str | None]) -> Rows | None:
        parameters = [None if each is None else each.encode() for each in texts]
        try:
            transformer = self._transformer(to)
            # psycopg takes None for NULL, though its types do not say so
            found = to.pgconn.exec_prepared(self._name, parameters)  # type: ignore[arg-type]
        except psycopg.Error:
            return None
        if found.status != ExecStatus.TUPLES_OK:  # psycopg drops what is prepared at a rollback
            self._kept.connection = None
            return None
        transformer.set_pgresult(found)
        return transformer.load_rows(0, found.ntuples, tuple)

    def _transformer(self, to: psycopg.Connection) -> abc.Transformer:
        """What makes Python's values of rows; the statement is prepared where it is not yet."""
        kept = self._kept
        if getattr(kept, "connection", None) is not to:
            to.pgconn.prepare(self._name, self._numbered)
            kept.connection, kept.transformer = to, adapt.Transformer(to)
        transformer: abc.Transformer = kept.transformer
        return transformer
