"""Clusters: which records are one thing, given scored pairs and what is settled already.

Links of at least `merge_at` bits join records, strongest first. A link that would put records
into one cluster that must be apart is refused and reported, never silently dropped.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from matching.engine.arrays import MISSING, Codes, Ints, Mask
from matching.engine.constraints import ALONE, Constraints
from matching.engine.groups import Groups, Reason
from matching.engine.identifiers import NO_VETO, Held
from matching.engine.joining import joined
from matching.engine.model import Guard, Joining, MatchModel
from matching.engine.score import ScoredPairs

_NO_LINKS = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A link that was strong enough but would have joined what must stay apart.

    `detail` names the identifier in conflict. The link joined the clusters of `left` and `right`.
    """

    left: int
    right: int
    match_weight: float
    reason: Reason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Clusters:
    """`of_row[row]` is the first row of the cluster that a record is in."""

    of_row: Ints
    refusals: tuple[Refusal, ...]

    def together(self, left: Ints, right: Ints) -> Mask:
        return np.asarray(self.of_row[left] == self.of_row[right])

    def members(self) -> dict[int, list[int]]:
        """The rows of every cluster of two records or more, by its first row."""
        order = np.argsort(self.of_row, kind="stable")
        firsts, starts, sizes = np.unique(self.of_row[order], return_index=True, return_counts=True)
        return {
            int(first): order[start : start + size].tolist()
            for first, start, size in zip(firsts, starts, sizes, strict=True)
            if size > 1
        }


def find_clusters(
    pairs: ScoredPairs, model: MatchModel, identifiers: Sequence[Held], constraints: Constraints
) -> Clusters:
    """Clusters of all records of the frame that `pairs`, in order of rows, and `constraints` name.

    Records in one group of `constraints.together` are together, whatever the pairs say.
    """
    strong = np.flatnonzero((pairs.match_weight >= model.merge_at) & (pairs.veto == NO_VETO))
    links = pairs.where(strong[np.argsort(-pairs.match_weight[strong], kind="stable")])
    if model.joining:
        rough = _joined(pairs.where(pairs.veto == NO_VETO), model, model.joining, constraints)
        inside = rough[links.left] == rough[links.right]
        held_up, bridges = links.where(inside), links.where(~inside)
    else:
        held_up, bridges = _without_weak_bridges(links, len(constraints.together), model.guard)
        rough = _components(held_up, constraints.together)
    suspects = _suspect_components(rough, identifiers, constraints)
    of_row, refused = _joined_with_care(held_up, rough, suspects, identifiers, constraints)
    stray = ~(of_row[bridges.left] == of_row[bridges.right])
    return Clusters(of_row, (*refused, *_refusals(bridges.where(stray), "weak bridge")))


def _joined(
    links: ScoredPairs, model: MatchModel, joining: Joining, constraints: Constraints
) -> Ints:
    """The first row of the group that every row joins by links of `review_at` bits or more."""
    together = _components(links.where(_NO_LINKS), constraints.together)
    group = joined(
        np.unique(together, return_inverse=True)[1],
        links.left,
        links.right,
        links.match_weight,
        join_at=model.merge_at,
        unlinked=model.review_at,
        support=joining.support,
    )
    return _first_rows(group)


def _components(links: ScoredPairs, together: Codes) -> Ints:
    """The first row of every row's connected component."""
    grouped = np.flatnonzero(together != ALONE)
    _, first, group = np.unique(together[grouped], return_index=True, return_inverse=True)
    left = np.concatenate([links.left, grouped[first][group]])
    right = np.concatenate([links.right, grouped])
    is_linked = np.zeros(len(together), np.bool_)
    is_linked[left] = is_linked[right] = True
    linked = np.flatnonzero(is_linked)
    number = np.cumsum(is_linked, dtype=np.int32) - np.int32(1)
    component = np.arange(len(together))
    component[linked] = linked[_first_reached(number.take(left), number.take(right), len(linked))]
    return component


