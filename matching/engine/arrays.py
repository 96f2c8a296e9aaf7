"""The arrays that the engine passes around, and the code for a missing value."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
MISSING = -1
_BITS = 63  # of a number of 64 that is not negative


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


def sorting(numbers: Ints) -> Ints:
    """The order that sorts numbers, none of them negative; equal ones stay as they come.

    Sorting numbers is several times quicker than sorting places by them: so each carries its place.
    """
    bits = len(numbers).bit_length()
    if int(numbers.max(initial=0)).bit_length() + bits > _BITS:
        return np.argsort(numbers, kind="stable")
    carrying = numbers << bits
    carrying |= np.arange(len(numbers))
    carrying.sort()
    carrying &= (1 << bits) - 1
    return carrying


def _dense(keys: Ints) -> tuple[Ints, int]:
    distinct, codes = np.unique(keys, return_inverse=True)
    return codes.astype(np.int64), len(distinct)
