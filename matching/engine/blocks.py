"""Blocks: records that agree on the columns of one pass, and the pairs within them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from matching.engine.arrays import MISSING, Codes, Ints, Mask, combined
from matching.engine.frame import Frame
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
    keys = _keys(frame, blocking)
    flat = keys.ravel(order="F")
    entries = np.flatnonzero(flat != MISSING)
    entries = entries[np.argsort(flat[entries])]
    number, size = _runs(flat[entries])
    entries, number, size = (part[size > 1] for part in (entries, number, size))
    oversized = size > model.block_limit
    rows = (entries % len(frame)).astype(np.int32)
    if oversized.any():
        rows, entries = _neighbours_first(frame, blocking, rows, entries, number, oversized)
    rank = np.arange(len(entries)) - _start_of_run(number)
    partners = np.where(oversized, np.minimum(rank, model.window), rank).astype(np.int32)
    key = (entries // max(1, len(frame))).astype(np.int8)
    block = np.full(keys.shape, MISSING, np.int32, order="F")
    block[rows, key] = number
    place = np.zeros(keys.shape if oversized.any() else (1, 0), np.int32, order="F")
    if oversized.any():
        place[rows[oversized], key[oversized]] = rank[oversized]
    report = _report(blocking, block, rows, size, rank, partners, oversized)
    return Blocks(block, place, rows, key, partners, report)


def _keys(frame: Frame, blocking: Pass) -> Ints:
    """The keys of every record, shape (records, width); -1 where a component is missing."""
    columns = [frame.columns[name] for name in blocking.columns]
    sizes = [len(column.values) for column in columns]
    keys = []
    for slots in product(*(range(column.slots.start, column.slots.stop) for column in columns)):
        codes = [frame.matrix[:, slot] for slot in slots]
        missing = np.any([part == MISSING for part in codes], axis=0)
        keys.append(np.where(missing, MISSING, combined(codes, sizes)))
    return np.stack(keys, axis=1)


def _runs(sorted_keys: Ints) -> tuple[Ints, Ints]:
    """For each entry of sorted keys: the number of its run of equal keys, and the run's length."""
    changes = np.flatnonzero(np.diff(sorted_keys, prepend=sorted_keys[:1] - 1))
    lengths = np.diff(changes, append=len(sorted_keys))
    return np.repeat(np.arange(len(changes)), lengths), np.repeat(lengths, lengths)


def _start_of_run(number: Ints) -> Ints:
    first = np.flatnonzero(np.diff(number, prepend=-1))
    return np.repeat(first, np.diff(first, append=len(number)))


def _neighbours_first(
    frame: Frame, blocking: Pass, rows: Codes, entries: Ints, number: Ints, oversized: Mask
) -> tuple[Codes, Ints]:
    """Sorts the entries of oversized blocks so that records that agree more lie side by side."""
    crowded = rows[oversized]
    order = np.lexsort((crowded, near_of(frame, blocking, crowded), number[oversized]))
    rows, entries = rows.copy(), entries.copy()
    rows[oversized], entries[oversized] = crowded[order], entries[oversized][order]
    return rows, entries


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
    blocking: Pass,
    block: Codes,
    rows: Codes,
    size: Ints,
    rank: Ints,
    partners: Codes,
    oversized: Mask,
) -> PassReport:
    largest = int(np.argmax(size)) if len(size) else None
    return PassReport(
        name=blocking.name,
        records=int((block != MISSING).any(axis=1).sum()),
        blocks=int((rank == 0).sum()),
        pairs=int(partners.sum()),
        largest=int(size[largest]) if largest is not None else 0,
        oversized=int(((rank == 0) & oversized).sum()),
        records_in_oversized=int(oversized.sum()),
        example=int(rows[largest]) if largest is not None else None,
    )
