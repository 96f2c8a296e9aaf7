"""The records of a cluster and the evidence between them: as a drawing, and as a table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any

from django.utils.translation import ngettext

from matching.charts.markup import Markup, joined, tag
from matching.models import MatchPair
from stewardship import wording

MOST = 150
_SIZE, _RADIUS = 320, 120


@dataclass(frozen=True, slots=True)
class Edge:
    """Evidence between two records; a `bridge` alone holds two sides together."""

    pair_id: int
    left: int
    right: int
    match_weight: float
    bridge: bool

    @property
    def chance(self) -> str:
        return wording.probability(self.match_weight)


def edges_between(members: Collection[int]) -> tuple[list[Edge], int]:
    """The pairs of members that are alike, the strongest first, and how many more there are.

    The strongest `MOST` and every bridge: a hundred members may have thousands of pairs.
    """
    pairs = MatchPair.objects.filter(left__in=members, right__in=members)
    rows = (
        pairs.exclude(state=MatchPair.State.OBSOLETE)
        .order_by("-match_weight", "pk")
        .values_list("pk", "left_id", "right_id", "match_weight")
    )
    alone = bridges([(left, right) for _, left, right, weight in rows if weight > 0])
    edges = [
        Edge(pk, left, right, weight, weight > 0 and (left, right) in alone)
        for pk, left, right, weight in rows
    ]
    shown = [each for place, each in enumerate(edges) if place < MOST or each.bridge]
    return shown, len(edges) - len(shown)


def numbered(edges: Sequence[Edge], members: Sequence[int]) -> list[dict[str, Any]]:
    """The edges with the numbers that their ends have in the table."""
    numbers = {id_: number for number, id_ in enumerate(members, 1)}
    return [
        {"edge": each, "left": numbers[each.left], "right": numbers[each.right]} for each in edges
    ]


def bridges(links: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """The links whose ends are apart without them: one walk in depth, R. E. Tarjan 1974.

    A link is a bridge if no other one leads from below it back to its upper end, or beyond.
    """
    near: dict[int, list[int]] = {}
    for one, other in links:
        near.setdefault(one, []).append(other)
        near.setdefault(other, []).append(one)
    order: dict[int, int] = {}
    highest: dict[int, int] = {}
    found = set[tuple[int, int]]()
    for root in near:
        if root not in order:
            order[root] = highest[root] = len(order)
            _walk(root, near, order, highest, found)
    return found


def _walk(
    root: int,
    near: Mapping[int, Sequence[int]],
    order: dict[int, int],
    highest: dict[int, int],
    found: set[tuple[int, int]],
) -> None:
    """Walk all that hangs together with `root`: the order of arrival, and how high each leads."""
    way = [(root, root, iter(near[root]))]
    while way:
        here, above, ahead = way[-1]
        for there in ahead:
            if there not in order:
                order[there] = highest[there] = len(order)
                way.append((there, here, iter(near[there])))
                break
            if there != above:
                highest[here] = min(highest[here], order[there])
        else:
            way.pop()
            highest[above] = min(highest[above], highest[here])
            if highest[here] > order[above]:
                found.add((min(here, above), max(here, above)))


def drawn(members: Sequence[int], edges: Sequence[Edge], part_of: dict[int, int]) -> Markup:
    """The members in a circle, numbered as in the table; bridges are dashed."""
    place = {
        id_: (
            _SIZE / 2 + _RADIUS * sin(2 * pi * number / len(members)),
            _SIZE / 2 - _RADIUS * cos(2 * pi * number / len(members)),
        )
        for number, id_ in enumerate(members)
    }
    lines = [
        tag(
            "line",
            x1=round(place[each.left][0]), y1=round(place[each.left][1]),
            x2=round(place[each.right][0]), y2=round(place[each.right][1]),
            stroke_width=round(min(8, max(1, each.match_weight / 2))),
            class_="graph-bridge" if each.bridge else "graph-edge",
        )
        for each in edges
        if each.match_weight > 0
    ]  # fmt: skip
    nodes = [
        joined(
            tag("circle", cx=round(x), cy=round(y), r=18, class_=f"graph-{part_of.get(id_, 1)}"),
            tag("text", str(number), x=round(x), y=round(y) + 5, text_anchor="middle"),
        )
        for number, (id_, (x, y)) in enumerate(place.items(), 1)
    ]
    said = ngettext(
        "{count} record and the evidence between them, listed in the tables",
        "{count} records and the evidence between them, listed in the tables",
        len(members),
    ).format(count=len(members))
    return tag(
        "svg", *lines, *nodes, viewBox=f"0 0 {_SIZE} {_SIZE}", role="img", aria_label=said,
        class_="graph",
    )  # fmt: skip
