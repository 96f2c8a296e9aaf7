"""Building the index of a domain, and bringing it up to date with the records that changed."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from psycopg import sql

import matching.engine
import mdm.standardise
from matching.engine.arrays import MISSING
from matching.engine.document import to_dict
from matching.engine.frame import Frame, FrameColumn
from matching.engine.keys import KeyMaker, counted_columns, value_keys
from matching.engine.model import MatchModel
from matching.frames import Records, load, references
from matching.index.binary import copy_rows, numbers, texts
from matching.index.tables import Tables
from matching.models import MatchIndex
from mdm.bulk import execute, fetch

_RECORDS_AT_A_TIME = 100_000
_LATE = timedelta(hours=1)  # after which what happened before is surely committed


def recipe_of(model: MatchModel) -> str:
    """What an index must have been built with to be of use: the model, and the code of forms."""
    content = orjson.dumps(to_dict(model), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(_code_of_forms() + content).hexdigest()


@cache
def _code_of_forms() -> bytes:
    """A digest of all that comparison forms and keys are made by, word lists included."""
    digest = hashlib.sha256()
    for package in (matching.engine, mdm.standardise):
        for file in sorted(Path(*package.__path__).rglob("*")):
            if file.is_file() and file.suffix != ".pyc":
                digest.update(file.read_bytes())
    return digest.digest()


def fewest_counted(model: MatchModel) -> int:
    """From how many records on the count of a value is stored: rarer ones all weigh alike."""
    return min([model.copies, *(each.shared_by_at_most for each in model.identifiers)])


@transaction.atomic
def build(model: MatchModel, *, at: datetime) -> MatchIndex:
    """Index all records of the model's domain. The old index serves until the new one is whole."""
    _alone(model.domain)
    records = load(model)
    fresh = Tables.of(model.domain, "_fresh")
    fresh.create()
    copy_rows(fresh.keys, _key_rows(records.frame, model), frozen=True)
    copy_rows(fresh.forms, _form_rows(records), frozen=True)
    copy_rows(fresh.counts, _count_rows(records.frame, model), frozen=True)
    fresh.add_indexes()
    fresh.become(Tables.of(model.domain))
    index, _ = MatchIndex.objects.update_or_create(
        domain=model.domain,
        defaults={
            "recipe": recipe_of(model),
            "records": len(records.frame),
            "held": {name: column.held for name, column in records.frame.columns.items()},
            "built_at": at,
            "refreshed_at": at,
        },
    )
    return index


@transaction.atomic
def refresh(model: MatchModel, record_ids: Sequence[int], *, at: datetime) -> MatchIndex:
    """Bring an index up to date with these records, new and changed ones; all else stays.

    Raises `MatchIndex.DoesNotExist` without an index that fits the model.
    """
    _alone(model.domain)
    index = MatchIndex.objects.get(domain=model.domain, recipe=recipe_of(model))
    tables = Tables.of(model.domain)
    before, after = _stored(model, tables, record_ids), load(model, record_ids)
    _remove(tables, before, model)
    copy_rows(tables.keys, _key_rows(after.frame, model))
    copy_rows(tables.forms, _form_rows(after))
    _count_again(tables, (before, after.frame), model)
    index.records += len(after.frame) - len(before)
    for name, column in after.frame.columns.items():
        index.held[name] += column.held - before.columns[name].held
    index.refreshed_at = at
    index.save()
    return index


def outdated(model: MatchModel, index: MatchIndex) -> list[int]:
    """The records that the index does not hold as they are now: new, changed, referring anew.

    And those that it holds though they take no part in matching.
    """
    slots, referred = _slots_as_they_stand(model), references(model)
    differs: list[sql.Composable] = [sql.SQL("r.version IS DISTINCT FROM f.version")]
    for path, each in referred.items():
        if path in slots:
            stored = sql.SQL("f.forms::json ->> {}").format(sql.Literal(slots[path]))
            differs.append(sql.SQL("{} IS DISTINCT FROM {}").format(stored, each.text))
        else:
            since = sql.Literal(index.refreshed_at - _LATE)
            differs.append(sql.SQL("{} >= {}").format(each.linked_at, since))
    query = sql.SQL(
        "SELECT r.id FROM mdm_sourcerecord r LEFT JOIN {forms} f ON f.record_id = r.id {joins}"
        " WHERE r.domain = {domain} AND r.version > 0"
        " AND CASE WHEN r.isolated THEN f.record_id IS NOT NULL"
        " ELSE {differs} END"
    ).format(
        forms=sql.Identifier(Tables.of(model.domain).forms),
        joins=sql.SQL(" ").join(each.joins for each in referred.values()),
        domain=sql.Literal(model.domain),
        differs=sql.SQL(" OR ").join(differs),
    )
    return [row[0] for row in fetch(query.as_string(None))]


