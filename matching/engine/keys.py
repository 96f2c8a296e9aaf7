"""Keys: the blocks that a record is in, as numbers that depend on nothing but what it holds.

The same record has the same keys in every frame, process and run: they can be stored, and one
record finds in a table of stored keys whom it would meet in a run over the whole domain.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product

import numpy as np
import pyarrow as pa

from matching.engine.arrays import MISSING, Codes, Ints
from matching.engine.distinct import Hashes, mixed, string_hashes
from matching.engine.frame import Frame
from matching.engine.model import MatchModel, Pass
from matching.engine.record_forms import Forms

_BITS_OF_NEAR = (24, 12, 8, 8, 6, 6)  # of the hash of each column that neighbours are sorted by
_NOTHING = np.zeros(0, np.uint64)
_NONE = -1  # the last slot of all hashes, in which no record holds anything
_FEW = 100_000  # values that are hashed together, whatever column they are of
_ROWS_AT_A_TIME = 50_000


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys of rows; every array has one item a key.

    `columns` numbers what the key is made of, among `key_columns`. Equal keys mean one block.
    `near` says where in an oversized block a row stands: records that agree more lie side by side,
    those with equal numbers in the order of their ids.
    """

    rows: Ints
    columns: Ints
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


class KeyMaker:
    """Makes the keys of records by one model.

    A record has a key for each of `key_columns` and each choice of a slot from each column; where
    it holds nothing there is none. The keys of a single column count its values.
    """

    def __init__(self, model: MatchModel) -> None:
        ends = accumulate(column.width for column in model.columns)
        slots = {
            column.name: range(end - column.width, end)
            for column, end in zip(model.columns, ends, strict=True)
        }
        self._slots = sum(map(len, slots.values()))
        made_of: list[tuple[int, ...]] = []
        number_of, neighbours = [], []
        for number, columns in enumerate(key_columns(model)):
            chosen = list(product(*(slots[name] for name in columns)))
            made_of += chosen
            number_of += [number] * len(chosen)
            others = [slots[name].start for name in slots if name not in columns]
            neighbours.append(_padded(others, len(_BITS_OF_NEAR)))
        deepest = max(map(len, made_of))
        self._made_of = np.array([_padded(chosen, deepest) for chosen in made_of])
        self._columns = np.array(number_of)
        seeds = [_seed(model.domain, columns) for columns in key_columns(model)]
        self._seeds = np.array(seeds, np.uint64)[self._columns]
        self._neighbours = np.array(neighbours)

    def of_forms(self, forms: Sequence[Forms]) -> Keys:
        """The keys of records of which the comparison forms are known."""
        texts = [form for record in forms for form in record]
        hashes = string_hashes(pa.array([text or "" for text in texts], pa.string()))
        hashes[np.array([text is None for text in texts], np.bool_)] = 0
        return self._keys(hashes.reshape(len(forms), self._slots), 0)

    def of_frame(self, frame: Frame) -> Iterator[Keys]:
        """The keys of all rows of a frame, some thousand rows at a time."""
        tables = {name: _table(column.values) for name, column in frame.columns.items()}
        for start in range(0, len(frame), _ROWS_AT_A_TIME):
            rows = slice(start, start + _ROWS_AT_A_TIME)
            parts = [
                tables[name][frame.matrix[rows, column.slots]]
                for name, column in frame.columns.items()
            ]
            yield self._keys(np.hstack(parts), start)

    def _keys(self, hashes: Hashes, first_row: int) -> Keys:
        """From the hash of what each record holds in each slot, 0 for nothing."""
        hashes = np.hstack([hashes, np.zeros((len(hashes), 1), np.uint64)])
        keys = np.repeat(self._seeds[None], len(hashes), axis=0)
        held = np.ones(keys.shape, np.bool_)
        for slots in self._made_of.T:
            used = np.flatnonzero(slots != _NONE)
            parts = hashes[:, slots[used]]
            keys[:, used] = mixed(keys[:, used] ^ parts)
            held[:, used] &= parts != 0
        rows, made = held.nonzero()
        columns = self._columns[made]
        near = _near(hashes, self._neighbours.T)[rows, columns]
        return Keys(rows + first_row, columns, keys[rows, made].view(np.int64), near)


