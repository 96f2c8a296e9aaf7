"""Reading a received file once: into chunks that can be applied, and rows that cannot."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from django.conf import settings

from mdm.bulk import copy_in
from mdm.feeds.arrangements import ARRANGEMENTS
from mdm.feeds.mapping import Mapping
from mdm.feeds.readers import ABSENT, Block, RowProblem, Sheet, excerpt
from mdm.models import FeedBatch, FeedChunk, FeedRow

Progress = Callable[[int], None]

_ROW = (
    "batch_id", "row_number", "source_key", "outcome", "cause", "column", "message", "remedy",
    "raw", "state",
)  # fmt: skip
LONGEST_KEY = 512


@dataclass(slots=True)
class Landed:
    """What was read: rows per outcome that is already certain, and the hash of each other row."""

    received: int = 0
    quarantined: int = 0
    out_of_scope: int = 0
    repeated: int = 0
    chunks: int = 0
    hashes: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Pending:
    """Rows that wait to fill a chunk."""

    numbers: list[int] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


def land(batch: FeedBatch, sheet: Sheet, mapping: Mapping, progress: Progress) -> Landed:
    """Write the rows of `sheet` as chunks of `batch`, and those that are no records as feed rows.

    Keys in the chunks differ from each other: an exact repetition is counted and left out, one
    with different content is quarantined.
    """
    if mapping.arrange:
        sheet = ARRANGEMENTS[mapping.arrange](sheet)
    if not batch.partial:  # a repaired row has the columns that it mentions
        mapping.check_columns(sheet.columns)
    lander = _Lander(batch, sheet.columns, mapping)
    for block in sheet.blocks:
        lander.take(block)
        progress(lander.landed.received)
    lander.flush()
    return lander.landed


class _Lander:
    """Takes blocks of rows and writes chunks."""

    def __init__(self, batch: FeedBatch, columns: list[str], mapping: Mapping) -> None:
        self.batch, self.columns, self.mapping = batch, columns, mapping
        self.places = {column: place for place, column in enumerate(columns)}
        self.kept = [self.places[column] for column in mapping.kept_columns(columns)]
        self.names = mapping.kept_columns(columns)
        self.salt = f"{batch.mapping_id}".encode()
        self.pending = _Pending()
        self.landed = Landed()
        self.first_number: dict[str, int] = {}

    def take(self, block: Block) -> None:
        """Sort the rows of a block into pending ones and ones that are no records."""
        self.landed.received += len(block)
        store_rows(self.batch, block.problems, FeedRow.Outcome.QUARANTINED)
        self.landed.quarantined += len(block.problems)
        problems: list[RowProblem] = []
        outside: list[RowProblem] = []
        keys = self.mapping.keys(self.places, block.rows)
        reasons = self.mapping.out_of_scope(self.places, block.rows)
        for number, row, key, reason in zip(block.numbers, block.rows, keys, reasons, strict=True):
            if reason:
                outside.append(self._problem(number, row, key, "scope", reason, ""))
            elif problem := self._unusable(number, row, key):
                problems.append(problem)
            else:
                self._keep(number, row, key, problems)
        store_rows(self.batch, outside, FeedRow.Outcome.OUT_OF_SCOPE)
        store_rows(self.batch, problems, FeedRow.Outcome.QUARANTINED)
        self.landed.out_of_scope += len(outside)
        self.landed.quarantined += len(problems)

    def flush(self) -> None:
        """Write the pending rows as a chunk."""
        if not self.pending.rows:
            return
        self.landed.chunks += 1
        content = {
            "columns": self.names,
            "numbers": self.pending.numbers,
            "rows": self.pending.rows,
            "keys": self.pending.keys,
            "hashes": [self.landed.hashes[key].hex() for key in self.pending.keys],
        }
        FeedChunk.objects.create(
            batch=self.batch,
            number=self.landed.chunks,
            rows=len(self.pending.rows),
            content=orjson.dumps(content),
        )
        self.pending = _Pending()

    def _keep(self, number: int, row: list[Any], key: str, problems: list[RowProblem]) -> None:
        kept = [row[place] for place in self.kept]
        fingerprint = hashlib.blake2b(orjson.dumps(kept), digest_size=16, key=self.salt).digest()
        before = self.landed.hashes.get(key)
        if before == fingerprint:
            self.landed.repeated += 1
        elif before is not None:
            first = self.first_number[key]
            message = f"Row {number} has the key {key!r} of row {first}, with different content."
            remedy = "Keep the row that is right, or give one of them its own key."
            problems.append(self._problem(number, row, key, "duplicate_key", message, remedy))
        else:
            self.landed.hashes[key] = fingerprint
            self.first_number[key] = number
            self.pending.numbers.append(number)
            self.pending.rows.append(kept)
            self.pending.keys.append(key)
            if len(self.pending.rows) >= settings.FEED_CHUNK_ROWS:
                self.flush()

    def _unusable(self, number: int, row: list[Any], key: str) -> RowProblem | None:
        column = self.mapping.key[0].name
        if not key:
            message = f"Row {number}, {column}: the key is empty."
            return self._problem(number, row, "", "missing", message, "Fill in the key.")
        if len(key) > LONGEST_KEY:
            message = f"Row {number}, {column}: the key has more than {LONGEST_KEY} characters."
            return self._problem(
                number, row, "", "validation", message, "Look for a missing quote."
            )
        return None

    def _problem(
        self, number: int, row: list[Any], key: str, cause: str, message: str, remedy: str
    ) -> RowProblem:
        cells = zip(self.columns, row, strict=True)
        raw = excerpt({name: cell for name, cell in cells if cell != ABSENT})
        column = self.mapping.key[0].name if cause != "scope" else ""
        return RowProblem(number, column, cause, message, remedy, raw, key[:LONGEST_KEY])


def add_missing(batch: FeedBatch, landed: Landed, record_ids: list[int]) -> None:
    """Add the records that a full snapshot no longer has, as the last chunk of the batch."""
    if record_ids:
        FeedChunk.objects.create(
            batch=batch,
            number=landed.chunks + 1,
            rows=len(record_ids),
            content=orjson.dumps({"missing": record_ids}),
        )


def store_rows(batch: FeedBatch, problems: list[RowProblem], outcome: str) -> None:
    """Keep rows that were not applied, with why, so that a person can repair them."""
    repairable = outcome == FeedRow.Outcome.QUARANTINED
    copy_in(
        FeedRow,
        _ROW,
        (
            (
                batch.pk,
                each.number,
                each.source_key,
                outcome,
                each.cause,
                each.column[:200],
                each.message,
                each.remedy,
                orjson.dumps(each.raw).decode(),
                FeedRow.State.OPEN if repairable else FeedRow.State.CLOSED,
            )
            for each in problems
        ),
    )
