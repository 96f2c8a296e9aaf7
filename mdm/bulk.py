"""Moving many rows to and from PostgreSQL at once, by COPY."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import psycopg
from django.db import OperationalError, connection
from django.db.models import Model
from psycopg import sql


def copy_in(model: type[Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append `rows` to the table of `model`; values in the order of `columns`.

    JSON goes in as text or bytes. Constraints hold as for any insert.
    """
    copy_into(model._meta.db_table, columns, rows)


def copy_into(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append `rows` to a table given by name, such as a temporary one."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        for row in rows:
            copy.write_row(row)


def reserve_ids(model: type[Model], count: int) -> list[int]:
    """`count` fresh ids from the sequence of `model`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def fetch(query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of `query`."""
    with connection.cursor() as cursor:
        cursor.execute(query, _prepared(parameters))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def fetch_named(query: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of `query`, whose parameters have names: %(domain)s."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def fetch_prepared(query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of `query`, which PostgreSQL plans once for each connection, not once a call.

    For statements that are asked all the time: Django's own cursors write the parameters into the
    statement, so that it is planned anew each time, and ask whether the connection still works
    before each request. Here a connection that was lost is noticed, and made anew, by its use.
    """
    try:
        return _fetched(query, parameters)
    except OperationalError:  # the server was restarted since the connection was last used
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return _fetched(query, parameters)


def _fetched(query: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    cursor = psycopg.Cursor(connection.connection)
    with connection._prepare_cursor(cursor) as prepared:  # type: ignore[attr-defined]
        prepared.execute(query, parameters)
        rows: list[tuple[Any, ...]] = prepared.fetchall()
    return rows


def execute(query: str, parameters: Sequence[Any] = ()) -> int:
    """Run `query`; returns how many rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(query, _prepared(parameters))
        return int(cursor.rowcount)


def check_constraints() -> None:
    """Check now what waits for the end of the transaction, before a lock that others want."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET CONSTRAINTS ALL DEFERRED")


def as_array(values: Iterable[float | UUID | str]) -> str:
    """Numbers, ids or plain words as PostgreSQL writes an array.

    psycopg would take each item's type in turn.
    """
    return f"{{{','.join(map(str, values))}}}"


def _prepared(parameters: Sequence[Any]) -> list[Any] | None:
    """`parameters`, lists of ids as the text of an array."""
    return [as_array(each) if _is_ids(each) else each for each in parameters] or None


def _is_ids(parameter: Any) -> bool:
    return isinstance(parameter, list) and bool(parameter) and isinstance(parameter[0], int | UUID)
