"""The row matrix of a run: all that any range of its pairs is scored from, as one file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import pyarrow as pa

from matching.engine.arrays import Mask
from matching.engine.blocking import Blocking
from matching.engine.blocks import Blocks, PassReport
from matching.engine.document import from_dict, to_dict
from matching.engine.frame import Frame, FrameColumn
from matching.engine.model import MatchModel
from matching.engine.ranges import Comparing
from matching.engine.score import Scorer
from matching.engine.weights import Weights
from matching.frames import Records
from matching.shards.array_file import Array, map_arrays, write_arrays

_OF_BLOCKS = ("block", "place", "rows", "keys", "partners")


@dataclass(frozen=True, slots=True)
class Matrix:
    """The records of a domain as a run sees them; `changed` is a mask of the rows to compare."""

    model: MatchModel
    weights: Weights
    records: Records
    blocking: Blocking
    changed: Mask

    def comparing(self) -> Comparing:
        scorer = Scorer(self.records.frame, self.model, self.weights)
        return Comparing(scorer, self.blocking, self.model.review_at, self.changed)


def write(file: IO[bytes], matrix: Matrix) -> None:
    frame = matrix.records.frame
    arrays: dict[str, Array] = {
        "versions": matrix.records.versions,
        "golden": matrix.records.golden,
        "changed": matrix.changed,
        "record_ids": frame.record_ids,
        "matrix": frame.matrix,
    }
    for number, column in enumerate(frame.columns.values()):
        arrays[f"counts {number}"] = column.counts
        arrays |= _text_arrays(column.values, f"column {number}")
    for number, blocks in enumerate(matrix.blocking.passes):
        arrays |= {f"{name} {number}": getattr(blocks, name) for name in _OF_BLOCKS}
    facts = {
        "model": to_dict(matrix.model),
        "weights": matrix.weights.to_dict(),
        "columns": [
            [name, column.slots.start, column.slots.stop] for name, column in frame.columns.items()
        ],
        "passes": [asdict(report) for report in matrix.blocking.reports],
    }
    write_arrays(file, arrays, facts)


def mapped(path: Path) -> Matrix:
    """The matrix in a file that `write` wrote, mapped into memory."""
    arrays, facts = map_arrays(path)
    model = from_dict(facts["model"])
    columns = {
        name: FrameColumn(
            slice(start, stop), _text(arrays, f"column {number}"), arrays[f"counts {number}"]
        )
        for number, (name, start, stop) in enumerate(facts["columns"])
    }
    passes = [
        Blocks(**_of_pass(arrays, number), report=PassReport(**report))
        for number, report in enumerate(facts["passes"])
    ]
    return Matrix(
        model=model,
        weights=Weights.from_dict(facts["weights"]),
        records=Records(
            frame=Frame(arrays["record_ids"], arrays["matrix"], columns),
            versions=arrays["versions"],
            golden=arrays["golden"],
        ),
        blocking=Blocking(passes, model.window),
        changed=arrays["changed"],
    )


def _of_pass(arrays: Mapping[str, Array], number: int) -> dict[str, Array]:
    return {name: arrays[f"{name} {number}"] for name in _OF_BLOCKS}


def _text_arrays(values: pa.StringArray, name: str) -> dict[str, Array]:
    """The two buffers of an Arrow array of strings, none of which is missing."""
    whole = pa.concat_arrays([values, pa.array([], pa.string())])  # starts at 0
    _, offsets, letters = whole.buffers()
    bytes_ = np.frombuffer(letters, np.uint8) if letters else np.zeros(0, np.uint8)
    ends = np.frombuffer(offsets, np.int32, len(whole) + 1) if len(whole) else np.zeros(1, np.int32)
    return {f"{name} ends": ends, f"{name} letters": bytes_[: ends[-1]]}


def _text(arrays: Mapping[str, Array], name: str) -> pa.StringArray:
    ends: Any = arrays[f"{name} ends"]
    buffers = pa.py_buffer(ends), pa.py_buffer(arrays[f"{name} letters"])
    return pa.StringArray.from_buffers(len(ends) - 1, *buffers)
