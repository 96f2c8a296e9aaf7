"""The records of a cluster and the evidence between them: as a drawing, and as a table."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from matching.charts.markup import Markup, joined, tag
from matching.models import MatchPair
from stewardship import wording

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


def edges_between(members: Collection[int]) -> list[Edge]:
    """The pairs of members that are alike, the strongest first."""
    pairs = MatchPair.objects.filter(left__in=members, right__in=members)
    rows = [
        (each.pk, each.left_id, each.right_id, each.match_weight)
        for each in pairs.exclude(state=MatchPair.State.OBSOLETE).order_by("-match_weight", "pk")
    ]
    links = [(left, right) for _, left, right, weight in rows if weight > 0]
    return [
        Edge(pk, left, right, weight, weight > 0 and _is_bridge((left, right), links))
        for pk, left, right, weight in rows
    ]


def _is_bridge(edge: tuple[int, int], links: Sequence[tuple[int, int]]) -> bool:
    """Whether the ends of an edge are apart without it."""
    near: dict[int, set[int]] = {}
    for one, other in links:
        if (one, other) != edge:
            near.setdefault(one, set()).add(other)
            near.setdefault(other, set()).add(one)
    seen, waiting = {edge[0]}, [edge[0]]
    while waiting:
        for each in near.get(waiting.pop(), set()) - seen:
            seen.add(each)
            waiting.append(each)
    return edge[1] not in seen


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
    said = f"{len(members)} records and the evidence between them, listed in the tables"
    return tag(
        "svg", *lines, *nodes, viewBox=f"0 0 {_SIZE} {_SIZE}", role="img", aria_label=said,
        class_="graph",
    )  # fmt: skip
