"""Random draws that depend on seed, purpose, stream and index, and on nothing else."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
Mask = NDArray[np.bool_]
Entry = TypeVar("Entry")

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(32)


class Draws:
    """Draws by index, so that any chunk of a population can be made alone, in any order.

    The bits come from SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
    generators, 2014): the same in every release of Python and numpy, on every machine.
    """

    def __init__(self, seed: int, purpose: str) -> None:
        self._origin = f"{seed}/{purpose}"

    def bits(self, stream: str, index: Ints) -> Bits:
        """64 random bits for each index."""
        return _mix(index.astype(np.uint64) * _GOLDEN + _key(f"{self._origin}/{stream}"))

    def below(self, stream: str, index: Ints, limit: int | Ints) -> Ints:
        """Evenly spread whole numbers from 0 to below `limit` (itself below 2**31)."""
        high = self.bits(stream, index) >> _HALF
        return ((high * np.asarray(limit, dtype=np.uint64)) >> _HALF).astype(np.int64)

    def skewed(self, stream: str, index: Ints, limit: int) -> Ints:
        """Whole numbers below `limit`, small ones more often: the density falls as i**(-1/3).

        The shape stretches with `limit`, so twice as many names halve every name's share.
        """
        unit = (self.bits(stream, index) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        return (limit * (unit * np.sqrt(unit))).astype(np.int64)

    def chance(self, stream: str, index: Ints, probability: float) -> Mask:
        """True with `probability`."""
        return self.bits(stream, index) < np.uint64(int(probability * 2**64))

    def pick(self, stream: str, index: Ints, choices: Sequence[str]) -> list[str]:
        """One of `choices` for each index, each equally often."""
        return take(choices, self.below(stream, index, len(choices)))


def take(table: Sequence[Entry], index: Ints) -> list[Entry]:
    """The entries of `table` at `index`."""
    return list(map(table.__getitem__, index.tolist()))


def _mix(state: Bits) -> Bits:
    state = (state ^ (state >> np.uint64(30))) * _FIRST
    state = (state ^ (state >> np.uint64(27))) * _SECOND
    return state ^ (state >> np.uint64(31))


@lru_cache(maxsize=10_000)
def _key(name: str) -> np.uint64:
    return np.uint64(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big"))
