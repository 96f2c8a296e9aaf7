"""Blocks: records that agree on the columns of one pass, and the pairs within them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt

from matching.engine.arrays import MISSING, Codes, Ints, Mask, combined, sorting
from matching.engine.frame import Frame, FrameColumn
from matching.engine.keys import near_of
from matching.engine.model import MatchModel, Pass


@dataclass(frozen=True, slots=True)
class PassReport:
    """What one pass found. `pairs` counts pairs that earlier passes had already found, too.

    `oversized` blocks hold more records than the model's limit; their records meet only their
    nearest neighbours. `example` is a row of the largest block, to show what its records share.
    """

    name: str
    records: int
    blocks: int
    pairs: int
    largest: int
    oversized: int
    records_in_oversized: int
    example: int | None


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of one pass. A record has `width` keys, more than one where values are plural.

    `block[row, key]` numbers the record's block, -1 without one. `place[row, key]` is the
    record's place in an oversized block and 0 in any other (empty when none is oversized).
    `rows`, `keys` and `partners` list the entries block by block: an entry meets the `partners`
    entries before it.
    """

    block: Codes
    place: Codes
    rows: Codes
    keys: npt.NDArray[np.int8]
    partners: Codes
    report: PassReport

    @property
    def width(self) -> int:
        return int(self.block.shape[1])


def blocks_of(frame: Frame, model: MatchModel, blocking: Pass) -> Blocks:
    keys, entries = _keys(frame, blocking)
    order = sorting(keys)
    sizes = _lengths_of_runs(keys.take(order))
    entries = entries.take(order[np.repeat(sizes > 1, sizes)])
    sizes = sizes[sizes > 1]
    number, size = np.repeat(np.arange(len(sizes)), sizes), np.repeat(sizes, sizes)
    oversized = size > model.block_limit
    if oversized.any():
        entries = _neighbours_first(frame, blocking, entries, number, oversized)
    rank = np.arange(len(entries)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    partners = np.where(oversized, np.minimum(rank, model.window), rank).astype(np.int32)
    shape = len(frame), prod(frame.columns[name].width for name in blocking.columns)
    block = _by_entry(shape, entries, number, MISSING)
    crowded = entries[oversized]
    place = _by_entry(shape if len(crowded) else (1, 0), crowded, rank[oversized], 0)
    key = entries // max(1, len(frame))
    rows = (entries - key * len(frame)).astype(np.int32)
    report = _report(blocking, block, rows, sizes, partners, model.block_limit)
    return Blocks(block, place, rows, key.astype(np.int8), partners, report)


def _keys(frame: Frame, blocking: Pass) -> tuple[Ints, Ints]:
    """The keys of all entries, and the entries: `key * len(frame) + row` for each key of a row.

    Entries of which a component is missing, or a value that no other entry holds, are left out.
    """
    columns = [frame.columns[name] for name in blocking.columns]
    shared = [_shared(frame, column) for column in columns]
    entries, codes = [], []
    for key, slots in enumerate(_slots(columns)):
        chosen = [frame.matrix[:, slot] for slot in slots]
        meeting = [table.take(_wide(part)) for table, part in zip(shared, chosen, strict=True)]
        rows = np.flatnonzero(np.logical_and.reduce(meeting))
        entries.append(rows + key * len(frame))
        codes.append([part.take(rows) for part in chosen])
    held = [np.concatenate(parts) for parts in zip(*codes, strict=True)]
    return combined(held, [len(column.values) for column in columns]), np.concatenate(entries)


def _slots(columns: Sequence[FrameColumn]) -> Iterator[tuple[int, ...]]:
    """A slot of each column, in every combination: a record has a key for each."""
    return product(*(range(column.slots.start, column.slots.stop) for column in columns))


def _shared(frame: Frame, column: FrameColumn) -> Mask:
    """Whether more than one record holds a value, by its code; of none, -1, the last: no."""
    every = frame.matrix[:, column.slots].ravel(order="K")
    shared: Mask = np.bincount(_wide(every) + 1, minlength=len(column.values) + 1) > 1
    return np.append(shared[1:], np.False_)


def _wide(codes: Codes) -> Ints:
    """Codes to look up by: numpy takes far longer with those of 32 bits."""
    return codes.astype(np.int64)


def _lengths_of_runs(sorted_keys: Ints) -> Ints:
    """How many keys of each value there are."""
    changes = np.flatnonzero(np.diff(sorted_keys, prepend=MISSING))
    return np.diff(changes, append=len(sorted_keys))


def _by_entry(shape: tuple[int, int], entries: Ints, numbers: Ints, others: int) -> Codes:
    """An array of shape (records, width) with the numbers of some entries, and of all others."""
    records, width = shape
    held = np.full(records * width, others, np.int32)
    held[entries] = numbers
    return held.reshape(width, records).T


def _neighbours_first(
    frame: Frame, blocking: Pass, entries: Ints, number: Ints, oversized: Mask
) -> Ints:
    """Sorts the entries of oversized blocks so that records that agree more lie side by side."""
    crowded = entries[oversized]
    rows = crowded % len(frame)
    order = np.lexsort((rows, near_of(frame, blocking, rows), number[oversized]))
    sorted_entries = entries.copy()
    sorted_entries[oversized] = crowded[order]
    return sorted_entries


def touched(blocks: Blocks, entries: Ints, changed: Mask) -> Mask:
    """Which entries lie in a block that holds a changed row."""
    touched = np.zeros(int(blocks.block.max(initial=0)) + 1, np.bool_)
    of_changed = blocks.block[changed]
    touched[of_changed[of_changed != MISSING]] = True
    return np.asarray(touched[blocks.block[blocks.rows[entries], blocks.keys[entries]]])


def expanded(blocks: Blocks, entries: Ints, chunk: int) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of entries of one block, chunk by chunk: each entry with its partners before it."""
    partners = blocks.partners[entries]
    ends = np.cumsum(partners)
    cuts = np.searchsorted(ends, np.arange(chunk, (ends[-1] if len(ends) else 0) + chunk, chunk))
    for part, meets in zip(np.split(entries, cuts), np.split(partners, cuts), strict=True):
        second = np.repeat(part, meets)
        back = np.arange(len(second)) - np.repeat(np.cumsum(meets) - meets, meets)
        if len(second):
            yield second - 1 - back, second


def _report(
    blocking: Pass, block: Codes, rows: Codes, sizes: Ints, partners: Codes, limit: int
) -> PassReport:
    largest = int(np.argmax(sizes)) if len(sizes) else None
    oversized = sizes[sizes > limit]
    return PassReport(
        name=blocking.name,
        records=int((block != MISSING).any(axis=1).sum()),
        blocks=len(sizes),
        pairs=int(partners.sum()),
        largest=int(sizes[largest]) if largest is not None else 0,
        oversized=len(oversized),
        records_in_oversized=int(oversized.sum()),
        example=int(rows[sizes[:largest].sum()]) if largest is not None else None,
    )
