"""Training without labels: how often records of one thing agree, and records of two things.

u comes from random pairs, of which practically none is one thing; m comes from candidate pairs by
expectation maximisation with u held fixed (Winkler 1988), pass by pass, leaving out what a pass
itself demands. A pass speaks for all pairs that it brings together, also for those that an earlier
one found: without these it would only see pairs that differ in what the earlier one demands. What
a model ships with counts as prior observations, so that a feed that says little about a level
leaves it nearly as it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import MISSING, Floats, Mask, combined
from matching.engine.blocking import Blocking, Pairs, Sample
from matching.engine.content import lots
from matching.engine.forks import made_of_each
from matching.engine.frame import Frame
from matching.engine.frequencies import chance_of_sharing, learned_chance
from matching.engine.identifiers import NO_VETO, Held, held_identifiers, vetoes
from matching.engine.levels import Comparer, Levels
from matching.engine.model import Comparison, MatchModel, Pass
from matching.engine.weights import Weights

FEWEST_RECORDS = 500
RANDOM_PAIRS = 20_000, 200_000  # at least and at most; between them two for each record
PAIRS_OF_A_PASS = 40_000
_PRIOR_OBSERVATIONS = 200.0  # the weight of what the model ships with, in pairs
_PRIOR_EVENTS = 5.0
_ROUNDS = 25
_WORTH_SHARING = 100_000  # records that are worth another process
_SMALLEST = 1e-9


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Level codes of sampled pairs, each combination once; those of a comparison by its name."""

    levels: Mapping[str, Levels]
    vetoed: Mask  # an identifier differs: no match, whatever the levels say
    pairs: Floats  # how many pairs of the sample show each pattern
    new: Floats  # how many of these no earlier pass finds
    total: float  # how many such new pairs the sample stands for


def train(
    frame: Frame,
    model: MatchModel,
    random: np.random.Generator,
    blocking: Blocking | None = None,
    *,
    processes: int = 1,
) -> Weights:
    """Weights learned from the records of `frame`; those of the model when they are too few.

    The same records, in whatever order, model and state of `random` give the same weights. The
    number of `processes` changes nothing but time.
    """
    shipped = Weights.of(model)
    if not model.learned or len(frame) < FEWEST_RECORDS:
        return shipped
    passes = blocking or Blocking.of(frame, model)
    comparer, identifiers = Comparer(frame, model), held_identifiers(frame, model)
    drawn = lots(frame, seed=int(random.integers(2**63)))
    by_chance = _random_pairs(drawn, random)

    def seen(number: int) -> _Patterns:
        is_pass = number != by_chance.pairs.blocking
        sample = passes.sample(number, PAIRS_OF_A_PASS, drawn) if is_pass else by_chance
        return _patterns(comparer, model, identifiers, sample)

    numbers = range(by_chance.pairs.blocking, len(model.passes))
    few = len(frame) < _WORTH_SHARING
    at_random, *patterns = made_of_each(seen, numbers, 1 if few else processes)
    u = _learn_u(frame, model, at_random)
    m = _learn_m(model, patterns, u)
    prior = _learn_prior(model, patterns, m, u, len(frame))
    chance = {
        name: learned_chance(frame.columns[name], expected, model.copies)
        for name, expected in shipped.chance.items()
    }
    return Weights(model.domain, model.version, prior, m, u, chance, len(frame))


Shares = dict[str, tuple[float, ...]]


def _random_pairs(lots: Floats, random: np.random.Generator) -> Sample:
    """Random pairs of rows, which no pass brought together.

    Which they are depends on the rows' lots, not on where they lie.
    """
    pairs = int(np.clip(2 * len(lots), *RANDOM_PAIRS))
    some = min(len(lots), 2 * pairs)
    drawn = np.argpartition(lots, some - 1)[:some]
    by_lot = drawn[np.argsort(lots[drawn])]
    left, right = by_lot[random.integers(0, some, (2, pairs))]
    different = left != right
    drawn_pairs = Pairs(left[different], right[different], MISSING)
    return Sample(drawn_pairs, np.ones(len(drawn_pairs), np.bool_), float(len(drawn_pairs)))


def _learn_u(frame: Frame, model: MatchModel, seen: _Patterns) -> Shares:
    u: Shares = {}
    for comparison in model.comparisons:
        counts = _count(seen, comparison, seen.pairs)
        share = _with_rare_levels(counts, comparison)
        u[comparison.name] = _normalised(_with_exact_counts(share, comparison, frame, model))
    return u


def _with_rare_levels(seen: Floats, comparison: Comparison) -> Floats:
    """The share of each level among random pairs; one too rare to be sampled stays as shipped.

    The model's u counts as `_PRIOR_EVENTS` pairs seen of each level, in as many trials as it takes.
    """
    shipped = np.array(comparison.u)
    share: Floats = (seen + _PRIOR_EVENTS) / (seen.sum() + _PRIOR_EVENTS / shipped)
    return share


