"""What each side of a comparison is given, and what it gives back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Training:
    """How Splink learns without labels.

    `sure` are rules of which practically every pair is one thing, and `recall` is the share of all
    such pairs that they find: from them comes the prior. m comes from one session of expectation
    maximisation for each rule of `sessions`. All are SQL over "l" and "r".
    """

    sure: Sequence[str]
    recall: float
    sessions: Sequence[str]


@dataclass(frozen=True, slots=True)
class Predicted:
    """Pairs of rows with their match weight in bits, and for each row the number of its cluster."""

    left: Ints
    right: Ints
    match_weight: Floats
    cluster: Ints
