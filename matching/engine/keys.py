"""Keys: the blocks that a record is in, as numbers that depend on nothing but what it holds.

The same record has the same keys in every frame, process and run: they can be stored, and one
record finds in a table of stored keys whom it would meet in a run over the whole domain.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, product

import numpy as np
import pyarrow as pa

from matching.engine.arrays import MISSING, Codes, Ints
from matching.engine.content import Hashes, mixed, string_hashes
from matching.engine.frame import Frame
from matching.engine.model import MatchModel, Pass

_NONE = np.zeros(0, np.int64)
_BITS_OF_NEAR = (24, 12, 8, 8, 6, 6)  # of the hash of each column that neighbours are sorted by
_FEW = 100_000  # values that are hashed together, whatever column they are of


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of rows in some columns: one item for each key of a row.

    Equal keys mean one block. `near` says where in an oversized block a row stands: records that
    agree more lie side by side, those with equal numbers in the order of their ids.
    """

    columns: tuple[str, ...]
    rows: Ints
    keys: Ints
    near: Ints


def key_columns(model: MatchModel) -> tuple[tuple[str, ...], ...]:
    """The columns that keys are made of, each combination once: of the passes, then of counts."""
    counted = ((name,) for name in counted_columns(model))
    return tuple(dict.fromkeys((*(each.columns for each in model.passes), *counted)))


def counted_columns(model: MatchModel) -> tuple[str, ...]:
    """The columns of which it matters how many records hold a value."""
    levels = (level for comparison in model.comparisons for level in comparison.levels)
    rare = (level.frequency_of for level in levels if level.frequency_of)
    return tuple(dict.fromkeys((*rare, *(each.column for each in model.identifiers))))


def keys_of(frame: Frame, model: MatchModel) -> Iterator[Keys]:
    """The keys of all rows, for each of `key_columns`; where a component is missing there is none.

    The keys of a single column count its values: a value has as many as records hold it.
    """
    every = key_columns(model)
    neighbours = {columns: _neighbour_columns(frame, columns) for columns in every}
    hashed = _Hashed(frame, np.arange(len(frame)), chain(*every, *neighbours.values()))
    for columns in every:
        near = hashed.near(neighbours[columns])
        keys = [
            _key(hashed, model, columns, slots) for slots in product(*map(hashed.slots, columns))
        ]
        rows = np.concatenate([_NONE, *(held for held, _ in keys)])
        found = np.concatenate([_NONE, *(key for _, key in keys)])
        yield Keys(columns, rows, found, near[rows])


def value_keys(frame: Frame, model: MatchModel, codes: Mapping[str, Ints]) -> dict[str, Ints]:
    """The keys of some values of some columns, by their codes; none of them missing."""
    values = [frame.columns[name].values.take(pa.array(held)) for name, held in codes.items()]
    return {
        name: mixed(_seed(model.domain, (name,)) ^ hashes).view(np.int64)
        for name, hashes in zip(codes, _hashes(values), strict=True)
    }


def near_of(frame: Frame, blocking: Pass, rows: Ints | Codes) -> Ints:
    """Where `rows` stand among others of their block in a pass."""
    columns = _neighbour_columns(frame, blocking.columns)
    return _Hashed(frame, rows, columns).near(columns)


class _Hashed:
    """The hashes of what some rows of a frame hold in some columns, each distinct value once."""

    def __init__(self, frame: Frame, rows: Ints | Codes, columns: Iterable[str]) -> None:
        self._codes: dict[str, dict[int, Codes]] = {}
        self._near: dict[tuple[str, ...], Ints] = {}
        self._rows = len(rows)
        held = {}
        for name in dict.fromkeys(columns):
            slots = frame.columns[name].slots
            codes = [frame.matrix[:, slot].take(rows) for slot in range(slots.start, slots.stop)]
            self._codes[name] = dict(enumerate(codes))
            held[name] = _held(codes, len(frame.columns[name].values))
        values = [frame.columns[name].values.take(pa.array(codes)) for name, codes in held.items()]
        self._tables: dict[str, Hashes] = {}
        for name, hashes in zip(held, _hashes(values), strict=True):
            self._tables[name] = np.zeros(len(frame.columns[name].values) + 1, np.uint64)
            self._tables[name][held[name]] = hashes

    def slots(self, column: str) -> list[int]:
        """The slots of a column in which any row holds a value."""
        codes = self._codes[column]
        return [slot for slot, part in codes.items() if slot == 0 or (part != MISSING).any()]

    def codes(self, column: str, slot: int) -> Codes:
        return self._codes[column][slot]

    def of(self, column: str, codes: Codes) -> Hashes:
        """The hash of each value; 0 for none, as missing, -1, is the last of the table."""
        return self._tables[column][codes]

    def near(self, columns: tuple[str, ...]) -> Ints:
        """Bits of the hashes of what rows hold first in these columns, the first's on top."""
        if columns not in self._near:
            near = np.zeros(self._rows, np.uint64)
            for name, bits in zip(columns, _BITS_OF_NEAR, strict=False):
                hashes = self.of(name, self.codes(name, 0))
                near = (near << np.uint64(bits)) | (hashes >> np.uint64(64 - bits))
            self._near[columns] = near.view(np.int64)
        return self._near[columns]


def _held(codes: list[Codes], values: int) -> Ints:
    """Which of the values of a column are held."""
    held = np.zeros(values + 1, np.bool_)
    for part in codes:
        held[part] = True
    held[MISSING] = False
    return np.flatnonzero(held)


def _hashes(values: Sequence[pa.StringArray]) -> list[Hashes]:
    """The hashes of the values of several columns; of few values all at once."""
    sizes = [len(each) for each in values]
    if sum(sizes) > _FEW:
        return [string_hashes(each) for each in values]
    together = string_hashes(pa.concat_arrays(values)) if values else np.zeros(0, np.uint64)
    return np.split(together, np.cumsum(sizes)[:-1]) if values else []


def _key(
    hashed: _Hashed, model: MatchModel, columns: tuple[str, ...], slots: tuple[int, ...]
) -> tuple[Ints, Ints]:
    """The rows that hold a value in each of the slots, and their keys."""
    codes = [hashed.codes(name, slot) for name, slot in zip(columns, slots, strict=True)]
    held = codes[0] != MISSING
    for part in codes[1:]:
        held &= part != MISSING
    rows = held.nonzero()[0]
    key = np.full(len(rows), _seed(model.domain, columns))
    for column, part in zip(columns, codes, strict=True):
        key = mixed(key ^ hashed.of(column, part[rows]))
    return rows, key.view(np.int64)


def _neighbour_columns(frame: Frame, columns: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that neighbours are sorted by: the first ones that a pass does not demand."""
    return tuple(name for name in frame.columns if name not in columns)[: len(_BITS_OF_NEAR)]


@cache
def _seed(domain: str, columns: tuple[str, ...]) -> np.uint64:
    """Where the keys of some columns begin, so that those of others differ."""
    seed: np.uint64 = string_hashes(pa.array(["\x1f".join((domain, *columns))]))[0]
    return seed
