"""Quality against a known truth: pairwise precision, recall and F1 of scored pairs and clusters."""

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.peers.sides import Predicted
from matching.files.truth import Quality

Array = npt.NDArray[Any]


def pairs_within(labels: Array) -> int:
    """How many pairs of rows have the same label."""
    sizes = np.unique(labels, return_counts=True)[1].astype(np.int64)
    return int((sizes * (sizes - 1) // 2).sum())


def of_clusters(cluster: Array, truth: Array) -> Quality:
    """Every two rows with the same number in `cluster` count as a pair; `truth` likewise."""
    _, one = np.unique(cluster, return_inverse=True)
    names, other = np.unique(truth, return_inverse=True)
    both = one.astype(np.int64) * len(names) + other
    return Quality(found=pairs_within(cluster), right=pairs_within(both), true=pairs_within(truth))


def at_threshold(weight: Array, same: Array, true: int, threshold: float) -> Quality:
    """Pairs that weigh at least `threshold`; `same` says which are right, `true` how many exist.

    True pairs that were never scored count as missed.
    """
    kept = weight >= threshold
    return Quality(found=int(kept.sum()), right=int(same[kept].sum()), true=true)


def at_best_threshold(weight: Array, same: Array, true: int) -> tuple[Quality, float]:
    """The threshold with the highest F1, and the quality there. Pairs of one weight stay together.

    Without pairs the threshold is infinite.
    """
    if not len(weight):
        return Quality(found=0, right=0, true=true), float("inf")
    order = np.argsort(-weight, kind="stable")
    right = np.cumsum(same[order].astype(np.int64))
    last_of_its_weight = np.flatnonzero(np.diff(weight[order], append=-np.inf))
    found = last_of_its_weight + 1
    best = int(np.argmax(2 * right[last_of_its_weight] / (found + true)))
    at = last_of_its_weight[best]
    quality = Quality(found=int(found[best]), right=int(right[at]), true=true)
    return quality, float(weight[order][at])


def largest(cluster: Array) -> int:
    """The number of records in the largest cluster."""
    return int(np.unique(cluster, return_counts=True)[1].max(initial=0))


def figures_of(found: Predicted, truth: Array) -> dict[str, Any]:
    """What a side is judged by on a real set: its final clusters, and its pairs at their best."""
    clusters = of_clusters(found.cluster, truth)
    same = truth[found.left] == truth[found.right]
    best, threshold = at_best_threshold(found.match_weight, same, clusters.true)
    return {
        "cluster F1": clusters.f1,
        "cluster precision": clusters.precision,
        "cluster recall": clusters.recall,
        "largest cluster": largest(found.cluster),
        "best F1 of pairs": best.f1,
        "best precision": best.precision,
        "best recall": best.recall,
        "best threshold": threshold,
    }
