"""Names in any number: ordinary ones first, then composed ones, so that vocabularies can grow."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice, product

from mdm.feeds.generator.words import (
    ADJECTIVES,
    FAMILIES,
    FAMILY_ENDS,
    FAMILY_STARTS,
    NOUNS,
    SIDES,
    STREETS,
    SYLLABLE_ENDS,
    SYLLABLE_MIDDLES,
    SYLLABLE_STARTS,
    TOWN_ENDS,
    TOWN_STARTS,
)

_STRIDE = 2_654_435_761  # a prime: no list length divides it, so every combination comes once


def composed(*parts: Sequence[str], joint: str = "") -> Iterator[str]:
    """All combinations of one word of each of `parts`, well shuffled, always in the same order."""
    size = 1
    for part in parts:
        size *= len(part)
    for number in range(size):
        rest = number * _STRIDE % size
        chosen = []
        for part in parts:
            rest, index = divmod(rest, len(part))
            chosen.append(part[index])
        yield joint.join(chosen)


def _invented_words() -> Iterator[str]:
    short = composed(SYLLABLE_STARTS, SYLLABLE_ENDS)
    long = composed(SYLLABLE_STARTS, SYLLABLE_MIDDLES, SYLLABLE_ENDS)
    longer = composed(SYLLABLE_STARTS, SYLLABLE_MIDDLES, SYLLABLE_MIDDLES, SYLLABLE_ENDS)
    return chain(short, long, longer)


def _distinct(names: Iterator[str], count: int) -> list[str]:
    return list(islice(dict.fromkeys(islice(names, 2 * count + 100)), count))


@lru_cache(maxsize=8)
def family_names(count: int) -> list[str]:
    """`count` family names."""
    names = chain(FAMILIES, composed(FAMILY_STARTS, FAMILY_ENDS), _invented_words())
    return _distinct(names, count)


@lru_cache(maxsize=8)
def company_roots(count: int) -> list[str]:
    """`count` names of firms without trade and legal form: invented, of families, of things."""
    kinds = (
        _invented_words(),
        chain(composed(FAMILY_STARTS, FAMILY_ENDS), composed(FAMILIES, FAMILIES, joint=" & ")),
        chain(composed(ADJECTIVES, NOUNS, joint=" "), composed(TOWN_STARTS, NOUNS, joint=" ")),
    )
    return _distinct(_in_turn(kinds), count)


def _in_turn(kinds: Sequence[Iterator[str]]) -> Iterator[str]:
    left = list(kinds)
    while left:
        for names in tuple(left):
            name = next(names, None)
            if name is None:
                left.remove(names)
            else:
                yield name


@lru_cache(maxsize=8)
def town_names(count: int) -> list[str]:
    """`count` names of invented towns."""
    simple = composed(TOWN_STARTS, TOWN_ENDS)
    double = (f"{side} {name}" for side, name in product(SIDES, composed(TOWN_STARTS, TOWN_ENDS)))
    return _distinct(chain(simple, double, _invented_words()), count)


@lru_cache(maxsize=8)
def street_names(count: int) -> list[str]:
    """`count` names of streets without Street or Road."""
    return _distinct(chain(STREETS, composed(TOWN_STARTS, TOWN_ENDS), _invented_words()), count)
