"""The only bridge from the database to the engine's frames."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from psycopg import sql
from pyarrow import csv

from matching.engine.arrays import Ints
from matching.engine.frame import Frame
from matching.engine.model import MatchModel
from mdm.attribute_types import Reference
from mdm.bulk import as_array
from mdm.domains import entity_type

_TYPES = {"id": pa.int64(), "version": pa.int64(), "isolated": pa.bool_()}
_PATH_STEP = re.compile(r"[^.\[\]]+")


@dataclass(frozen=True, slots=True)
class Records:
    """The source records of a frame, row by row; `golden` numbers golden records, -1 for none."""

    frame: Frame
    versions: Ints
    golden: Ints


def load(
    model: MatchModel,
    record_ids: Sequence[int] | None = None,
    new: Sequence[Mapping[str, str | None]] = (),
) -> Records:
    """The source records of the model's domain, in order of id, with what the model reads.

    Without those that take no part in matching or have not arrived yet; with `record_ids` only
    those. Records of `new`, the texts of paths of such as are not stored, follow under ids that no
    record has.
    """
    table = _read(_query(model, record_ids))
    if new:
        table = pa.concat_tables([table, _table_of(model, table, new)])
    ids = table["id"].to_numpy()
    golden = table["golden"].combine_chunks().dictionary_encode()
    return Records(
        frame=Frame.of(model, _columns(model, table), ids),
        versions=table["version"].to_numpy(),
        golden=golden.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64),
    )


@dataclass(frozen=True, slots=True)
class Members:
    """The source records of some golden records: which each is in, and who keep to themselves.

    `frame` has the others; it is None without a model.
    """

    golden_of: dict[int, UUID]
    isolated: set[UUID]
    frame: Frame | None


def load_members(model: MatchModel | None, golden_ids: Sequence[UUID], *, hold: bool) -> Members:
    """The source records of golden records, in order of id, with what the model reads of them.

    With `hold` decisions about them wait until the transaction is over.
    """
    table = _read(_members_query(model, golden_ids, hold=hold))
    known = {str(id_): id_ for id_ in golden_ids}
    golden = [known[text] for text in table["golden"].to_pylist()]
    alone = table["isolated"].to_pylist()
    ids = table["id"]
    frame = None
    if model:
        taking_part = table.filter(pc.invert(table["isolated"])) if any(alone) else table
        columns = _columns(model, taking_part)
        frame = Frame.of(model, columns, taking_part["id"].to_numpy())
    return Members(
        golden_of=dict(zip(ids.to_pylist(), golden, strict=True)),
        isolated={id_ for id_, is_alone in zip(golden, alone, strict=True) if is_alone},
        frame=frame,
    )


def _columns(model: MatchModel, table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {path: table[f"path{place}"] for place, path in enumerate(model.paths)}


def _table_of(
    model: MatchModel, stored: pa.Table, new: Sequence[Mapping[str, str | None]]
) -> pa.Table:
    """Records that are not stored, as `_read` would have them."""
    first = max(stored["id"].to_pylist(), default=0) + 1
    columns: dict[str, Any] = {
        "id": pa.array(range(first, first + len(new)), pa.int64()),
        "version": pa.array([1] * len(new), pa.int64()),
        "golden": pa.nulls(len(new), pa.string()),
    }
    for place, path in enumerate(model.paths):
        columns[f"path{place}"] = pa.array([texts[path] for texts in new], pa.string())
    return pa.table({name: columns[name] for name in stored.column_names})


def steps_of(path: str) -> list[str]:
    """The names and numbers that an attribute path is made of: "emails[0]" has two."""
    return _PATH_STEP.findall(path)


def _read(query: sql.Composed) -> pa.Table:
    """The rows of `query` as an Arrow table, without a Python object for each value."""
    buffer = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(query) as copy:
        for piece in copy:
            buffer.write(piece)
    buffer.seek(0)
    names = buffer.readline().decode().rstrip("\n").split(",")
    types = {name: _TYPES.get(name, pa.string()) for name in names}
    if not buffer.read(1):
        return pa.table({name: pa.array([], type_) for name, type_ in types.items()})
    buffer.seek(0)
    return csv.read_csv(
        buffer,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=types,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _query(model: MatchModel, record_ids: Sequence[int] | None) -> sql.Composed:
    """What to copy: ids, versions, golden ids, and a text for each path that the model reads."""
    texts, joins = _texts(model)
    return sql.SQL(
        "COPY (SELECT r.id, r.version, own.golden_id AS golden{texts} FROM mdm_sourcerecord r"
        " LEFT JOIN mdm_crosswalklink own ON own.record_id = r.id AND own.unlinked_at IS NULL"
        "{joins} WHERE r.domain = {domain} AND NOT r.isolated AND r.version > 0{only}"
        " ORDER BY r.id) TO STDOUT (FORMAT csv, HEADER)"
    ).format(
        texts=texts,
        joins=joins,
        domain=sql.Literal(model.domain),
        only=sql.SQL("" if record_ids is None else " AND r.id = ANY({}::bigint[])").format(
            sql.Literal(as_array(record_ids or ()))
        ),
    )


def _members_query(
    model: MatchModel | None, golden_ids: Sequence[UUID], *, hold: bool
) -> sql.Composed:
    """What to copy: ids, golden ids, who are isolated, and a text for each path of the model.

    An unnested array is looked up one by one; of "= ANY", parallel workers would be started for it.
    """
    texts, joins = _texts(model) if model else (sql.SQL(""), sql.SQL(""))
    return sql.SQL(
        "COPY (SELECT r.id, l.golden_id AS golden, r.isolated{texts}"
        " FROM unnest({wanted}::uuid[]) AS wanted (id)"
        " JOIN mdm_crosswalklink l ON l.golden_id = wanted.id AND l.unlinked_at IS NULL"
        " JOIN mdm_sourcerecord r ON r.id = l.record_id{joins}"
        " ORDER BY r.id{hold}) TO STDOUT (FORMAT csv, HEADER)"
    ).format(
        texts=texts,
        wanted=sql.Literal(as_array(golden_ids)),
        joins=joins,
        hold=sql.SQL(" FOR KEY SHARE OF r" if hold else ""),
    )


def _texts(model: MatchModel) -> tuple[sql.Composable, sql.Composable]:
    """The texts of a model's paths, as `path0` and so on, of the record `r`; joins for them.

    A reference is read as the golden record that it means now, or as the source wrote it while
    nothing is known of it, so that two systems' words for one client are equal.
    """
    columns: list[sql.Composable] = []
    joins: list[sql.Composable] = []
    referred = references(model)
    for place, path in enumerate(model.paths):
        name = sql.Identifier(f"path{place}")
        if path in referred:
            columns.append(sql.SQL(", {} AS {}").format(referred[path].text, name))
            joins.append(referred[path].joins)
        else:
            text = sql.SQL(", r.attributes #>> {} AS {}")
            columns.append(text.format(sql.Literal(steps_of(path)), name))
    return sql.SQL("").join(columns), sql.SQL("").join(joins)


@dataclass(frozen=True, slots=True)
class Referred:
    """How the record `r` is read where it refers to a record of another domain.

    `linked_at` is since when that record belongs to the golden record that it belongs to now.
    """

    text: sql.Composed
    joins: sql.Composed
    linked_at: sql.Identifier


def references(model: MatchModel) -> dict[str, Referred]:
    """The paths of a model that are references."""
    declared = entity_type(model.domain)
    attributes = {path: steps_of(path)[0] for path in model.paths}
    return {
        path: Referred(
            _referred_text(place, name),
            _referred_joins(place, name, type_.domain),
            sql.Identifier(f"link{place}", "linked_at"),
        )
        for place, (path, name) in enumerate(attributes.items())
        if isinstance(type_ := declared[name].type, Reference)
    }


def _referred_text(place: int, attribute: str) -> sql.Composed:
    return sql.SQL(
        "coalesce({link}.golden_id::text, r.attributes #>> {system}"
        " || ':' || (r.attributes #>> {key}))"
    ).format(
        link=sql.Identifier(f"link{place}"),
        system=sql.Literal([attribute, "system"]),
        key=sql.Literal([attribute, "key"]),
    )


def _referred_joins(place: int, attribute: str, domain: str) -> sql.Composed:
    return sql.SQL(
        " LEFT JOIN mdm_sourcesystem {system} ON {system}.code = r.attributes #>> {system_path}"
        " LEFT JOIN mdm_sourcerecord {record} ON {record}.system_id = {system}.id"
        " AND {record}.domain = {domain} AND {record}.source_key = r.attributes #>> {key_path}"
        " LEFT JOIN mdm_crosswalklink {link} ON {link}.record_id = {record}.id"
        " AND {link}.unlinked_at IS NULL"
    ).format(
        system=sql.Identifier(f"system{place}"),
        record=sql.Identifier(f"record{place}"),
        link=sql.Identifier(f"link{place}"),
        domain=sql.Literal(domain),
        system_path=sql.Literal([attribute, "system"]),
        key_path=sql.Literal([attribute, "key"]),
    )
