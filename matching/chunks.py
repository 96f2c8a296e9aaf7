"""What a run leaves to be applied: clusters in chunks, each for one transaction."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matching.engine.arrays import Floats, Ints
from matching.engine.constraints import ALONE
from matching.engine.match import MatchResult, Outcome
from matching.frames import Records
from matching.targets import Cluster
from mdm.bulk import fetch


def of_clusters(
    records: Records, result: MatchResult, size_of_chunk: int, *, anew: bool
) -> Iterator[list[Cluster]]:
    """The clusters that are not yet one golden record, `size_of_chunk` records at a time.

    A cluster is a list of [source record id, best match weight within the cluster or null]. `anew`
    also those that are part of a golden record; all clusters of one are then in the same chunk.
    """
    cluster = result.clusters.of_row
    whole = _wholes(records.golden, cluster) if anew else cluster
    order, starts, ends = _unsettled(records.golden, cluster, whole)
    best = np.round(_best_weights(result, len(records.frame))[order], 4)
    weights = [None if bits != bits else bits for bits in best.tolist()]  # NaN differs from itself
    members = list(zip(records.frame.record_ids[order].tolist(), weights, strict=True))
    wholes = whole[order[starts]].tolist()
    chunk: list[Cluster] = []
    size, before = 0, -1
    for start, end, number in zip(starts.tolist(), ends.tolist(), wholes, strict=True):
        if size >= size_of_chunk and number != before:
            yield chunk
            chunk, size = [], 0
        chunk.append(members[start:end])
        size, before = size + end - start, number
    if chunk:
        yield chunk


def of_isolated(domain: str, size_of_chunk: int) -> Iterator[list[Cluster]]:
    """Records that take no part in matching and are not linked: a golden record for each."""
    rows = fetch(
        "SELECT id FROM mdm_sourcerecord r WHERE domain = %s AND isolated AND NOT EXISTS ("
        "SELECT FROM mdm_crosswalklink WHERE record_id = r.id AND unlinked_at IS NULL) ORDER BY 1",
        [domain],
    )
    for start in range(0, len(rows), size_of_chunk):
        yield [[(row[0], None)] for row in rows[start : start + size_of_chunk]]


def _wholes(golden: Ints, cluster: Ints) -> Ints:
    """For each row a number of all that clusters and golden records join, one way or the other."""
    linked = np.flatnonzero(golden != ALONE)
    count = len(cluster) + int(golden.max(initial=ALONE)) + 1
    edges = coo_array(
        (np.ones(len(linked), np.bool_), (cluster[linked], len(cluster) + golden[linked])),
        shape=(count, count),
    )
    number: Ints = connected_components(edges, directed=False)[1]
    return number[cluster].astype(np.int64)


def _unsettled(golden: Ints, cluster: Ints, whole: Ints) -> tuple[Ints, Ints, Ints]:
    """The rows in order of wholes and clusters, and where each cluster starts and ends.

    Of those wholes that are unsettled: with an unlinked record, several golden records or several
    clusters.
    """
    order = np.lexsort((golden, cluster) if whole is cluster else (golden, cluster, whole))
    if not len(order):
        return order, order, order
    starts, ends = _runs(cluster[order])
    first, last = golden[order[starts]], golden[order[ends - 1]]
    unsettled = (first == ALONE) | (first != last)
    if whole is not cluster:
        begins, finishes = _runs(whole[order[starts]])
        several = finishes - begins
        unsettled = np.repeat(np.logical_or.reduceat(unsettled, begins) | (several > 1), several)
    return order, starts[unsettled], ends[unsettled]


def _runs(values: Ints) -> tuple[Ints, Ints]:
    """Where each run of equal values starts and ends."""
    starts = np.flatnonzero(np.r_[True, np.diff(values) != 0])
    return starts, np.r_[starts[1:], len(values)]


def _best_weights(result: MatchResult, count: int) -> Floats:
    """For each row its strongest merging pair in bits, NaN for a row without one."""
    merging = result.having(Outcome.MERGE)
    best = np.full(count, -np.inf)
    np.maximum.at(best, merging.left, merging.match_weight)
    np.maximum.at(best, merging.right, merging.match_weight)
    return np.where(np.isneginf(best), np.nan, best)
