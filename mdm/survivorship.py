"""Choosing the value that survives, for any number of golden records at once.

A strategy is an order: a list of named sort keys, best first. The winner of a golden record is the
first candidate in that order, and the reason it won is the first key on which it beats the
runner-up, the best candidate that says something else, so an explanation can never disagree with
the choice.

The ownership register alone orders systems. Trust puts that order on a scale, on which a value can
also lose by its age and by having failed validation.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
SortKeys = list[tuple[str, npt.NDArray[Any]]]

ONLY, AGREED = "only", "agreed"

REASONS = {
    ONLY: "the only value there is",
    AGREED: "all sources agree",
    "sound": "the others failed validation",
    "trusted": "the most trusted at its age",
    "owner": "its system comes first in the ownership register",
    "recent": "the most recent by source time",
    "complete": "the most complete",
    "frequent": "most sources say so",
    "longest": "the longest",
    "least": "the smallest",
    "greatest": "the largest",
    "first": "the earliest by source time",
    "tie": "the same on every count; the oldest source record decides",
    "merged": "items of all sources together",
    "pinned": "a steward pinned it",
}

MOST_TRUST, TRUST_PER_PLACE, LEAST_TRUST = 100, 10, 10
_DAY = 86_400


class Curve(StrEnum):
    """How trust falls: evenly over the period, or by half of what is left in each period."""

    LINEAR = "linear"
    EXPONENTIAL = "exponential"


@dataclass(frozen=True, slots=True)
class Decay:
    """How the trust in a value falls with its age by source time, and never below `lowest`.

    In full until it is `after_days` old. A value of unknown age is as old as can be. `systems` are
    source systems, by code, in whose values trust falls otherwise.
    """

    after_days: float
    period_days: float
    lowest: float = 0
    curve: Curve = Curve.LINEAR
    systems: tuple[tuple[str, "Decay"], ...] = ()

    def __post_init__(self) -> None:
        if self.after_days < 0 or self.period_days <= 0:
            raise ValueError("after_days counts from 0, and period_days is more than that")
        if not 0 <= self.lowest <= MOST_TRUST:
            raise ValueError(f"lowest is a trust between 0 and {MOST_TRUST}")

    def left(self, trust: Floats, age: Floats, system: Objects) -> Floats:
        """What is left of `trust` at `age` in seconds, for values of each source `system`."""
        left = self._left(trust, age)
        for code, own in self.systems:
            left = np.where(system == code, own._left(trust, age), left)
        return left

    def _left(self, trust: Floats, age: Floats) -> Floats:
        periods = np.maximum(age / _DAY - self.after_days, 0) / self.period_days
        lowest = np.minimum(trust, self.lowest)
        falling = np.maximum(1 - periods, 0) if self.curve == Curve.LINEAR else 0.5**periods
        return np.asarray(lowest + (trust - lowest) * falling)


def trust_of(
    rank: Integers,
    age: Floats,
    doubtful: Flags,
    decay: Decay | None,
    distrust: float,
    system: Objects,
) -> Floats:
    """The trust in values from 0 to 100, by the rank of their systems, their age and validity.

    `distrust` is the percentage that a doubtful value loses; `system` has the codes of the source
    systems, one a value, which a decay may tell apart.
    """
    base = np.maximum(MOST_TRUST - TRUST_PER_PLACE * rank, LEAST_TRUST).astype(np.float64)
    aged = decay.left(base, age, system) if decay else base
    return np.where(doubtful, aged * (1 - distrust / 100), aged)


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """An order of source systems: the rank of each member's, and where the order holds.

    `binding` says that the value of the first system wins wherever it has one, by whichever
    strategy the others compete. `holds` decides by the values of a golden record that were chosen
    before (None: it holds for all).
    """

    ranks: Integers
    binding: bool = False
    holds: Callable[[dict[str, Any]], bool] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The values offered for one attribute, one row each; all arrays have the same length.

    `golden` numbers the golden record, `rank` is the place of the source system in the ownership
    register (0 is the system of record), `bound` flags where the owner's value wins if it has one
    (None: nowhere), `source_time` is in seconds (-inf where unknown),
    `fullness` says how much a value says, and `order` where it stands among others (None: it does
    not). `trust` is given where more than the rank bears on it, `doubtful` where a value failed
    validation and is distrusted for it.
    """

    golden: Integers
    record: Integers
    rank: Integers
    source_time: Floats
    value: Objects
    fullness: Callable[[Any], int]
    order: Callable[[Any], Any] = str
    trust: Floats | None = None
    doubtful: Flags | None = None
    bound: Flags | None = None

    def __len__(self) -> int:
        return len(self.golden)

    @property
    def outranked(self) -> Flags | None:
        """What must yield to the owner's value where the owner has one; None for nothing."""
        return None if self.bound is None else self.bound & (self.rank > 0)


