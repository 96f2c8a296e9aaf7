"""What records hold as numbers: the same on every machine, in every process, in any order of rows.

Wherever chance decides about records it goes by these numbers, never by the number of a row.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.engine.arrays import Floats, Ints
from matching.engine.frame import Frame, FrameColumn
from matching.engine.threads import side_by_side

Hashes = npt.NDArray[np.uint64]
_WORD = 8  # bytes of a string that are read at a time
_TOGETHER = 65_536  # strings or rows that are read at a time: few enough for the processor's cache


def lots(frame: Frame, seed: int) -> Floats:
    """A number from 0 to 1 for each row, drawn by lot from what the record holds.

    Records that hold the same draw different lots, so that each record counts on its own; which
    of them draws which is for nobody to see.
    """
    hashes = record_hashes(frame)
    order = np.argsort(hashes)
    alike = np.flatnonzero(np.diff(hashes[order], prepend=~hashes[order[:1]]))
    first = np.repeat(alike, np.diff(alike, append=len(order)))
    copy = np.empty(len(order), np.uint64)
    copy[order] = np.arange(len(order)) - first
    drawn: Floats = mixed(mixed(hashes + copy) ^ np.uint64(seed)) / 2.0**64
    return drawn


def record_hashes(frame: Frame) -> Hashes:
    """A hash of everything that each row holds: equal for records that hold the same."""
    tables = side_by_side(_table, frame.columns.values())
    starts = range(0, len(frame), _TOGETHER)
    parts = side_by_side(lambda start: _hashes_of_rows(frame, tables, start), starts)
    return np.concatenate([np.zeros(0, np.uint64), *parts])


def _table(column: FrameColumn) -> Hashes:
    """The hash of every value of a column by its code; that of missing, -1, is the last."""
    return np.append(string_hashes(column.values), np.uint64(0))


def _hashes_of_rows(frame: Frame, tables: Sequence[Hashes], start: int) -> Hashes:
    rows = frame.matrix[start : start + _TOGETHER]
    hashes = np.zeros(len(rows), np.uint64)
    for column, table in zip(frame.columns.values(), tables, strict=True):
        for slot in range(column.slots.start, column.slots.stop):
            hashes = mixed(hashes ^ table[rows[:, slot]])
    return hashes


def string_hashes(values: pa.StringArray) -> Hashes:
    """A hash of each string, none of them missing; no Python object is made for it."""
    _, offsets, letters = values.buffers()
    ends = np.frombuffer(offsets, np.int32)[values.offset :][: len(values) + 1].astype(np.int64)
    padded = (letters.to_pybytes() if letters else b"") + bytes(_WORD)
    words = np.ndarray(len(padded) - _WORD + 1, "<u8", padded, strides=(1,))
    parts = [
        _hashes_of_words(words, ends[start : start + _TOGETHER + 1])
        for start in range(0, len(values), _TOGETHER)
    ]
    return np.concatenate([np.zeros(0, np.uint64), *parts])


def _hashes_of_words(words: Hashes, ends: Ints) -> Hashes:
    """Hashes of strings that lie end to end; `words[n]` holds the eight bytes from n on."""
    left = np.diff(ends)
    hashes: Hashes = mixed(left.astype(np.uint64))
    rows = np.flatnonzero(left)
    at, left = ends[rows], left[rows]
    while len(rows):
        beyond = 8 * (_WORD - np.minimum(left, _WORD))  # bits that belong to the next string
        hashes[rows] = mixed(hashes[rows] ^ (words[at] << beyond.astype(np.uint64)))
        longer = left > _WORD
        rows, at, left = rows[longer], at[longer] + _WORD, left[longer] - _WORD
    return hashes


def mixed(numbers: Hashes) -> Hashes:
    """Each number with all of its bits mixed (the finaliser of SplitMix64)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
