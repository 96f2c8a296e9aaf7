"""Arrays in one file: many processes map it into memory, and none copies it."""

from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import orjson

Array = npt.NDArray[Any]
_ALIGNMENT = 64
_LENGTH = 8  # bytes that say how long the table of contents is


def write_arrays(file: IO[bytes], arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
    """Write named arrays of numbers, and plain values that describe them."""
    contents, position = {}, 0
    for name, array in arrays.items():
        position += -position % _ALIGNMENT
        by_column = array.ndim > 1 and array.flags.f_contiguous
        contents[name] = (array.dtype.str, array.shape, "F" if by_column else "C", position)
        position += array.nbytes
    head = orjson.dumps({"arrays": contents, "facts": facts})
    head += b" " * (-(_LENGTH + len(head)) % _ALIGNMENT)
    file.write(len(head).to_bytes(_LENGTH, "little") + head)
    written = 0
    for name, array in arrays.items():
        _, _, order, position = contents[name]
        file.write(b"\0" * (position - written))
        file.write(np.ascontiguousarray(array.T if order == "F" else array).data)
        written = position + array.nbytes


def map_arrays(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """The arrays of a file, read-only and on disk until they are touched, and the plain values."""
    mapped = np.memmap(path, np.uint8, "r")
    begin = _LENGTH + int.from_bytes(mapped[:_LENGTH].tobytes(), "little")
    head = orjson.loads(mapped[_LENGTH:begin].tobytes())
    arrays = {}
    for name, (dtype, shape, order, position) in head["arrays"].items():
        size = np.dtype(dtype).itemsize * int(np.prod(shape))
        part = mapped[begin + position : begin + position + size].view(np.ndarray)
        arrays[name] = part.view(dtype).reshape(shape, order=order)
    return arrays, head["facts"]
