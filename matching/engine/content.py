"""What records hold as numbers: the same on every machine, in every process, in any order of rows.

Wherever chance decides about records it goes by these numbers, never by the number of a row.
"""

from collections.abc import Sequence

import numpy as np

from matching.engine.arrays import Floats
from matching.engine.distinct import Hashes, mixed, string_hashes
from matching.engine.frame import Frame, FrameColumn
from matching.engine.threads import side_by_side

_TOGETHER = 65_536  # rows that are read at a time: few enough for the processor's cache


def lots(frame: Frame, seed: int) -> Floats:
    """A number from 0 to 1 for each row, drawn by lot from what the record holds.

    Records that hold the same draw different lots, so that each record counts on its own; which
    of them draws which is for nobody to see.
    """
    hashes = record_hashes(frame)
    drawn: Floats = mixed(mixed(hashes + _copies(hashes)) ^ np.uint64(seed)) / 2.0**64
    return drawn


def _copies(hashes: Hashes) -> Hashes:
    """For each hash how many that equal it come before it."""
    order = np.argsort(hashes, kind="stable")
    starts = np.flatnonzero(np.diff(hashes[order], prepend=~hashes[order[:1]]))
    copies = np.zeros(len(hashes), np.uint64)
    copies[order] = np.arange(len(order)) - np.repeat(starts, np.diff(starts, append=len(order)))
    return copies


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