@dataclass(frozen=True, slots=True)
class Strategy:
    """A named order of candidates; ties fall through to trust, time and record id."""

    name: str
    keys: Callable[[Candidates], SortKeys]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """For each golden record that has a candidate: the winning row and why it won."""

    golden: Integers
    winner: Integers
    reason: list[str]


def objects(values: Sequence[Any]) -> Objects:
    """`values` as a one-dimensional object array, whatever they are."""
    return np.fromiter(values, dtype=object, count=len(values))


def choose(candidates: Candidates, strategy: Strategy) -> Choice:
    """The winner of each golden record under `strategy`; the order of the rows never matters."""
    keys = [
        *_soundness(candidates, strategy),
        *_ownership(candidates),
        *strategy.keys(candidates),
        *_tie_break(candidates),
    ]
    order = np.lexsort([key for _, key in reversed(keys)] + [candidates.golden])
    golden = candidates.golden[order]
    first = np.flatnonzero(np.r_[True, golden[1:] != golden[:-1]]) if len(golden) else golden
    return Choice(golden[first], order[first], _reasons(candidates, keys, order, first))


def _soundness(candidates: Candidates, strategy: Strategy) -> SortKeys:
    """Trust weighs what failed validation; whatever goes by something else puts it last."""
    if candidates.doubtful is None:
        return []
    if strategy != most_trusted:
        return [("sound", candidates.doubtful)]
    return [] if candidates.bound is None else [("sound", candidates.doubtful & candidates.bound)]


def _ownership(candidates: Candidates) -> SortKeys:
    """Where the register names an owner for the attribute itself, its value goes before others."""
    outranked = candidates.outranked
    return [] if outranked is None else [("owner", outranked)]


def _tie_break(candidates: Candidates) -> SortKeys:
    trust = [] if candidates.trust is None else [("trusted", -candidates.trust)]
    return [
        *trust,
        ("owner", candidates.rank),
        ("recent", -candidates.source_time),
        ("tie", candidates.record),
    ]


def _reasons(candidates: Candidates, keys: SortKeys, order: Integers, first: Integers) -> list[str]:
    """Why the row at each position of `first` leads its golden record."""
    if not len(first):
        return []
    size = np.diff(np.r_[first, len(order)])
    leader = np.repeat(order[first], size)
    same = (candidates.value[order] == candidates.value[leader]).astype(bool)
    rival = np.minimum.reduceat(np.where(same, len(order), np.arange(len(order))), first)
    contested = np.flatnonzero(rival < len(order))
    best, second = order[first[contested]], order[rival[contested]]
    reason = objects([ONLY] * len(first))
    reason[size > 1] = AGREED
    reason[contested] = "tie"
    for name, key in reversed(keys):
        reason[contested[key[best] != key[second]]] = name
    return list(reason)


def _counted(candidates: Candidates) -> Integers:
    """How many candidates of the same golden record offer the same value, per row."""
    offers = zip(candidates.golden.tolist(), candidates.value, strict=True)
    labels = [(golden, _spelled(value)) for golden, value in offers]
    seen = Counter(labels)
    return np.array([seen[label] for label in labels], dtype=np.int64)


def _spelled(value: Any) -> str:
    """One spelling for equal values, in whatever order an object lists its members."""
    return repr(sorted(value.items()) if isinstance(value, dict) else value)


def _placed(candidates: Candidates, sign: int) -> Integers:
    """The place of each value among the distinct values, counted down where `sign` is -1.

    What has no order comes last either way.
    """
    keys = [candidates.order(value) for value in candidates.value]
    distinct = sorted({key for key in keys if key is not None})
    place = {key: sign * number for number, key in enumerate(distinct)}
    return np.array([place.get(key, len(distinct)) for key in keys], dtype=np.int64)


def _measured(candidates: Candidates, measure: Callable[[Any], int]) -> Integers:
    return np.array([measure(value) for value in candidates.value], dtype=np.int64)


def _length(value: Any) -> int:
    return len(str(value))


def _unknown_last(source_time: Floats) -> Floats:
    return np.where(np.isneginf(source_time), np.inf, source_time)


most_trusted = Strategy("most trusted", lambda _: [])
most_recent = Strategy("most recent", lambda each: [("recent", -each.source_time)])
most_complete = Strategy(
    "most complete", lambda each: [("complete", -_measured(each, each.fullness))]
)
most_frequent = Strategy("most frequent", lambda each: [("frequent", -_counted(each))])
longest = Strategy("longest", lambda each: [("longest", -_measured(each, _length))])
smallest = Strategy("smallest", lambda each: [("least", _placed(each, 1))])
largest = Strategy("largest", lambda each: [("greatest", _placed(each, -1))])
earliest = Strategy("earliest", lambda each: [("first", _unknown_last(each.source_time))])

STRATEGIES = {
    each.name.replace(" ", "_"): each
    for each in (
        most_trusted, most_recent, most_complete, most_frequent, longest, smallest, largest,
        earliest,
    )
}  # fmt: skip
