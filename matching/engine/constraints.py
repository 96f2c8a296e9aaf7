"""What is settled before a run: records that are together, and records that stay apart."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import Codes, Ints

ALONE = -1


class ContradictoryConstraints(ValueError):
    """Records that must be together and apart at once; `pairs` are rows."""

    def __init__(self, pairs: list[tuple[int, int]]) -> None:
        shown = ", ".join(f"{left} and {right}" for left, right in pairs[:5])
        more = f" and {len(pairs) - 5} more" if len(pairs) > 5 else ""
        super().__init__(f"rows both together and apart: {shown}{more}")
        self.pairs = pairs


@dataclass(frozen=True, slots=True)
class Constraints:
    """`together[row]` is the number of the group that a row is in for certain, -1 for none.

    `apart` holds pairs of rows that are different things, shape (pairs, 2). It binds whole
    clusters: whatever is one with either row stays apart from whatever is one with the other.
    """

    together: Codes
    apart: Ints

    @classmethod
    def none(cls, records: int) -> "Constraints":
        return cls(np.full(records, ALONE, np.int32), np.zeros((0, 2), np.int64))

    @classmethod
    def of(
        cls,
        records: int,
        together: Codes | None = None,
        apart: Iterable[tuple[int, int]] = (),
        groups_apart: Iterable[tuple[int, int]] = (),
    ) -> "Constraints":
        """Constraints on `records` rows; `groups_apart` are pairs of group numbers of `together`.

        Raises `ContradictoryConstraints` when rows of one group are to stay apart.
        """
        groups = cls.none(records).together if together is None else together.astype(np.int32)
        first_row = _first_rows(groups)
        by_row = [*apart, *((first_row[a], first_row[b]) for a, b in groups_apart)]
        rows = np.array(by_row, np.int64).reshape(-1, 2)
        same = (groups[rows[:, 0]] == groups[rows[:, 1]]) & (groups[rows[:, 0]] != ALONE)
        clash = rows[same | (rows[:, 0] == rows[:, 1])]
        if len(clash):
            raise ContradictoryConstraints([(int(a), int(b)) for a, b in clash])
        return cls(groups, rows)


def _first_rows(groups: Codes) -> dict[int, int]:
    numbers, rows = np.unique(groups, return_index=True)
    return dict(zip(numbers.tolist(), rows.tolist(), strict=True))
