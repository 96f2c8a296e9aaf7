"""A match model: which records of a domain are compared, on what, and what each outcome says.

A model is data. A steward reads it top to bottom: columns, blocking passes, comparisons with their
agreement levels, identifiers, thresholds. `to_dict` and `from_dict` carry it through YAML or JSON.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from math import inf, log2

from matching.engine.forms import FORMS
from matching.engine.measures import MEASURES


class ModelError(ValueError):
    """A model that contradicts itself or names something that does not exist."""


@dataclass(frozen=True, slots=True)
class Column:
    """One comparison form of an attribute: what is compared, not what is shown.

    `of` names the attribute paths that the form reads together (`"emails[0]"`,
    `"address.postcode"`); `also` names further paths whose values are equally good: the column
    then holds several values a record, and two records agree when any two of them do. `chance`,
    needed where frequencies count, is how often two things share a value of the column.
    """

    name: str
    of: tuple[str, ...]
    form: str = "text"
    also: tuple[tuple[str, ...], ...] = ()
    chance: float = 0.0

    @property
    def sources(self) -> tuple[tuple[str, ...], ...]:
        """The paths of each value, first the main one."""
        return (self.of, *self.also)

    @property
    def width(self) -> int:
        """How many values a record can hold."""
        return len(self.sources) * FORMS[self.form].width


@dataclass(frozen=True, slots=True)
class Condition:
    """Holds when two records' values in `column` are alike enough; never when one is missing.

    `measure` is "equal", "absent" (holds only when one is missing) or a key of `MEASURES`.
    """

    column: str
    measure: str = "equal"
    at_least: float = 1.0


def equal(column: str) -> Condition:
    return Condition(column)


def absent(column: str) -> Condition:
    """Holds when at least one of the records has no value in the column."""
    return Condition(column, "absent")


def similar(column: str, measure: str, at_least: float) -> Condition:
    return Condition(column, measure, at_least)


@dataclass(frozen=True, slots=True)
class Level:
    """One degree of agreement: all conditions of `when` hold.

    `m` is how often records of one thing agree to this degree, `u` how often records of two
    things do; log2(m/u) is the evidence in bits. `frequency_of` names the column whose shared
    value is counted: a rare one is stronger evidence than a common one.
    """

    label: str
    when: tuple[Condition, ...]
    m: float
    u: float
    frequency_of: str | None = None

    @property
    def bits(self) -> float:
        return log2(self.m / self.u)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One piece of evidence: levels from the strongest agreement down; the first that holds counts.

    Below them lie two more, implied: *different*, with what remains of m and u, and *missing*
    (no column that the levels look at has a value on both sides), which says nothing either way.
    """

    name: str
    levels: tuple[Level, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the levels look at, each once."""
        return tuple(dict.fromkeys(part.column for level in self.levels for part in level.when))

    @property
    def m(self) -> tuple[float, ...]:
        """m of every level, then of *different*."""
        return _with_remainder(level.m for level in self.levels)

    @property
    def u(self) -> tuple[float, ...]:
        """u of every level, then of *different*."""
        return _with_remainder(level.u for level in self.levels)

    def label(self, code: int) -> str:
        """The words for a level code: 0 missing, 1… the levels, then different."""
        return ("missing", *(level.label for level in self.levels), "different")[code]


@dataclass(frozen=True, slots=True)
class Pass:
    """A blocking pass: records that agree on all `columns` are worth comparing.

    A record with a missing column is not found by this pass; the pass is never widened.
    """

    name: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that one thing has and no other thing shares.

    Two records whose values differ are never one thing (a veto), provided that their values in
    `within` (the register, the country) are equal. Values that more than `shared_by_at_most`
    records hold identify nothing and count as missing.
    """

    name: str
    column: str
    within: str | None = None
    shared_by_at_most: int = 50


@dataclass(frozen=True, slots=True)
class Guard:
    """Against over-merging: a link below `below` bits needs a third record that supports it.

    Only in clusters of at least `smallest` records.
    """

    below: float
    smallest: int = 4


@dataclass(frozen=True, slots=True)
class Joining:
    """How groups of records join, where things have many records (`matching.engine.joining`).

    Not a single link decides but what the links of all records of a group weigh on average; each
    doubling of the records that a group is linked with adds a bit, `support` at most.
    """

    support: float = 2.0


@dataclass(frozen=True, slots=True)
class Merging:
    """From how many bits the machine joins by itself, given what people have said of the two.

    A golden record is confirmed when a person linked a member of it or decided that two are one;
    a record that is in none yet counts as unconfirmed beside one that stands. None is `merge_at`,
    infinity is never.
    """

    new: float | None = None
    unconfirmed: float | None = None
    confirmed: float | None = None
    both_confirmed: float | None = inf


@dataclass(frozen=True, slots=True)
class MatchModel:
    """How the records of one domain are matched. Weights and thresholds are in bits.

    `prior` is log2 of the odds that two of some 20,000 records are one thing. A pair weighs its
    prior plus the evidence of its comparisons: from `review_at` a steward sees it, from
    `merge_at` it merges unseen. Blocks of more than `block_limit` records are not compared in
    full: each record meets its `window` nearest neighbours. Up to `copies` records with the same
    value are taken for copies of one thing when frequencies are counted. With `learned` False the
    weights are always those of the model. `merging` says what the machine may do with what people
    confirmed.
    """

    domain: str
    version: int
    columns: tuple[Column, ...]
    passes: tuple[Pass, ...]
    comparisons: tuple[Comparison, ...]
    prior: float
    review_at: float
    merge_at: float
    identifiers: tuple[Identifier, ...] = ()
    guard: Guard | None = None
    joining: Joining | None = None
    merging: Merging = Merging()
    block_limit: int = 50
    window: int = 10
    copies: int = 8
    learned: bool = True
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {column.name: column for column in self.columns})
        problems = list(_problems(self))
        if problems:
            raise ModelError(f"match model of {self.domain!r}: " + "; ".join(problems))

    @property
    def paths(self) -> tuple[str, ...]:
        """Every attribute path that the columns read, each once: `"emails[0]"`, `"client"`."""
        sources = chain.from_iterable(column.sources for column in self.columns)
        return tuple(dict.fromkeys(chain.from_iterable(sources)))

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that the paths begin with, each once, for a check that they exist."""
        return tuple(dict.fromkeys(path.split(".")[0].split("[")[0] for path in self.paths))

    def identifying(self) -> "MatchModel":
        """What of it tells things apart by identifiers: no two records are brought together."""
        named = {name for each in self.identifiers for name in (each.column, each.within)}
        columns = tuple(each for each in self.columns if each.name in named)
        return replace(self, columns=columns, passes=(), comparisons=())

    def comparison(self, name: str) -> Comparison:
        return next(comparison for comparison in self.comparisons if comparison.name == name)


def _with_remainder(shares: Iterator[float]) -> tuple[float, ...]:
    listed = tuple(shares)
    return (*listed, 1.0 - sum(listed))


def _problems(model: MatchModel) -> Iterator[str]:
    yield from _naming_problems(model)
    for column in model.columns:
        if column.form not in FORMS:
            yield (
                f"column {column.name!r} has the unknown form {column.form!r};"
                f" there is {_listed(FORMS)}"
            )
        if len(set(column.sources)) < len(column.sources):
            yield f"column {column.name!r} reads the same paths twice"
    for comparison in model.comparisons:
        if not comparison.levels:
            yield f"comparison {comparison.name!r} has no levels"
        for shares, letter in ((comparison.m, "m"), (comparison.u, "u")):
            if min(shares) <= 0:
                yield (
                    f"comparison {comparison.name!r}: the {letter} of its levels reach 1:"
                    " together they stay below it, the rest is for *different*"
                )
        for level in comparison.levels:
            for part in level.when:
                if part.measure not in (known := ("equal", "absent", *MEASURES)):
                    yield (
                        f"level {level.label!r} uses the unknown measure {part.measure!r};"
                        f" there is {_listed(known)}"
                    )
    pairs = bool(model.passes), bool(model.comparisons)
    if not all(pairs) and (any(pairs) or not model.identifiers):
        yield "a model needs a blocking pass and a comparison"
    if model.review_at > model.merge_at:
        yield "review_at lies above merge_at"
    for name in ("new", "unconfirmed", "confirmed", "both_confirmed"):
        threshold = getattr(model.merging, name)
        if threshold is not None and threshold < model.merge_at:
            yield f"merging: {name} lies below merge_at, from which alone records can merge"
    if model.block_limit < 2 or model.window < 1:
        yield "block_limit is at least 2 and window at least 1"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)


def _naming_problems(model: MatchModel) -> Iterator[str]:
    for kind, named in (
        ("column", model.columns),
        ("pass", model.passes),
        ("comparison", model.comparisons),
        ("identifier", model.identifiers),
    ):
        names = [item.name for item in named]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"two {kind}s are called {name!r}"
    for user, column in _uses_of_columns(model):
        if column not in model.by_name:
            yield f"{user} names the unknown column {column!r}"
    counted = {level.frequency_of for item in model.comparisons for level in item.levels}
    for name in sorted(filter(None, counted)):
        if name in model.by_name and not 0 < model.by_name[name].chance < 1:
            yield f"column {name!r} needs a chance between 0 and 1: its frequencies count"


def _uses_of_columns(model: MatchModel) -> Iterator[tuple[str, str]]:
    for blocking in model.passes:
        yield from ((f"pass {blocking.name!r}", column) for column in blocking.columns)
    for comparison in model.comparisons:
        yield from ((f"comparison {comparison.name!r}", column) for column in comparison.columns)
        for level in comparison.levels:
            if level.frequency_of:
                yield f"level {level.label!r}", level.frequency_of
    for identifier in model.identifiers:
        for column in filter(None, (identifier.column, identifier.within)):
            yield f"identifier {identifier.name!r}", column
