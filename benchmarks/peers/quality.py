"""Quality against a known truth: pairwise precision, recall and F1 of scored pairs and clusters."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Quality:
    """Of `found` pairs `right` are among the `true` ones."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / max(1, self.found + self.true)


def pairs_within(labels: Array) -> int:
    """How many pairs of rows have the same label."""
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def of_clusters(cluster: Array, truth: Array) -> Quality:
    """Every two rows with the same number in `cluster` count as a pair; `truth` likewise."""
    _, one = np.unique(cluster, return_inverse=True)
    names, other = np.unique(truth, return_inverse=True)
    both = one.astype(np.int64) * len(names) + other
    return Quality(pairs_within(both), pairs_within(cluster), pairs_within(truth))


def at_threshold(weight: Array, same: Array, true: int, threshold: float) -> Quality:
    """Pairs that weigh at least `threshold`; `same` says which are right, `true` how many exist.

    True pairs that were never scored count as missed.
    """
    kept = weight >= threshold
    return Quality(int(same[kept].sum()), int(kept.sum()), true)


def at_best_threshold(weight: Array, same: Array, true: int) -> tuple[Quality, float]:
    """The threshold with the highest F1, and the quality there. Pairs of one weight stay together.

    Without pairs the threshold is infinite.
    """
    if not len(weight):
        return Quality(0, 0, true), float("inf")
    order = np.argsort(-weight, kind="stable")
    right = np.cumsum(same[order].astype(np.int64))
    last_of_its_weight = np.flatnonzero(np.diff(weight[order], append=-np.inf))
    found = last_of_its_weight + 1
    best = int(np.argmax(2 * right[last_of_its_weight] / (found + true)))
    at = last_of_its_weight[best]
    return Quality(int(right[at]), int(found[best]), true), float(weight[order][at])


def largest(cluster: Array) -> int:
    """The number of records in the largest cluster."""
    return int(np.unique(cluster, return_counts=True)[1].max(initial=0))