def _with_exact_counts(
    share: Floats, comparison: Comparison, frame: Frame, model: MatchModel
) -> Floats:
    """No level is more frequent than the equality that it demands, which is counted, not sampled.

    Nor less than half as frequent as the model expects: random pairs know nothing of sister
    companies and families, whom the model has in mind.
    """
    counted = share.copy()
    for number, level in enumerate(comparison.levels):
        demanded = [part.column for part in level.when if part.measure == "equal"]
        held = [frame.columns[name] for name in demanded]
        chances = [chance_of_sharing(column, model.copies) for column in held if len(column.values)]
        counted[number] = max(min([share[number], *chances]), level.u / 2)
    return counted


def _patterns(
    comparer: Comparer, model: MatchModel, identifiers: tuple[Held, ...], sample: Sample
) -> _Patterns:
    left, right = sample.pairs.left, sample.pairs.right
    ends = comparer.ends(left, right)
    shown = {item.name: comparer.levels(item, ends) for item in model.comparisons}
    vetoed = vetoes(identifiers, left, right) != NO_VETO
    columns = [each.astype(np.int32) for each in (*shown.values(), vetoed)]
    keys = combined(columns, [len(item.m) + 1 for item in model.comparisons] + [2])
    _, first, pattern = np.unique(keys, return_index=True, return_inverse=True)
    pairs = np.bincount(pattern, minlength=len(first)).astype(np.float64)
    new = np.bincount(pattern[sample.new], minlength=len(first)).astype(np.float64)
    levels = {name: each[first] for name, each in shown.items()}
    return _Patterns(levels, vetoed[first], pairs, new, sample.total)


def _learn_m(model: MatchModel, patterns: list[_Patterns], u: Shares) -> Shares:
    """Expected counts of every level among matches, summed over the passes that may speak."""
    counts = {item.name: np.zeros(len(item.m)) for item in model.comparisons}
    for blocking, seen in zip(model.passes, patterns, strict=True):
        free = [item for item in model.comparisons if not _tied(model, blocking, item)]
        matches = _expected_matches(seen, free, u)
        for item in free:
            counts[item.name] += _count(seen, item, matches)
    return {item.name: blended(counts[item.name], item.m) for item in model.comparisons}


def _expected_matches(seen: _Patterns, free: Sequence[Comparison], u: Shares) -> Floats:
    """For each pattern, how many of its pairs are matches, judged by the free comparisons."""
    m: Shares = {item.name: item.m for item in free}
    share = 0.5
    for _ in range(_ROUNDS if len(seen.pairs) else 0):
        matches = seen.pairs * _probability(seen, share, free, m, u)
        share = _inside(matches.sum() / seen.pairs.sum())
        m = {item.name: blended(_count(seen, item, matches), item.m) for item in free}
    return seen.pairs * _probability(seen, share, free, m, u)


def _probability(
    seen: _Patterns, share: float, free: Sequence[Comparison], m: Shares, u: Shares
) -> Floats:
    """The probability of a match for each pattern, by Bayes' rule."""
    odds = np.full(len(seen.pairs), np.log(share / (1 - share)))
    for item in free:
        says = np.concatenate([[0.0], np.log(np.array(m[item.name]) / np.array(u[item.name]))])
        odds += says.take(seen.levels[item.name])
    probability: Floats = 1 / (1 + np.exp(-np.clip(odds, -500, 500)))
    return np.where(seen.vetoed, 0.0, probability)


def _learn_prior(
    model: MatchModel, patterns: list[_Patterns], m: Shares, u: Shares, records: int
) -> float:
    """log2 of the odds that two random records are one thing.

    The prior under which the candidate pairs are expected to hold as many matches as it says that
    there are among all pairs; pairs that no pass finds are taken for no matches.
    """
    pairs = records * (records - 1) / 2
    share = 2**model.prior
    for _ in range(_ROUNDS):
        matches = 1.0
        for seen in patterns:
            found = seen.new * _probability(seen, share, model.comparisons, m, u)
            matches += float(found.sum()) * seen.total / max(1.0, seen.new.sum())
        share = _inside(matches / pairs, 1e-12)
    return float(np.log2(share))


def _inside(share: float, margin: float = 1e-6) -> float:
    return float(min(max(share, margin), 1 - margin))


def _tied(model: MatchModel, blocking: Pass, comparison: Comparison) -> bool:
    """Whether a pass demands what the comparison looks at: then it cannot tell how often it is."""
    demanded = {path for name in blocking.columns for path in _paths(model, name)}
    return any(path in demanded for name in comparison.columns for path in _paths(model, name))


def _paths(model: MatchModel, column: str) -> set[str]:
    return {path for source in model.by_name[column].sources for path in source}


def _count(seen: _Patterns, item: Comparison, matches: Floats) -> Floats:
    levels = seen.levels[item.name]
    counted = np.bincount(levels, weights=matches, minlength=len(item.m) + 1)[1:]
    return counted.astype(np.float64)


def blended(seen: Floats, expected: tuple[float, ...]) -> tuple[float, ...]:
    """Shares of the levels: what was seen, and what is expected as some prior pairs besides."""
    counts = seen + _PRIOR_OBSERVATIONS * np.array(expected)
    return _normalised(counts / counts.sum())


def _normalised(shares: Floats) -> tuple[float, ...]:
    safe = np.maximum(shares, _SMALLEST)
    return tuple((safe / safe.sum()).tolist())