def _slots_as_they_stand(model: MatchModel) -> dict[str, int]:
    """For each path that a column takes as it stands, the slot where its value is stored."""
    ends = accumulate(column.width for column in model.columns)
    return {
        column.of[0]: end - column.width
        for column, end in zip(model.columns, ends, strict=True)
        if column.form == "exact"
    }


def _alone(domain: str) -> None:
    """Let one transaction at a time write to an index."""
    fetch("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"match index {domain}"])


def _key_rows(frame: Frame, model: MatchModel) -> Iterator[bytes]:
    ids = frame.record_ids.astype(np.int64)
    for keys in KeyMaker(model).of_frame(frame):
        yield numbers(keys.keys, keys.near, ids[keys.rows])


def _form_rows(records: Records) -> Iterator[bytes]:
    frame = records.frame
    quoted = [_quoted(column) for column in frame.columns.values()]
    for start in range(0, len(frame), _RECORDS_AT_A_TIME):
        rows = slice(start, start + _RECORDS_AT_A_TIME)
        forms = [
            values.take(pa.array(codes, mask=codes == MISSING))
            for values, column in zip(quoted, frame.columns.values(), strict=True)
            for codes in frame.matrix[rows, column.slots].T
        ]
        joined = pc.binary_join_element_wise(
            *forms, ",", null_handling="replace", null_replacement="null"
        )
        listed = pc.binary_join_element_wise("[", joined, "]", "")
        yield texts(listed, frame.record_ids[rows], records.versions[rows])


def _quoted(column: FrameColumn) -> pa.StringArray:
    """The distinct values of a column as JSON."""
    return pa.array(
        [orjson.dumps(value).decode() for value in column.values.to_pylist()], pa.string()
    )


def _count_rows(frame: Frame, model: MatchModel) -> Iterator[bytes]:
    fewest = fewest_counted(model)
    counts = {name: frame.columns[name].counts for name in counted_columns(model)}
    frequent = {name: np.flatnonzero(held >= fewest) for name, held in counts.items()}
    for name, keys in value_keys(frame, model, frequent).items():
        yield numbers(keys, counts[name][frequent[name]])


def _stored(model: MatchModel, tables: Tables, record_ids: Sequence[int]) -> Frame:
    """What the index holds of these records; those that it does not know are left out."""
    known = tables.forms_of(record_ids)
    return Frame.of_forms(model, list(known.values()), np.array(list(known), np.int64))


def _remove(tables: Tables, before: Frame, model: MatchModel) -> None:
    """Take the keys and forms of records out of the index."""
    execute("CREATE TEMP TABLE leaving (key bigint, near bigint, record_id bigint) ON COMMIT DROP")
    copy_rows("leaving", _key_rows(before, model))
    execute(
        tables.statement(
            "DELETE FROM {keys} k USING leaving"
            " WHERE k.key = leaving.key AND k.near = leaving.near"
            " AND k.record_id = leaving.record_id"
        )
    )
    execute("DROP TABLE leaving")
    execute(
        tables.statement("DELETE FROM {forms} WHERE record_id = ANY(%s)"),
        [before.record_ids.tolist()],
    )


def _count_again(tables: Tables, frames: Sequence[Frame], model: MatchModel) -> None:
    """Count the values that these frames hold, in the keys as they are now."""
    touched = sorted({key for frame in frames for key in _keys_of_values(frame, model)})
    execute(tables.statement("DELETE FROM {counts} WHERE key = ANY(%s)"), [touched])
    execute(
        tables.statement(
            "INSERT INTO {counts} SELECT key, count(*) FROM {keys} WHERE key = ANY(%s)"
            " GROUP BY key HAVING count(*) >= %s"
        ),
        [touched, fewest_counted(model)],
    )


def _keys_of_values(frame: Frame, model: MatchModel) -> Iterator[int]:
    every = {name: np.arange(len(frame.columns[name].values)) for name in counted_columns(model)}
    for keys in value_keys(frame, model, every).values():
        yield from keys.tolist()
