"""Coding: raw strings become codes of comparison forms, parsed once for each distinct value."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from matching.engine.arrays import MISSING, Codes
from matching.engine.distinct import Texts, rows_apart, told_apart
from matching.engine.forms import FORMS
from matching.engine.model import Column
from matching.engine.reading import are_in_order, numbered, read
from matching.engine.threads import side_by_side

TextColumn: TypeAlias = pa.Array | pa.ChunkedArray | Sequence[str | None]
LONGEST = 1_000  # letters of a value: what comes after is not compared
_MOST_AT_ONCE = 2**31  # bytes, and more than that no single array of strings has

Paths = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Raw:
    """A raw column: codes into its distinct values, cut to `LONGEST` letters."""

    codes: Codes
    values: pa.StringArray


def _encoded(column: TextColumn) -> _Raw:
    """A column of strings as codes and distinct values.

    The values of an Arrow dictionary are taken to be distinct, as Arrow makes them.
    """
    in_arrow = isinstance(column, pa.Array | pa.ChunkedArray)
    array: Any = column if in_arrow else pa.array(column, pa.string())
    if not pa.types.is_dictionary(array.type) and array.nbytes >= _MOST_AT_ONCE:
        array = array.dictionary_encode()
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        codes = pc.fill_null(array.indices, MISSING).to_numpy().astype(np.int32, copy=False)
        values = array.dictionary.cast(pa.string())
    else:
        codes, values = told_apart(array.cast(pa.string()))
    if (pc.max(pc.utf8_length(values)).as_py() or 0) <= LONGEST:
        return _Raw(codes, values)
    cut = pc.utf8_slice_codeunits(values, 0, LONGEST).dictionary_encode()
    numbers = np.append(cut.indices.to_numpy(), np.int32(MISSING))
    return _Raw(numbers[codes], cut.dictionary)


def coded(
    columns: Sequence[Column],
    texts: Mapping[str, TextColumn],
    matrix: Codes,
    slots: Mapping[str, slice],
) -> dict[str, pa.StringArray]:
    """Fills the slots of all columns in `matrix`; returns the distinct values of each column.

    `texts` has the raw strings by path. Columns that read nothing in common are made side by side.
    """
    groups = side_by_side(
        lambda group: _coded(group, texts, matrix, slots), _unrelated(columns), values=len(matrix)
    )
    values = {name: held for group in groups for name, held in group.items()}
    return {column.name: values[column.name] for column in columns}


def _unrelated(columns: Sequence[Column]) -> list[list[Column]]:
    """Groups of columns, none of which reads a path that those of another group read."""
    groups: list[tuple[set[str], list[Column]]] = []
    for column in columns:
        paths, members = {path for each in column.sources for path in each}, [column]
        for group in [group for group in groups if group[0] & paths]:
            groups.remove(group)
            paths, members = paths | group[0], group[1] + members
        groups.append((paths, members))
    return [members for _, members in groups]


def _coded(
    columns: Sequence[Column],
    texts: Mapping[str, TextColumn],
    matrix: Codes,
    slots: Mapping[str, slice],
) -> dict[str, pa.StringArray]:
    """Columns are read, and then spread over the records, side by side."""
    together = list(_read_together(columns))
    every = list(dict.fromkeys(paths for paths, _ in together))
    held_paths = [path for path in dict.fromkeys(chain.from_iterable(every)) if path in texts]
    records = len(matrix)
    read_in = side_by_side(lambda path: _encoded(texts[path]), held_paths, values=records)
    raw = dict(zip(held_paths, read_in, strict=True))
    found = side_by_side(
        lambda paths: _reading([*map(raw.get, paths)], records), every, values=records
    )
    readings = dict(zip(every, found, strict=True))

    def made(group: tuple[Paths, list[Column]]) -> list[Texts]:
        paths, members = group
        return read(tuple(FORMS[column.form] for column in members), readings[paths].parts)

    made_of = side_by_side(made, together, values=records)
    forms = {
        (column.name, paths): text
        for (paths, members), of_group in zip(together, made_of, strict=True)
        for column, text in zip(members, of_group, strict=True)
    }

    def spread(column: Column) -> pa.StringArray:
        held = numbered([forms.pop((column.name, paths)) for paths in column.sources])
        of_sources = [readings[paths] for paths in column.sources]
        _spread(held.codes, of_sources, matrix[:, slots[column.name]])
        return held.texts

    values = side_by_side(spread, columns, values=records)
    return {column.name: held for column, held in zip(columns, values, strict=True)}


def _read_together(columns: Sequence[Column]) -> Iterator[tuple[Paths, list[Column]]]:
    """Columns that read the same paths with the same parser: it runs once for all of them."""
    together: dict[tuple[Paths, int], list[Column]] = defaultdict(list)
    for column in columns:
        for paths in dict.fromkeys(column.sources):
            together[paths, id(FORMS[column.form].parse)].append(column)
    for (paths, _), members in together.items():
        yield paths, members


@dataclass(frozen=True, slots=True)
class _Reading:
    """The distinct values of the paths that are read together: `codes` says which a row holds."""

    codes: Codes
    parts: tuple[pa.StringArray, ...]


def _reading(columns: list[_Raw | None], records: int) -> _Reading:
    nothing = _Raw(np.full(records, MISSING, np.int32), pa.array([], pa.string()))
    held = [column or nothing for column in columns]
    if len(held) == 1:
        return _Reading(held[0].codes, (held[0].values,))
    codes, distinct = rows_apart(np.stack([column.codes for column in held], axis=1))
    numbers = np.arange(len(distinct), dtype=np.int32)
    numbers[(distinct == MISSING).all(axis=1)] = MISSING
    parts = tuple(
        column.values.take(_nullable(of_part))
        for column, of_part in zip(held, distinct.T, strict=True)
    )
    return _Reading(numbers[codes], parts)


def _nullable(codes: Codes) -> pa.Array:
    return pa.array(codes, mask=codes == MISSING)


def _spread(codes: Codes, readings: list[_Reading], target: Codes) -> None:
    """Puts the code of every distinct value's forms where its records are; no value twice."""
    if target.shape[1] == 1 and are_in_order(codes):  # the values are their own forms
        target[:, 0] = readings[0].codes
        return
    per_source = target.shape[1] // len(readings)
    start = 0
    for number, reading in enumerate(readings):
        end = start + len(reading.parts[0]) * per_source
        forms = np.append(codes[start:end], np.full(per_source, MISSING, np.int32))
        for slot in range(per_source):
            form = forms[slot::per_source]  # that of what is missing, -1, is the last
            target[:, number * per_source + slot] = form.take(reading.codes)
        start = end
    for slot in range(1, target.shape[1]):
        again = (target[:, :slot] == target[:, slot : slot + 1]).any(axis=1)
        target[again, slot] = MISSING
