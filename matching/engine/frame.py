"""A frame: the records of one domain as a matrix of small integers, made once for a run.

Every column of a model becomes one or more columns of codes; equal codes mean equal comparison
forms, -1 means missing. The distinct strings behind the codes stay in Arrow. Parsing is paid once
for each distinct value.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from matching.engine.arrays import MISSING, Codes, Ints
from matching.engine.coding import TextColumn, coded
from matching.engine.model import MatchModel
from matching.engine.record_forms import Forms, slots_of
from matching.engine.threads import side_by_side


class FrameError(ValueError):
    """Columns that do not fit the model or one another."""


@dataclass(frozen=True, slots=True)
class FrameColumn:
    """The codes of a column lie in `slots` of the matrix; `values[code]` is the comparison form.

    `counts[code]` says how many records hold the value. In a frame that is part of a domain both
    the counts and `total`, how many values there are in all, are those of the whole domain.
    """

    slots: slice
    values: pa.StringArray
    counts: Ints
    total: int | None = None

    @property
    def held(self) -> int:
        """How many values records hold in this column."""
        return int(self.counts.sum()) if self.total is None else self.total

    @property
    def width(self) -> int:
        return int(self.slots.stop - self.slots.start)

    def strings(self, codes: Codes) -> list[str]:
        """The comparison forms behind `codes`, none of them missing."""
        taken: list[str] = self.values.take(pa.array(codes)).to_pylist()
        return taken


@dataclass(frozen=True, slots=True)
class Whole:
    """What a frame that is part of a domain has to know of all of it, to weigh pairs alike.

    `records` are in the domain, `held[column]` values in a column. `counts[column]` says how many
    records hold each of the frame's values; columns that nobody counts are left out.
    """

    records: int
    held: Mapping[str, int]
    counts: Mapping[str, Ints]


@dataclass(frozen=True, slots=True)
class Frame:
    """`matrix` has shape (records, slots) and type int32; a record is one row of it.

    It is stored column by column, as it is read. `total` is the number of records of the domain
    that the frame is a part of. `similarities` keeps what was measured beforehand, by column and
    measure.
    """

    record_ids: npt.NDArray[Any]
    matrix: Codes
    columns: Mapping[str, FrameColumn]
    total: int | None = None
    similarities: dict[tuple[str, str], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __len__(self) -> int:
        return len(self.record_ids)

    @classmethod
    def of(
        cls,
        model: MatchModel,
        columns: Mapping[str, TextColumn],
        record_ids: Sequence[Any] | npt.NDArray[Any],
    ) -> "Frame":
        """The frame of `model` from raw attribute strings.

        `columns` maps attribute paths (`model.paths`) to Arrow string columns, one value a record;
        a path that is not given is missing everywhere. Raises `FrameError` for a path that the
        model does not read and for columns of different lengths.
        """
        ids = np.asarray(record_ids)
        _check(model, columns, len(ids))
        width = sum(column.width for column in model.columns)
        matrix = np.empty((len(ids), width), np.int32, order="F")
        slots = slots_of(model.columns)
        values = coded(model.columns, columns, matrix, slots)

        def built(name: str) -> FrameColumn:
            held = values[name]
            return FrameColumn(slots[name], held, _counts(matrix[:, slots[name]], len(held)))

        every = side_by_side(built, values, values=len(ids))
        return cls(ids, matrix, dict(zip(values, every, strict=True)))

    @classmethod
    def of_forms(
        cls,
        model: MatchModel,
        forms: Sequence[Forms],
        record_ids: Sequence[Any] | npt.NDArray[Any],
    ) -> "Frame":
        """The frame of records of which the comparison forms are known, slot by slot."""
        slots = slots_of(model.columns)
        by_slot = list(zip(*forms, strict=True))
        width = sum(column.width for column in model.columns)
        matrix = np.full((len(forms), width), MISSING, np.int32, order="F")
        built = {}
        for name, place in slots.items():
            known: dict[str | None, int] = {None: MISSING}
            for slot in range(place.start, place.stop) if forms else ():
                matrix[:, slot] = [known.setdefault(form, len(known) - 1) for form in by_slot[slot]]
            values = pa.array(list(known)[1:], pa.string())
            built[name] = FrameColumn(place, values, _counts(matrix[:, place], len(values)))
        return cls(np.asarray(record_ids), matrix, built)

    def within(self, whole: Whole) -> "Frame":
        """The same records as part of a domain."""
        columns = {
            name: replace(
                column, counts=whole.counts.get(name, column.counts), total=whole.held[name]
            )
            for name, column in self.columns.items()
        }
        return replace(self, columns=columns, total=whole.records)

    @property
    def population(self) -> int:
        """How many records the domain has that the frame is of."""
        return len(self) if self.total is None else self.total

    def codes(self, column: str, rows: Ints) -> list[Codes]:
        """The codes of `column` for `rows`, one array for each slot of the column."""
        slots = self.columns[column].slots
        return [self.matrix[:, slot].take(rows) for slot in range(slots.start, slots.stop)]

    def values(self, column: str, row: int) -> tuple[str, ...]:
        """The comparison forms that one record holds in `column`."""
        held = self.columns[column]
        codes = self.matrix[row, held.slots]
        return tuple(held.strings(codes[codes != MISSING]))

    def rows_of(self, record_ids: Sequence[Any] | npt.NDArray[Any]) -> Ints:
        """The rows of these records. Raises `FrameError` when one is not in the frame."""
        order = np.argsort(self.record_ids, kind="stable")
        wanted = np.asarray(record_ids)
        found = np.searchsorted(self.record_ids, wanted, sorter=order)
        rows: Ints = order[np.minimum(found, len(order) - 1)] if len(order) else found
        if len(wanted) and (not len(order) or (self.record_ids[rows] != wanted).any()):
            raise FrameError("a record that is asked for is not in the frame")
        return rows


def _check(model: MatchModel, columns: Mapping[str, TextColumn], records: int) -> None:
    unknown = sorted(set(columns) - set(model.paths))
    if unknown:
        raise FrameError(f"the model of {model.domain!r} does not read {', '.join(unknown)}")
    for path, column in columns.items():
        if len(column) != records:
            raise FrameError(f"{path} has {len(column)} values for {records} records")


def _counts(codes: Codes, values: int) -> Ints:
    every = codes.ravel(order="K") - np.int64(MISSING)
    return np.bincount(every, minlength=values + 1)[1:]
