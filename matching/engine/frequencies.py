"""Term frequencies: sharing a rare value is stronger evidence than sharing a common one."""

import numpy as np

from matching.engine.arrays import MISSING, Codes, Floats, Ints
from matching.engine.frame import FrameColumn
from matching.engine.weights import REFERENCE_RECORDS

MOST_BITS = 6.0  # that rarity can add; there is no such limit on what a common value takes away


def adjustments(column: FrameColumn, chance: float, copies: int) -> Floats:
    """For each value of a column, the bits to add to a level when the records share that value.

    The first `copies` records that hold a value are not counted: they may all be one thing.
    """
    return np.asarray(bits_of_rarity(column.counts, column.held, chance, copies))


def bits_of_rarity(
    holders: Ints | int, held: int, chance: float, copies: int
) -> Floats | np.float64:
    """The bits of sharing a value that `holders` records hold, of `held` values in a column.

    log2(`chance` of sharing any value / share of this value), after Winkler (2000).
    """
    others = _others(holders, copies)
    share = (others + REFERENCE_RECORDS * chance) / (float(held) + REFERENCE_RECORDS)
    return np.minimum(np.log2(chance / share), MOST_BITS)


def learned_chance(column: FrameColumn, chance: float, copies: int) -> float:
    """How often two things share a value of the column: as seen, blended with what is expected."""
    held = float(column.counts.sum())
    seen = chance_of_sharing(column, copies)
    return float((held * seen + REFERENCE_RECORDS * chance) / (held + REFERENCE_RECORDS))


def chance_of_sharing(column: FrameColumn, copies: int) -> float:
    """How often two records of the frame share a value, leaving out `copies` of each value."""
    held = float(column.counts.sum())
    return float((column.counts * _others(column.counts, copies)).sum() / held**2) if held else 0.0


def _others(holders: Ints | int, copies: int) -> Floats | np.float64:
    return np.maximum(holders - copies, 0) * 1.0


def adjustment_of(codes: Codes, by_value: Floats) -> Floats:
    """The adjustment of each shared value; 0 where none is shared (-1)."""
    if not len(by_value):
        return np.zeros(len(codes))
    return np.where(codes == MISSING, 0.0, by_value[np.maximum(codes, 0)])
