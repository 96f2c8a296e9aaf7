"""What people decided, taken together, and what follows from it."""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Judgement:
    """One thing that people settled about records, by their ids.

    With one side all its records are one thing. With two no record of one side is the same thing
    as a record of the other side. `name` says which decision or golden record that is.
    """

    name: str
    sides: tuple[frozenset[int], ...]
    by: str = ""
    at: datetime | None = None
    reason: str = ""

    @property
    def joins(self) -> bool:
        return len(self.sides) == 1

    @property
    def records(self) -> frozenset[int]:
        return frozenset().union(*self.sides)


class Things:
    """Records as the things that judgements make of them; a record that none names is its own."""

    def __init__(self, judgements: Iterable[Judgement] = ()) -> None:
        self._parent: dict[int, int] = {}
        for each in judgements:
            if each.joins:
                self.join(each.sides[0])

    def of(self, record: int) -> int:
        root = record
        while (above := self._parent.get(root, root)) != root:
            root = above
        while self._parent.get(record, record) != root:
            self._parent[record], record = root, self._parent[record]
        return root

    def join(self, records: Iterable[int]) -> None:
        roots = sorted({self.of(record) for record in records})
        for root in roots[1:]:
            self._parent[root] = roots[0]

    def of_all(self, records: Iterable[int]) -> set[int]:
        return {self.of(record) for record in records}

    def clash(self, judgement: Judgement) -> bool:
        """Whether a record of one side is the same thing as one of the other side."""
        if judgement.joins:
            return False
        one, other = judgement.sides
        return not self.of_all(one).isdisjoint(self.of_all(other))


class Apart:
    """Which things judgements keep apart: without a pair for each record of either side."""

    def __init__(self, things: Things, judgements: Iterable[Judgement]) -> None:
        self._things = things
        self._sides = [
            (things.of_all(each.sides[0]), things.of_all(each.sides[1]), each)
            for each in judgements
            if not each.joins
        ]
        self._by_thing: dict[int, set[tuple[int, int]]] = defaultdict(set)
        for number, (one, other, _) in enumerate(self._sides):
            for side, listed in enumerate((one, other)):
                for thing in listed:
                    self._by_thing[thing].add((number, side))

    def between(self, one: int, other: int) -> Judgement | None:
        """The judgement that keeps the things of two records apart."""
        theirs = self._by_thing.get(self._things.of(other), set())
        for number, side in sorted(self._by_thing.get(self._things.of(one), set())):
            if (number, 1 - side) in theirs:
                return self._sides[number][2]
        return None


def clashes(judgements: Sequence[Judgement]) -> list[Judgement]:
    """The judgements that keep apart what others make one thing."""
    things = Things(judgements)
    return [each for each in judgements if things.clash(each)]


def chain(judgements: Sequence[Judgement], ends: Judgement) -> list[Judgement]:
    """The fewest judgements that, one after the other, join the two sides of `ends`."""
    joining = _by_record(each for each in judgements if each.joins)
    one, other = ends.sides
    came: dict[int, tuple[int, Judgement] | None] = dict.fromkeys(sorted(one))
    waiting, used = deque(sorted(one)), set[str]()
    while waiting:
        record = waiting.popleft()
        if record in other:
            return _way_back(came, record)
        for each in joining.get(record, []):
            if each.name in used:
                continue
            used.add(each.name)
            for next_ in sorted(each.sides[0] - came.keys()):
                came[next_] = (record, each)
                waiting.append(next_)
    return []


def _way_back(came: dict[int, tuple[int, Judgement] | None], record: int) -> list[Judgement]:
    steps = []
    while (step := came[record]) is not None:
        record, judgement = step
        steps.append(judgement)
    return steps[::-1]


def _by_record(judgements: Iterable[Judgement]) -> dict[int, list[Judgement]]:
    found: dict[int, list[Judgement]] = defaultdict(list)
    for each in judgements:
        for record in each.records:
            found[record].append(each)
    return found
