"""Groups of records that grow link by link, and refuse a link that would join enemies."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from matching.engine.arrays import MISSING, Codes, Ints
from matching.engine.constraints import ALONE, Constraints
from matching.engine.identifiers import Held

Reason = Literal["kept apart by decision", "identifiers conflict", "weak bridge"]


@dataclass(slots=True)
class _Group:
    """What a growing cluster is, and what it may not be joined to."""

    first_row: int
    enemies: set[int] = field(default_factory=set)  # roots of groups that stay apart
    values: dict[tuple[str, int], set[int]] = field(default_factory=dict)


class Groups:
    """Disjoint sets of rows; each knows which others it stays apart from, and its identifiers."""

    def __init__(self, rows: Ints, identifiers: Sequence[Held], constraints: Constraints) -> None:
        self._parent = {row: row for row in rows.tolist()}
        self._groups = {row: _Group(row) for row in rows.tolist()}
        for held in identifiers:
            for row in rows[held.value[rows] != MISSING].tolist():
                key = (held.identifier.name, int(held.scope[row]))
                self._groups[row].values[key] = {int(held.value[row])}
        for first, row in _grouped(rows, constraints.together):
            self._unite(self._root(first), self._root(row))
        for left, right in constraints.apart.tolist():
            if left in self._parent and right in self._parent:
                a, b = self._root(left), self._root(right)
                self._groups[a].enemies.add(b)
                self._groups[b].enemies.add(a)

    def first_row(self, row: int) -> int:
        return self._groups[self._root(row)].first_row

    def join(self, left: int, right: int) -> tuple[Reason, str] | None:
        """Makes one group of two unless something forbids it: then says what."""
        a, b = self._root(left), self._root(right)
        if a == b:
            return None
        if b in self._groups[a].enemies:
            return "kept apart by decision", ""
        mine, theirs = self._groups[a].values, self._groups[b].values
        for key in mine.keys() & theirs.keys():
            if not mine[key] & theirs[key]:
                return "identifiers conflict", key[0]
        self._unite(a, b)
        return None

    def _unite(self, a: int, b: int) -> None:
        if a == b:
            return
        kept, gone = self._groups[a], self._groups.pop(b)
        self._parent[b] = a
        kept.first_row = min(kept.first_row, gone.first_row)
        for key, values in gone.values.items():
            kept.values.setdefault(key, set()).update(values)
        for enemy in gone.enemies:
            self._groups[enemy].enemies.discard(b)
            self._groups[enemy].enemies.add(a)
        kept.enemies |= gone.enemies

    def _root(self, row: int) -> int:
        root = row
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[row] != root:
            self._parent[row], row = root, self._parent[row]
        return root


def _grouped(rows: Ints, together: Codes) -> Iterator[tuple[int, int]]:
    """Each row of a group with the group's first row."""
    groups: dict[int, list[int]] = defaultdict(list)
    for row, group in zip(rows.tolist(), together[rows].tolist(), strict=True):
        if group != ALONE:
            groups[group].append(row)
    for members in groups.values():
        yield from ((members[0], row) for row in members[1:])
