"""Strong identifiers: two records with different registration numbers are two things."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import MISSING, Codes, Ints, Mask
from matching.engine.frame import Frame
from matching.engine.model import Identifier, MatchModel

NO_VETO = -1


@dataclass(frozen=True, slots=True)
class Held:
    """The values of one identifier by row: `value` codes and `scope` codes, -1 without one.

    Two rows conflict when their scopes are equal and their values differ.
    """

    identifier: Identifier
    value: Codes
    scope: Codes

    def conflict(self, left: Ints, right: Ints) -> Mask:
        mine, theirs = self.value[left], self.value[right]
        both = (mine != MISSING) & (theirs != MISSING)
        return np.asarray(both & (mine != theirs) & (self.scope[left] == self.scope[right]))


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A value of an identifier that too many records hold to identify anything."""

    identifier: str
    code: int
    records: int


def held_identifiers(frame: Frame, model: MatchModel) -> tuple[Held, ...]:
    """The identifiers of every record; values shared by too many count as missing."""
    return tuple(_held(frame, identifier) for identifier in model.identifiers)


def vetoes(held: tuple[Held, ...], left: Ints, right: Ints) -> Codes:
    """The number of the first identifier in which each pair conflicts; -1 for none."""
    found = np.full(len(left), NO_VETO, np.int8)
    for number in reversed(range(len(held))):
        found[held[number].conflict(left, right)] = number
    return found.astype(np.int32)


def shared_values(frame: Frame, model: MatchModel) -> Iterator[SharedValue]:
    """The identifier values that were set aside, for the report of the run."""
    for identifier in model.identifiers:
        counts = frame.columns[identifier.column].counts
        for code in np.flatnonzero(counts > identifier.shared_by_at_most).tolist():
            yield SharedValue(identifier.name, code, int(counts[code]))


def _held(frame: Frame, identifier: Identifier) -> Held:
    column = frame.columns[identifier.column]
    value = frame.matrix[:, column.slots.start].copy()
    too_many = column.counts > identifier.shared_by_at_most
    held = value != MISSING
    value[held] = np.where(too_many[value[held]], MISSING, value[held])
    if identifier.within is None:
        return Held(identifier, value, np.zeros_like(value))
    scope = frame.matrix[:, frame.columns[identifier.within].slots.start]
    return Held(identifier, np.where(scope == MISSING, MISSING, value), scope)