def _first_reached(one: Codes, other: Codes, nodes: int) -> Codes:
    """The first node to which links lead from each node.

    Each tree is hung on the first one that a link of it leads to, until no link leads out of any.
    In two turns each tree with such a link is hung on another or has one hung on it: so they become
    at most half as many.
    """
    first = np.arange(nodes, dtype=np.int32)
    while len(one):
        np.minimum.at(first, np.maximum(one, other), np.minimum(one, other))
        while not np.array_equal(first, root := first.take(first)):
            first = root
        one, other = first.take(one), first.take(other)
        leading_out = np.flatnonzero(one != other)
        one, other = one.take(leading_out), other.take(leading_out)
    return first


def _first_rows(group: Ints) -> Ints:
    """For each row the first row of its group."""
    first_row = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    first_row[group[::-1]] = np.arange(len(group))[::-1]  # the first comes last, and stays
    rows: Ints = first_row[group]
    return rows


def _without_weak_bridges(
    links: ScoredPairs, records: int, guard: Guard | None
) -> tuple[ScoredPairs, ScoredPairs]:
    """Links that hold, and links of a larger cluster that are weak and that nobody supports."""
    if guard is None or not len(links):
        return links, links.where(np.zeros(len(links), np.bool_))
    component = _components(links, np.full(records, ALONE, np.int32))
    size = np.bincount(component, minlength=records)
    weak = (links.match_weight < guard.below) & (size[component[links.left]] >= guard.smallest)
    if weak.any():
        weak[weak] = ~_in_a_triangle(links, weak, records)
    return links.where(~weak), links.where(weak)


def _in_a_triangle(links: ScoredPairs, wanted: Mask, records: int) -> Mask:
    """Whether the two records of each wanted link have a third one linked to both."""
    ones = np.ones(2 * len(links), np.int32)
    ends = np.concatenate([links.left, links.right]), np.concatenate([links.right, links.left])
    neighbours = csr_array((ones, ends), shape=(records, records))
    left, right = neighbours[links.left[wanted]], neighbours[links.right[wanted]]
    return np.asarray(left.multiply(right).sum(axis=1)).ravel() > 0


def _suspect_components(rough: Ints, identifiers: Sequence[Held], constraints: Constraints) -> Mask:
    """Which components (by first row) hold records that must be apart."""
    suspect = np.zeros(len(rough), np.bool_)
    apart = constraints.apart
    inside = rough[apart[:, 0]] == rough[apart[:, 1]]
    suspect[rough[apart[inside, 0]]] = True
    in_company = np.bincount(rough, minlength=len(rough)).take(rough) > 1
    for held in identifiers:
        rows = np.flatnonzero(in_company & (held.value != MISSING))
        order = rows[np.lexsort((held.value[rows], held.scope[rows], rough[rows]))]
        before, after = order[:-1], order[1:]
        clash = (rough[before] == rough[after]) & held.conflict(before, after)
        suspect[rough[before[clash]]] = True
    return suspect


def _joined_with_care(
    links: ScoredPairs,
    rough: Ints,
    suspects: Mask,
    identifiers: Sequence[Held],
    constraints: Constraints,
) -> tuple[Ints, list[Refusal]]:
    """Takes suspect components apart and joins them again link by link, the strongest first."""
    of_row = rough.copy()
    rows = np.flatnonzero(suspects[rough])
    if not len(rows):
        return of_row, []
    groups = Groups(rows, identifiers, constraints)
    inside = links.where(suspects[rough[links.left]])
    refused = []
    for left, right, weight in zip(
        inside.left.tolist(), inside.right.tolist(), inside.match_weight.tolist(), strict=True
    ):
        refusal = groups.join(left, right)
        if refusal is not None:
            refused.append(Refusal(left, right, weight, *refusal))
    for row in rows.tolist():
        of_row[row] = groups.first_row(row)
    return of_row, [item for item in refused if of_row[item.left] != of_row[item.right]]


def _refusals(links: ScoredPairs, reason: Reason) -> Iterator[Refusal]:
    for left, right, weight in zip(
        links.left.tolist(), links.right.tolist(), links.match_weight.tolist(), strict=True
    ):
        yield Refusal(left, right, weight, reason)
