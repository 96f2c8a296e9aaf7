"""Joining: which groups of records the links between them make one, judged by all of a group.

One link is enough for two single records. Of two groups one must be linked as a whole: the
strongest links of its records with the other group weigh `merge_at` on average. So a lone slip of
the pen does not make two families one, whereas a record of which little is known joins the many
members of a cluster that it somewhat resembles.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from matching.engine.arrays import Floats, Ints


@dataclass(frozen=True, slots=True)
class _Sides:
    """Each group seen from each group that it has links with; one item a direction.

    `best` sums the strongest link of every record of `mine` that is linked with `theirs`, of which
    there are `linked`.
    """

    mine: Ints
    theirs: Ints
    best: Floats
    linked: Ints


def joined(
    group: Ints,
    left: Ints,
    right: Ints,
    match_weight: Floats,
    *,
    join_at: float,
    unlinked: float,
    support: float,
) -> Ints:
    """The groups after joining, by a number for each row; `group` numbers, from 0, those before.

    A group joins another when the strongest links of its records with the other, a record without
    one counting `unlinked` bits, weigh `join_at` on average. Each doubling of the records of the
    other that have a link with it adds a bit, `support` at most. Groups join where they are closest
    first; what `left`, `right` and `match_weight` link is scored pairs of at least `unlinked` bits.
    """
    while True:
        between = group[left] != group[right]
        left, right, match_weight = left[between], right[between], match_weight[between]
        sides = _sides(group, left, right, match_weight)
        size = np.bincount(group)
        chosen = _choices(sides, _closeness(sides, size, unlinked, support), join_at)
        if not len(chosen):
            return group
        ends = sides.mine[chosen], sides.theirs[chosen]
        edges = coo_array((np.ones(len(chosen), np.bool_), ends), shape=(len(size), len(size)))
        group = connected_components(edges, directed=False)[1][group]


def _sides(group: Ints, left: Ints, right: Ints, match_weight: Floats) -> _Sides:
    row = np.concatenate([left, right])
    theirs = group[np.concatenate([right, left])]
    weight = np.concatenate([match_weight, match_weight])
    key = row * (len(group) + 1) + theirs
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    best = np.maximum.reduceat(weight[order], first) if len(first) else weight
    mine, theirs = group[row[order][first]], theirs[order][first]
    order = np.lexsort((theirs, mine))
    mine, theirs, best = mine[order], theirs[order], best[order]
    new = (np.diff(mine, prepend=-1) != 0) | (np.diff(theirs, prepend=-1) != 0)
    start = np.flatnonzero(new)
    linked = np.diff(start, append=len(mine))
    summed = np.add.reduceat(best, start) if len(start) else best
    return _Sides(mine[start], theirs[start], summed, linked)


def _closeness(sides: _Sides, size: Ints, unlinked: float, support: float) -> Floats:
    """Bits with which each `mine` would join its `theirs`."""
    of_mine = size[sides.mine]
    average = (sides.best + unlinked * (of_mine - sides.linked)) / of_mine
    back = np.lexsort((sides.mine, sides.theirs))  # the same links, seen from the other side
    supporters = np.empty(len(back), np.int64)
    supporters[back] = sides.linked
    closeness: Floats = average + np.minimum(np.log2(supporters), support)
    return closeness


def _choices(sides: _Sides, closeness: Floats, join_at: float) -> Ints:
    """Of each group the closest one that it may join: the largest `closeness`, then the first."""
    close = np.flatnonzero(closeness >= join_at)
    order = close[np.lexsort((sides.theirs[close], -closeness[close], sides.mine[close]))]
    first: Ints = order[np.flatnonzero(np.diff(sides.mine[order], prepend=-1))]
    return first
