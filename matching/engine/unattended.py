"""What the machine may join by itself, given what people have confirmed."""

from collections.abc import Iterable, Sequence
from enum import IntEnum
from math import inf

from matching.engine.judgements import Things
from matching.engine.model import MatchModel

DECIDED = inf
"""The weight of a link that a person made: it joins whatever is confirmed."""

Link = tuple[int, int, float]
"""Two parts of a cluster, by their numbers, and the bits of the strongest pair between them."""


class Standing(IntEnum):
    """What a part of a cluster is so far."""

    NEW = 0
    UNCONFIRMED = 1
    CONFIRMED = 2


class Joined:
    """Parts of one cluster as far as the machine may join them.

    A cluster with several confirmed parts that it may not join is left as it is, but for what
    people decided: which of them the other parts belong to is for a person to say.
    """

    def __init__(
        self, standing: Sequence[Standing], links: Iterable[Link], model: MatchModel
    ) -> None:
        self._standing = dict(enumerate(standing))
        self._model = model
        self._groups = Things()
        listed = sorted(links, key=lambda link: (-link[2], link[:2]))
        self._join(link for link in listed if link[2] == DECIDED)
        both = [link for link in listed if self._confirmed(link[0]) and self._confirmed(link[1])]
        self._join(both)
        confirmed = {self.of(part) for part in self._standing if self._confirmed(part)}
        self.torn = len(confirmed) > 1
        if not self.torn:
            self._join(listed)

    def of(self, part: int) -> int:
        """The group of a part, by the number of its first part."""
        return self._groups.of(part)

    def _join(self, links: Iterable[Link]) -> None:
        for one, other, weight in links:
            ends = self.of(one), self.of(other)
            if weight == DECIDED or weight >= threshold(
                self._model, self._standing[ends[0]], self._standing[ends[1]]
            ):
                self._groups.join(ends)
                self._standing[self.of(one)] = max(self._standing[end] for end in ends)

    def _confirmed(self, part: int) -> bool:
        return self._standing[self.of(part)] == Standing.CONFIRMED


def threshold(model: MatchModel, one: Standing, other: Standing) -> float:
    """From how many bits the machine joins two parts."""
    merging = model.merging
    at_least = {
        0: merging.new if one == other == Standing.NEW else merging.unconfirmed,
        1: merging.confirmed,
        2: merging.both_confirmed,
    }[(one == Standing.CONFIRMED) + (other == Standing.CONFIRMED)]
    return model.merge_at if at_least is None else at_least


def is_free(model: MatchModel, standing: Sequence[Standing]) -> bool:
    """Whether the parts of a cluster join whatever the bits between them."""
    kinds = set(standing)
    confirmed = sum(each == Standing.CONFIRMED for each in standing)
    return confirmed < 2 and all(
        threshold(model, one, other) <= model.merge_at
        for one in kinds
        for other in kinds
        if Standing.CONFIRMED not in (one, other) or one != other
    )
