"""Which records there are: of which real thing, in which system, under which key."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mdm.feeds.generator.draws import Draws, Ints

Columns = dict[str, list[str]]
"""The rows of a feed, column by column; all of one length."""

# Records of one thing in the first and in the second system, and in how many of 100 cases;
# 140 records for 100 things, half of them in each system.
_SHAPES = (
    (1, 0, 34),
    (0, 1, 34),
    (1, 1, 19),
    (2, 0, 3),
    (0, 2, 3),
    (2, 1, 3),
    (1, 2, 3),
    (2, 2, 1),
)
_FIRST = np.repeat([shape[0] for shape in _SHAPES], [shape[2] for shape in _SHAPES])
_SECOND = np.repeat([shape[1] for shape in _SHAPES], [shape[2] for shape in _SHAPES])
RECORDS_PER_THING = 1.4


@dataclass(frozen=True, slots=True)
class System:
    """A source system as the generator knows it; its keys are `prefix` and a running number."""

    name: str
    prefix: str

    def keys(self, rows: Ints) -> list[str]:
        """The source keys of the rows with these numbers, the first being 0; "" for -1."""
        return [f"{self.prefix}{row + 1:07d}" if row >= 0 else "" for row in rows.tolist()]


@dataclass(frozen=True, slots=True)
class Records:
    """Some rows of one system's feed: their numbers there, and the thing each row is about."""

    system: System
    row: Ints
    entity: Ints

    @property
    def number(self) -> Ints:
        """A number that no other record has: it seeds what is wrong with this one."""
        offset = int.from_bytes(self.system.name.encode()[:2], "big") << 40
        return self.row + offset

    @property
    def keys(self) -> list[str]:
        """The source keys."""
        return self.system.keys(self.row)

    def first(self, count: int) -> "Records":
        """The first `count` rows."""
        return Records(self.system, self.row[:count], self.entity[:count])

    def chunks(self, size: int) -> Iterator["Records"]:
        """The same rows, `size` at a time; one empty chunk if there are none."""
        for start in range(0, max(1, len(self.row)), size):
            part = slice(start, start + size)
            yield Records(self.system, self.row[part], self.entity[part])


@dataclass(frozen=True, slots=True)
class Population:
    """All records of a domain: `entities` things, and their records in two systems."""

    entities: int
    first: Records
    second: Records

    def keys_of(self, records: Records) -> list[str]:
        """One source key for each entity in the system of `records`, "" where it has none."""
        row = np.full(self.entities, -1, dtype=np.int64)
        row[records.entity[::-1]] = records.row[::-1]
        return records.system.keys(row)


def populate(count: int, draws: Draws, first: System, second: System) -> Population:
    """`count` records in all, about 1.4 of each thing, in an order that betrays nothing.

    Needs about 40 bytes of memory for each record.
    """
    enough = int(count / RECORDS_PER_THING * 1.02) + 100
    shape = draws.below("shape", np.arange(enough), len(_FIRST))
    ends = np.cumsum(_FIRST[shape] + _SECOND[shape])
    entities = int(np.searchsorted(ends, count)) + 1
    times = [_FIRST[shape[:entities]], _SECOND[shape[:entities]]]
    surplus = int(ends[entities - 1]) - count
    for of_system in times:
        dropped = min(surplus, int(of_system[-1]))
        of_system[-1] -= dropped
        surplus -= dropped
    sides = [_side(*pair, draws) for pair in zip((first, second), times, strict=True)]
    return Population(entities, *sides)


def _side(system: System, times: Ints, draws: Draws) -> Records:
    entity = np.repeat(np.arange(len(times)), times)
    bits = draws.bits(f"order in {system.name}", np.arange(len(entity)))
    return Records(system, np.arange(len(entity)), entity[np.argsort(bits, kind="stable")])
