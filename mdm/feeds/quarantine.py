"""Rows that wait for a person: repaired and sent again, or dismissed."""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext

from mdm import events
from mdm.cause import Cause
from mdm.feeds import batches
from mdm.feeds.readers.json_text import JsonError, Record, flatten, parse_json
from mdm.models import Feed, FeedBatch, FeedRow
from mdm.words import inside


class RowStateError(RuntimeError):
    """What was asked of a quarantined row is not possible."""


@transaction.atomic
def resubmit(row_id: int, corrections: Mapping[str, str], *, cause: Cause) -> FeedBatch:
    """Send a quarantined row again, with corrected cells, as a batch of its own.

    The row as it arrived is kept. A row that could not be read at all is corrected as a whole,
    under the name `line`. Raises RowStateError when it is not open, or the corrections do not fit.
    """
    (batch,) = _resubmit(_lock_open([row_id]), corrections, cause)
    return batch


@transaction.atomic
def resubmit_all(row_ids: Collection[int], *, cause: Cause) -> list[FeedBatch]:
    """Send quarantined rows again as they are, once what they waited for is there.

    One batch for each feed. Raises RowStateError, and sends none, when one is not open.
    """
    return _resubmit(_lock_open(row_ids), {}, cause)


@transaction.atomic
def dismiss(row_ids: Collection[int], *, cause: Cause) -> None:
    """Close quarantined rows about which nothing is to be done; the cause says why."""
    rows = _lock_open(row_ids)
    FeedRow.objects.filter(pk__in=[row.pk for row in rows]).update(state=FeedRow.State.DISMISSED)
    for row in rows:
        _record("feed_row.dismissed", row, cause)


def _resubmit(
    rows: Sequence[FeedRow], corrections: Mapping[str, str], cause: Cause
) -> list[FeedBatch]:
    by_feed: dict[Feed, list[FeedRow]] = {}
    for row in rows:
        by_feed.setdefault(row.batch.feed, []).append(row)
    return [_send(feed, sent, corrections, cause) for feed, sent in by_feed.items()]


def _send(
    feed: Feed, rows: Sequence[FeedRow], corrections: Mapping[str, str], cause: Cause
) -> FeedBatch:
    lines = [_record_of(row, _corrected(row, corrections)) for row in rows]
    name = f"row-{rows[0].row_number}-of-batch-{rows[0].batch_id}"
    if len(rows) > 1:
        name += f"-and-{len(rows) - 1}-more"
    batch = batches.receive(feed, f"{name}.jsonl", [b"\n".join(lines)], partial=True, cause=cause)
    FeedRow.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=FeedRow.State.RESUBMITTED, resubmitted_in=batch
    )
    for row in rows:
        _record("feed_row.resubmitted", row, cause)
    return batch


def _corrected(row: FeedRow, corrections: Mapping[str, str]) -> dict[str, Any]:
    unknown = corrections.keys() - row.raw.keys() - set(row.batch.columns)
    if unknown:
        known = ", ".join(row.raw)
        raise RowStateError(f"the row has no column {', '.join(sorted(unknown))}; it has {known}")
    return {**row.raw, **corrections}


def _record_of(row: FeedRow, cells: dict[str, Any]) -> bytes:
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


def _lock_open(row_ids: Collection[int]) -> list[FeedRow]:
    rows = FeedRow.objects.select_for_update(of=["self"]).select_related("batch__feed")
    found = {row.pk: row for row in rows.filter(pk__in=row_ids).order_by("pk")}
    for row_id in row_ids:
        if row_id not in found:
            raise RowStateError(
                gettext("there is no quarantined row {row_id}").format(row_id=row_id)
            )
        if found[row_id].state != FeedRow.State.OPEN:
            already = inside(found[row_id].get_state_display())
            raise RowStateError(
                gettext("row {row_id} is {already} already").format(row_id=row_id, already=already)
            )
    return list(found.values())


def _record(type_: str, row: FeedRow, cause: Cause) -> None:
    content = {"batch": row.batch_id, "row": row.row_number}
    events.record(type_, domain=row.batch.feed.domain, content=content, cause=cause)
