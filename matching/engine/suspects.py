"""Clusters that may hold two things: too large, too thin, hanging on one link, or contradictory.

A proposal of how to split one says which records would be together, and which link joins the parts.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import MISSING, Ints, Mask
from matching.engine.identifiers import Held
from matching.engine.judgements import Things

LARGE = 50  # records from which any cluster is looked at
_SEVERAL = 6  # records from which a cluster may be too thin
_THIN = 0.3  # of its pairs alike at all

Link = tuple[int, int, float]
"""Two records of a cluster that are alike at all, and their match weight in bits."""

Values = Mapping[int, tuple[int, int]]
"""By record the scope and the value of an identifier, for those that hold one."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What is odd about a cluster, in words, and how it could be split.

    `bridge` is the link that joins the parts, empty where none does.
    """

    findings: tuple[str, ...]
    parts: tuple[tuple[int, ...], ...]
    bridge: tuple[int, ...] = ()


def suspicion(
    members: Sequence[int], links: Iterable[Link], identifiers: Mapping[str, Values]
) -> Suspicion | None:
    """What is odd about a cluster of records, if anything is."""
    ordered = sorted(links, key=lambda link: (-link[2], link[:2]))
    different = [name for name, held in identifiers.items() if _differ(held)]
    if different:
        parts, bridge = _parted(members, ordered, identifiers)
        return Suspicion(tuple(f"{name} differs" for name in different), parts, bridge)
    islands = _parts(members, ordered)
    if len(islands) > 1:
        return Suspicion(("nothing joins its parts any more",), islands)
    findings = [*_of_size(len(members), len(ordered))]
    bridges = _bridges(members, ordered)
    if bridges:
        findings.append("one link alone joins its parts")
    if not findings:
        return None
    parts, bridge = bridges[0] if bridges else _weakest(members, ordered)
    return Suspicion(tuple(findings), parts, bridge)


def thin(cluster: Ints, left: Ints, right: Ints, touched: Mask) -> Ints:
    """The clusters, by number, that may be odd: few pairs for their size, or very large.

    Of those with a touched row; `cluster` numbers by the row of a member, `left` and `right` are
    pairs of rows.
    """
    size = np.bincount(cluster)
    inside = cluster[left] == cluster[right]
    pairs = np.bincount(cluster[left[inside]], minlength=len(size))
    without_one = (size - 1) * (size - 2) // 2  # pairs of all but one: with more it hangs together
    odd = (size > 1) & ((pairs <= without_one) | (size >= LARGE))
    odd[odd] = np.isin(np.flatnonzero(odd), cluster[touched])
    return np.flatnonzero(odd)


def torn(cluster: Ints, identifiers: Sequence[Held]) -> Ints:
    """The clusters, by number, that hold different values of an identifier; rows by cluster."""
    found = []
    for held in identifiers:
        rows = np.flatnonzero(held.value != MISSING)
        order = rows[np.lexsort((held.value[rows], held.scope[rows], cluster[rows]))]
        before, after = order[:-1], order[1:]
        clash = (cluster[before] == cluster[after]) & held.conflict(before, after)
        found.append(cluster[before[clash]])
    return np.unique(np.concatenate([np.zeros(0, np.int64), *found]))


def _of_size(size: int, pairs: int) -> Iterable[str]:
    if size >= LARGE:
        yield f"{size} records"
    if size >= _SEVERAL and pairs < _THIN * size * (size - 1) / 2:
        yield f"only {pairs} of {size * (size - 1) // 2} pairs are alike"


def _differ(held: Values) -> bool:
    values: dict[int, set[int]] = defaultdict(set)
    for scope, value in held.values():
        values[scope].add(value)
    return any(len(each) > 1 for each in values.values())


def _parted(
    members: Sequence[int], links: Sequence[Link], identifiers: Mapping[str, Values]
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """Parts that are joined by the strongest links first, as far as no identifier differs."""
    things, bridge = Things(), tuple[int, ...]()
    holds: dict[int, dict[tuple[str, int], int]] = {record: {} for record in members}
    for name, values in identifiers.items():
        for record, (scope, value) in values.items():
            holds[record][name, scope] = value
    for left, right, _ in links:
        one, other = things.of(left), things.of(right)
        if one == other:
            continue
        mine, theirs = holds[one], holds[other]
        if any(mine[key] != theirs[key] for key in mine.keys() & theirs.keys()):
            bridge = bridge or (left, right)
            continue
        things.join((one, other))
        holds[things.of(one)] = mine | theirs
    return _listed(members, things), bridge


def _parts(members: Sequence[int], links: Iterable[Link]) -> tuple[tuple[int, ...], ...]:
    things = Things()
    for left, right, _ in links:
        things.join((left, right))
    return _listed(members, things)


def _listed(members: Sequence[int], things: Things) -> tuple[tuple[int, ...], ...]:
    """The parts, the largest first, then by their first record."""
    parts: dict[int, list[int]] = defaultdict(list)
    for record in sorted(members):
        parts[things.of(record)].append(record)
    return tuple(sorted(map(tuple, parts.values()), key=lambda part: (-len(part), part)))


def _weakest(
    members: Sequence[int], links: Sequence[Link]
) -> tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]:
    """The two parts that the strongest links make, and the link that would join them."""
    things, last, used = Things(), tuple[int, ...](), list[Link]()
    for link in links:
        if things.of(link[0]) != things.of(link[1]):
            things.join(link[:2])
            used.append(link)
            last = link[:2]
    return _parts(members, used[:-1]), last


def _bridges(
    members: Sequence[int], links: Sequence[Link]
) -> list[tuple[tuple[tuple[int, ...], ...], tuple[int, ...]]]:
    """Links without which the cluster falls into parts of two records or more, weakest first.

    Only links of a spanning tree can be bridges; each is tried.
    """
    found = []
    things = Things()
    for link in links:
        if things.of(link[0]) == things.of(link[1]):
            continue
        things.join(link[:2])
        parts = _parts(members, (other for other in links if other is not link))
        if len(parts) == 2 and len(parts[-1]) > 1:
            found.append((link[2], parts, link[:2]))
    return [(parts, bridge) for _, parts, bridge in sorted(found)]
