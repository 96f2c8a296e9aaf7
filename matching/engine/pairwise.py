"""Weighing pair by pair: what a model says of two records, as one reads it there.

For a few pairs this is far quicker than `matching.engine.score`, as it needs no frame. It is the
definition, too, of what is done there for millions of pairs at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import TypeAlias

from matching.engine.frequencies import bits_of_rarity
from matching.engine.identifiers import NO_VETO
from matching.engine.levels import NOTHING_TO_COMPARE
from matching.engine.measures import MEASURES, least
from matching.engine.model import Comparison, Condition, MatchModel
from matching.engine.record_forms import Forms, slots_of
from matching.engine.weights import Weights

Value: TypeAlias = tuple[str, str]
"""The name of a column and a comparison form in it."""
_Held: TypeAlias = Sequence[tuple[str, ...]]
_Check: TypeAlias = Callable[[_Held, _Held], bool]


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted in a whole domain: its records, the values that they hold in each column.

    `holders` says how many records hold a value; those left out are held by none.
    """

    records: int
    held: Mapping[str, int]
    holders: Mapping[Value, int]


@dataclass(frozen=True, slots=True)
class Record:
    """What a record holds in each column, and each identifier: its value and in which scope."""

    held: _Held
    identifiers: Sequence[tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two records agree, before anything is counted.

    `levels` has a level code for each comparison, `shared` the values in common that are stronger
    evidence the rarer they are. `conflicts` has, by its number, each identifier that differs, with
    both values.
    """

    levels: tuple[int, ...]
    shared: tuple[tuple[Value, ...], ...]
    conflicts: Mapping[int, tuple[Value, Value]]

    @property
    def counted(self) -> Iterator[Value]:
        """The values of which it matters how many records hold them."""
        for values in (*self.shared, *self.conflicts.values()):
            yield from values


class PairScorer:
    """Scores pairs of records, given by their forms, by one model and its weights."""

    def __init__(self, model: MatchModel, weights: Weights) -> None:
        weights.check(model)
        self._model, self._weights = model, weights
        slots = slots_of(model.columns)
        self._columns = [  # one slot alone is read quicker than several
            (each.start, each if each.stop - each.start > 1 else None) for each in slots.values()
        ]
        places = {name: place for place, name in enumerate(slots)}
        parts = (part for item in model.comparisons for level in item.levels for part in level.when)
        numbers = {part: number for number, part in enumerate(dict.fromkeys(parts))}
        self._checks = [_check(part, places[part.column]) for part in numbers]
        self._comparisons = [_Compiled.of(item, places, numbers) for item in model.comparisons]
        self._bits = [weights.bits(item).tolist() for item in model.comparisons]
        first: dict[str, int] = {name: each.start for name, each in slots.items()}
        self._identifiers = [
            (first[each.column], None if each.within is None else first[each.within])
            for each in model.identifiers
        ]

    def read(self, forms: Forms) -> Record:
        """A record as it is compared."""
        held = [
            _present(forms[several]) if several else (form,) if (form := forms[first]) else ()
            for first, several in self._columns
        ]
        identifiers = [
            (forms[value], "" if scope is None else forms[scope])
            for value, scope in self._identifiers
        ]
        return Record(held, identifiers)

    def agreement(self, mine: Record, theirs: Record) -> Agreement:
        """How two records agree."""
        levels = self._levels(mine.held, theirs.held)
        shared = tuple(
            each.shared[level](mine.held, theirs.held)
            for each, level in zip(self._comparisons, levels, strict=True)
        )
        return Agreement(levels, shared, dict(self._conflicts(mine, theirs)))

    def _levels(self, mine: _Held, theirs: _Held) -> tuple[int, ...]:
        known: list[bool | None] = [None] * len(self._checks)
        return tuple(self._level(each, mine, theirs, known) for each in self._comparisons)

    def _level(
        self, comparison: "_Compiled", mine: _Held, theirs: _Held, known: list[bool | None]
    ) -> int:
        """The code of the first level whose conditions all hold; what is `known` holds or not."""
        for place in comparison.columns:
            if mine[place] and theirs[place]:
                break
        else:
            return NOTHING_TO_COMPARE
        for code, conditions in comparison.levels:
            for number in conditions:
                holds = known[number]
                if holds is None:
                    holds = known[number] = self._checks[number](mine, theirs)
                if not holds:
                    break
            else:
                return code
        return len(comparison.levels) + 1

    def _conflicts(self, mine: Record, theirs: Record) -> Iterator[tuple[int, tuple[Value, Value]]]:
        both = zip(mine.identifiers, theirs.identifiers, strict=True)
        for number, ((value, scope), (other, other_scope)) in enumerate(both):
            if value and other and value != other and scope is not None and scope == other_scope:
                column = self._model.identifiers[number].column
                yield number, ((column, value), (column, other))

    def bits(self, agreement: Agreement, counted: Counted) -> list[float]:
        """The bits of each comparison, with those for the rarity of what is shared."""
        return [
            bits[level] + (self._rarity(shared, counted) if shared else 0.0)
            for bits, level, shared in zip(
                self._bits, agreement.levels, agreement.shared, strict=True
            )
        ]

    def match_weight(self, bits: Iterable[float], counted: Counted) -> float:
        """The prior and the bits of each comparison, summed in the order that a run sums them."""
        return reduce(add, bits, self._weights.prior_among(counted.records))

    def _rarity(self, shared: Sequence[Value], counted: Counted) -> float:
        """The bits of the rarest of some values of one column."""
        column = shared[0][0]
        holders = min(counted.holders.get(each, 0) for each in shared)
        chance, copies = self._weights.chance[column], self._model.copies
        return float(bits_of_rarity(holders, counted.held[column], chance, copies))

    def veto(self, agreement: Agreement, counted: Counted) -> int:
        """The number of the first identifier in conflict, or `NO_VETO`.

        Values that too many records hold identify nothing.
        """
        for number, values in agreement.conflicts.items():
            most = self._model.identifiers[number].shared_by_at_most
            if all(counted.holders.get(each, 0) <= most for each in values):
                return number
        return NO_VETO


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A comparison with numbers in place of names: of columns and of conditions."""

    columns: tuple[int, ...]
    levels: tuple[tuple[int, tuple[int, ...]], ...]
    shared: tuple[Callable[[_Held, _Held], tuple[Value, ...]], ...]

    @classmethod
    def of(
        cls, comparison: Comparison, places: Mapping[str, int], numbers: Mapping[Condition, int]
    ) -> "_Compiled":
        levels = tuple(
            (code, tuple(numbers[part] for part in level.when))
            for code, level in enumerate(comparison.levels, start=1)
        )
        counted = (None, *(level.frequency_of for level in comparison.levels), None)
        shared = tuple(_shared(name, places[name]) if name else _nothing for name in counted)
        return cls(tuple(places[name] for name in comparison.columns), levels, shared)


def _shared(column: str, place: int) -> Callable[[_Held, _Held], tuple[Value, ...]]:
    return lambda mine, theirs: tuple(
        (column, value) for value in mine[place] if value in theirs[place]
    )


def _nothing(_mine: _Held, _theirs: _Held) -> tuple[Value, ...]:
    return ()


def _check(condition: Condition, place: int) -> _Check:
    """Whether two records meet a condition on what they hold in one column."""
    if condition.measure == "absent":
        return lambda mine, theirs: not (mine[place] and theirs[place])
    if condition.measure == "equal":
        return lambda mine, theirs: _meet(mine[place], theirs[place])
    alike, enough = MEASURES[condition.measure].alike, least(condition.at_least)
    return lambda mine, theirs: any(
        alike(one, other) >= enough for one in mine[place] for other in theirs[place]
    )


def _present(forms: Forms) -> tuple[str, ...]:
    return tuple(filter(None, forms))


def _meet(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    return bool(mine) and (mine[0] in theirs or any(value in theirs for value in mine[1:]))
