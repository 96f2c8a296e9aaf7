"""Arrays and texts as PostgreSQL's COPY reads them in binary: no Python object for each value."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from psycopg import sql

from matching.engine.arrays import Ints

_HEAD = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_BIGINT = (("size", ">i4"), ("value", ">i8"))


def copy_rows(table: str, rows: Iterable[bytes], *, frozen: bool = False) -> None:
    """Append rows to a table. `frozen` needs a table that this transaction made: it is vacuumed."""
    options = "FORMAT binary, FREEZE" if frozen else "FORMAT binary"
    statement = sql.SQL("COPY {} FROM STDIN WITH ({})").format(
        sql.Identifier(table), sql.SQL(options)
    )
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(statement) as copy,
    ):
        copy.write(_HEAD)
        for part in rows:
            copy.write(part)
        copy.write(_END)


def numbers(*columns: Ints) -> bytes:
    """Rows of bigint columns."""
    fields = [
        (f"{part}{number}", type_) for number in range(len(columns)) for part, type_ in _BIGINT
    ]
    rows = np.empty(len(columns[0]), np.dtype([("fields", ">i2"), *fields]))
    rows["fields"] = len(columns)
    for number, column in enumerate(columns):
        rows[f"size{number}"], rows[f"value{number}"] = 8, column
    return rows.tobytes()


def texts(values: pa.StringArray, *columns: Ints) -> bytes:
    """Rows of bigint columns and then a text, none of them missing."""
    sizes = np.asarray(pc.binary_length(values)).astype(">i4")
    heads = np.frombuffer(numbers(*columns), np.uint8).reshape(len(values), -1).copy()
    heads[:, :2] = np.array([len(columns) + 1], ">i2").view(np.uint8)
    heads = np.hstack([heads, sizes.view(np.uint8).reshape(-1, 4)])
    fixed = pa.binary(heads.shape[1])
    head = pa.Array.from_buffers(fixed, len(heads), [None, pa.py_buffer(heads.tobytes())])
    rows = pc.binary_join_element_wise(head.cast(pa.binary()), values.cast(pa.binary()), b"")
    return b"".join(rows.to_pylist())
