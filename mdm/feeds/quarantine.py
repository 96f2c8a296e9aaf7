"""Rows that wait for a person: repaired and sent again, or dismissed."""

import csv
import io
from collections.abc import Mapping

import orjson
from django.db import transaction

from mdm import events
from mdm.cause import Cause
from mdm.feeds import batches
from mdm.feeds.readers.json_text import JsonError, Record, flatten, parse_json
from mdm.models import FeedBatch, FeedRow


class RowStateError(RuntimeError):
    """What was asked of a quarantined row is not possible."""


@transaction.atomic
def resubmit(row_id: int, corrections: Mapping[str, str], *, cause: Cause) -> FeedBatch:
    """Send a quarantined row again, with corrected cells, as a batch of its own.

    The row as it arrived is kept. A row that could not be read at all is corrected as a whole,
    under the name `line`. Raises RowStateError when it is not open, or the corrections do not fit.
    """
    row = _lock_open(row_id)
    unknown = corrections.keys() - row.raw.keys() - set(row.batch.columns)
    if unknown:
        known = ", ".join(row.raw)
        raise RowStateError(f"the row has no column {', '.join(sorted(unknown))}; it has {known}")
    name = f"row-{row.row_number}-of-batch-{row.batch_id}.jsonl"
    content = _record_of(row, {**row.raw, **corrections})
    batch = batches.receive(row.batch.feed, name, [content], partial=True, cause=cause)
    row.state, row.resubmitted_in = FeedRow.State.RESUBMITTED, batch
    row.save(update_fields=["state", "resubmitted_in"])
    _record("feed_row.resubmitted", row, cause)
    return batch


@transaction.atomic
def dismiss(row_id: int, *, cause: Cause) -> None:
    """Close a quarantined row about which nothing is to be done."""
    row = _lock_open(row_id)
    row.state = FeedRow.State.DISMISSED
    row.save(update_fields=["state"])
    _record("feed_row.dismissed", row, cause)


def _record_of(row: FeedRow, cells: dict[str, str]) -> bytes:
    """The repaired row as a line of JSON, in whatever form it came."""
    columns = row.batch.columns
    if "line" not in cells or "line" in columns:
        return orjson.dumps(cells)
    if "delimiter" not in cells:
        return orjson.dumps(_object_of(cells["line"]))
    fitting = _cells_of(cells["line"], cells["delimiter"], len(columns))
    return orjson.dumps(dict(zip(columns, fitting, strict=True)))


def _object_of(line: str) -> Record:
    try:
        record = parse_json(line.encode())
        if isinstance(record, dict):
            return flatten(record)
    except JsonError as error:
        raise RowStateError(f"the line cannot be read: {error}") from None
    raise RowStateError("the line must be an object in braces")


def _cells_of(line: str, delimiter: str, width: int) -> list[str]:
    try:
        rows = list(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise RowStateError(f"the line cannot be read: {error}") from None
    if [len(cells) for cells in rows] != [width]:
        raise RowStateError(f"the line must be one row of {width} cells")
    return rows[0]


def _lock_open(row_id: int) -> FeedRow:
    rows = FeedRow.objects.select_for_update(of=["self"]).select_related("batch__feed")
    row = rows.filter(pk=row_id).first()
    if row is None:
        raise RowStateError(f"there is no quarantined row {row_id}")
    if row.state != FeedRow.State.OPEN:
        raise RowStateError(f"row {row_id} is {row.get_state_display().lower()} already")
    return row


def _record(type_: str, row: FeedRow, cause: Cause) -> None:
    content = {"batch": row.batch_id, "row": row.row_number}
    events.record(type_, domain=row.batch.feed.domain, content=content, cause=cause)