def value_keys(frame: Frame, model: MatchModel, codes: Mapping[str, Ints]) -> dict[str, Ints]:
    """The keys of some values of some columns, by their codes; none of them missing."""
    every = _hashes([frame.columns[name].values for name in codes])
    chosen = [hashes[held] for hashes, held in zip(every, codes.values(), strict=True)]
    seeds = np.array([_seed(model.domain, (name,)) for name in codes], np.uint64)
    sizes = [len(part) for part in chosen]
    keys = mixed(np.repeat(seeds, sizes) ^ np.concatenate([_NOTHING, *chosen])).view(np.int64)
    ends = accumulate(sizes)
    return {
        name: keys[end - size : end] for name, size, end in zip(codes, sizes, ends, strict=True)
    }


def keys_of_values(domain: str, values: Sequence[tuple[str, str]]) -> Ints:
    """The keys of some values, each given by its column and its form."""
    seeds = np.array([_seed(domain, (column,)) for column, _ in values], np.uint64)
    hashes = string_hashes(pa.array([form for _, form in values], pa.string()))
    keys: Ints = mixed(seeds ^ hashes).view(np.int64)
    return keys


def near_of(frame: Frame, blocking: Pass, rows: Ints | Codes) -> Ints:
    """Where `rows` stand among others of their block in a pass."""
    others = [name for name in frame.columns if name not in blocking.columns]
    hashes = [_first_hashes(frame, name, rows) for name in others[: len(_BITS_OF_NEAR)]]
    by_slot = np.stack([*hashes, np.zeros(len(rows), np.uint64)], axis=1)
    slots = np.array(_padded(range(len(hashes)), len(_BITS_OF_NEAR)))
    return _near(by_slot, slots[:, None])[:, 0]


def _first_hashes(frame: Frame, column: str, rows: Ints | Codes) -> Hashes:
    """The hashes of what rows hold first in a column; only values that are held are hashed."""
    codes = frame.matrix[:, frame.columns[column].slots.start].take(rows)
    values = frame.columns[column].values
    held = np.zeros(len(values) + 1, np.bool_)
    held[codes] = True
    held[MISSING] = False
    table = np.zeros(len(held), np.uint64)
    table[held] = string_hashes(values.take(pa.array(held.nonzero()[0])))
    hashes: Hashes = table[codes]
    return hashes


def _near(hashes: Hashes, slots: Ints) -> Ints:
    """Bits of the hashes in slots, of the first slots on top; `slots` has shape (slots, keys)."""
    near = np.zeros((len(hashes), slots.shape[1]), np.uint64)
    for part, bits in zip(slots, _BITS_OF_NEAR, strict=True):
        near = (near << np.uint64(bits)) | (hashes[:, part] >> np.uint64(64 - bits))
    return near.view(np.int64)


def _padded(slots: Sequence[int], length: int) -> list[int]:
    return [*slots, *[_NONE] * length][:length]


def _table(values: pa.StringArray) -> Hashes:
    """The hash of each value by its code; of none, -1, the last: 0."""
    return np.append(string_hashes(values), np.uint64(0))


def _hashes(values: Sequence[pa.StringArray]) -> list[Hashes]:
    """The hashes of the values of several columns; of few values all at once."""
    sizes = [len(each) for each in values]
    if not values or sum(sizes) > _FEW:
        return [string_hashes(each) for each in values]
    return np.split(string_hashes(pa.concat_arrays(values)), np.cumsum(sizes)[:-1])


@cache
def _seed(domain: str, columns: tuple[str, ...]) -> np.uint64:
    """Where the keys of some columns begin, so that those of others differ."""
    seed: np.uint64 = string_hashes(pa.array(["\x1f".join((domain, *columns))]))[0]
    return seed
