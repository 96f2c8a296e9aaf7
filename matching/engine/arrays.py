"""The arrays that the engine passes around, and the code for a missing value."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
MISSING = -1


def combined(columns: Sequence[Codes], sizes: Sequence[int]) -> Ints:
    """One number for each row that is equal where all codes are equal, missing ones included.

    `sizes[i]` is the number of distinct codes of `columns[i]`; any number of columns fits.
    """
    keys = np.zeros(len(columns[0]), np.int64)
    span = 1
    for codes, size in zip(columns, sizes, strict=True):
        if span * (size + 1) >= 2**62:
            keys, span = _dense(keys)
        keys = keys * (size + 1) + (codes + 1)
        span *= size + 1
    return keys


def _dense(keys: Ints) -> tuple[Ints, int]:
    distinct, codes = np.unique(keys, return_inverse=True)
    return codes.astype(np.int64), len(distinct)
