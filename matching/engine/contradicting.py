"""Judgements that cannot all be true, and the fewest of them to revisit."""

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb
from typing import TypeAlias

from matching.engine.judgements import Judgement, Things, chain

Node: TypeAlias = str | int | tuple[str, str]
Room: TypeAlias = dict[Node, dict[Node, int]]
_ENDLESS = 2**31
_MOST_TRIED = 5_000


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Judgements that cannot all be true, and the fewest of them to revisit for the rest to be."""

    judgements: tuple[Judgement, ...]
    revisit: tuple[Judgement, ...]


def contradictions(judgements: Sequence[Judgement]) -> list[Contradiction]:
    """All sets of judgements that contradict each other, each with the fewest to revisit."""
    joining = [each for each in judgements if each.joins]
    things = Things(joining)
    sets: dict[int, list[Judgement]] = defaultdict(list)
    shared = Things()
    clashing = [each for each in judgements if things.clash(each)]
    for each in clashing:  # those that tear at the same things belong together
        shared.join(things.of_all(each.sides[0]) & things.of_all(each.sides[1]))
    for each in clashing:
        torn = min(things.of_all(each.sides[0]) & things.of_all(each.sides[1]))
        sets[shared.of(torn)].append(each)
    found = []
    for thing, apart in sorted(sets.items()):
        inside = [each for each in joining if shared.of(things.of(min(each.sides[0]))) == thing]
        involved = {step.name: step for each in apart for step in chain(inside, each)}
        listed = [*involved.values(), *apart]
        found.append(Contradiction(tuple(listed), tuple(_fewest(inside, apart))))
    return found


def _fewest(joining: Sequence[Judgement], apart: Sequence[Judgement]) -> list[Judgement]:
    """The fewest judgements without which the others agree; between equals the newest."""
    found = _fewest_of_all(joining, apart)
    return _fewest_in_turn(joining, apart) if found is None else found


def _fewest_of_all(
    joining: Sequence[Judgement], apart: Sequence[Judgement]
) -> list[Judgement] | None:
    """By trying all sets, the smallest first; None when there are too many."""
    tried = sorted([*joining, *apart], key=_newest, reverse=True)
    for size in range(1, len(tried) + 1):
        if comb(len(tried), size) > _MOST_TRIED:
            return None
        for some in combinations(tried, size):
            things = Things(each for each in joining if each not in some)
            if not any(things.clash(each) for each in apart if each not in some):
                return list(some)
    return None


def _fewest_in_turn(joining: Sequence[Judgement], apart: Sequence[Judgement]) -> list[Judgement]:
    """By taking, time and again, the set that settles most for its size.

    That is a judgement alone, or a smallest cut of those that join the ends of one that parts.
    """
    left, chosen = list(apart), list[Judgement]()
    while left:
        kept = [each for each in joining if each not in chosen]
        steps = {step.name: step for each in left for step in chain(kept, each)}
        options = [[each] for each in (*left, *steps.values())]
        options += [cut for each in left if len(cut := _smallest_cut(kept, each)) > 1]
        best = max(options, key=lambda option: _worth(option, kept, left))
        chosen += best
        things = Things(each for each in kept if each not in best)
        left = [each for each in left if each not in best and things.clash(each)]
    return chosen


def _worth(
    option: Sequence[Judgement], joining: Sequence[Judgement], apart: Sequence[Judgement]
) -> tuple[float, float, str]:
    things = Things(each for each in joining if each not in option)
    settled = sum(each in option or not things.clash(each) for each in apart)
    return settled / len(option), *max(map(_newest, option))


def _newest(judgement: Judgement) -> tuple[float, str]:
    return judgement.at.timestamp() if judgement.at else 0.0, judgement.name


def _smallest_cut(joining: Sequence[Judgement], ends: Judgement) -> list[Judgement]:
    """The fewest joining judgements whose removal parts the two sides.

    By maximum flow (Ford and Fulkerson 1956): each judgement lets one unit through, from any of
    its records to any other.
    """
    room: Room = defaultdict(lambda: defaultdict(int))
    for each in joining:
        room["in", each.name]["out", each.name] = 1
        for record in each.sides[0]:
            room[record]["in", each.name] = room["out", each.name][record] = _ENDLESS
    for side, place in zip(ends.sides, ("from", "to"), strict=True):
        for record in side:
            if place == "from":
                room[place][record] = _ENDLESS
            else:
                room[record][place] = _ENDLESS
    while path := _path(room):
        for before, after in pairwise(path):
            room[before][after] -= 1
            room[after][before] += 1
    reached = _reached(room)
    return [
        each
        for each in joining
        if ("in", each.name) in reached and ("out", each.name) not in reached
    ]


def _path(room: Room) -> list[Node]:
    came = _reached(room)
    if "to" not in came:
        return []
    path: list[Node] = ["to"]
    while (before := came[path[-1]]) is not None:
        path.append(before)
    return path[::-1]


def _reached(room: Room) -> dict[Node, Node | None]:
    """Every node that something can still flow to, with the one from which it does."""
    came: dict[Node, Node | None] = {"from": None}
    waiting: deque[Node] = deque(["from"])
    while waiting:
        node = waiting.popleft()
        for each, left in room[node].items():
            if left and each not in came:
                came[each] = node
                waiting.append(each)
    return came
