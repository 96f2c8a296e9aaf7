"""A hierarchy without circles: which of its edges may take effect, in order of precedence.

Edges hold on days, so a circle is one only where all of its edges hold on a common day.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day until the day before `until`; None is without end on that side."""

    first: date | None = None
    until: date | None = None

    def common(self, other: "Days") -> "Days | None":
        """The days that both have; None when there are none."""
        first = max(self.first or date.min, other.first or date.min)
        until = min(self.until or date.max, other.until or date.max)
        if first >= until:
            return None
        return Days(None if first == date.min else first, None if until == date.max else until)

    def __str__(self) -> str:
        """As PostgreSQL writes a range."""
        return f"[{self.first or ''},{self.until or ''})"


@dataclass(frozen=True, slots=True)
class Edge:
    """A child and its parent, and the days on which it is one."""

    id: int
    child: UUID
    parent: UUID
    days: Days


Upwards = Mapping[UUID, Sequence[Edge]]


def closing(edges: Iterable[Edge]) -> set[int]:
    """The ids of edges that would close a circle with those before them, which take effect."""
    held: set[int] = set()
    upwards: dict[UUID, list[Edge]] = {}
    for edge in edges:
        if chain(upwards, edge):
            held.add(edge.id)
        else:
            upwards.setdefault(edge.child, []).append(edge)
    return held


def upwards_of(edges: Iterable[Edge]) -> dict[UUID, list[Edge]]:
    """The edges that lead up from each child."""
    upwards: dict[UUID, list[Edge]] = {}
    for edge in edges:
        upwards.setdefault(edge.child, []).append(edge)
    return upwards


def chain(upwards: Upwards, edge: Edge) -> list[UUID]:
    """The circle that `edge` would close, from its child up to that again; [] when it is none."""
    start = (edge.parent, edge.days)
    came_from: dict[tuple[UUID, Days], tuple[UUID, Days] | None] = {start: None}
    waiting = [start]
    while waiting:
        place = waiting.pop()
        if place[0] == edge.child:
            return [edge.child, *_path(came_from, place)]
        for step in upwards.get(place[0], ()):
            days = place[1].common(step.days)
            if days and (step.parent, days) not in came_from:
                came_from[step.parent, days] = place
                waiting.append((step.parent, days))
    return []


def with_several_parents(edges: Iterable[Edge], since: date) -> set[UUID]:
    """Children that have two different parents on a common day, on that date or later."""
    lasting = [edge for edge in edges if edge.days.common(Days(since))]
    return {
        child
        for child, ups in upwards_of(lasting).items()
        if any(
            one.parent != other.parent and _on_one_day(one, other, since)
            for place, one in enumerate(ups)
            for other in ups[place + 1 :]
        )
    }


def _on_one_day(one: Edge, other: Edge, since: date) -> bool:
    common = one.days.common(other.days)
    return bool(common and common.common(Days(since)))


def _path(
    came_from: Mapping[tuple[UUID, Days], tuple[UUID, Days] | None], place: tuple[UUID, Days]
) -> list[UUID]:
    steps: list[UUID] = []
    at: tuple[UUID, Days] | None = place
    while at:
        steps.append(at[0])
        at = came_from[at]
    return steps[::-1]
