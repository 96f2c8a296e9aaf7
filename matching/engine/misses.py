"""Why blocking passes do not bring two records together."""

from collections.abc import Iterator
from dataclasses import dataclass

from matching.engine.frame import Frame
from matching.engine.model import MatchModel
from matching.engine.words import say


@dataclass(frozen=True, slots=True)
class Miss:
    """A pass that does not find a pair: what one of the two lacks, and where they differ.

    When nothing is missing and nothing differs, their block is capped and they are no neighbours.
    """

    blocking: str
    missing: tuple[str, ...]
    differing: tuple[str, ...]

    @property
    def obstacles(self) -> int:
        return len(self.missing) + len(self.differing)

    @property
    def reason(self) -> str:
        """Why not, in words: "city differs"."""
        if not self.obstacles:
            return say("the block is capped and they are not near neighbours in it")
        said = [say("{column} is missing", column=say(column)) for column in self.missing]
        said += [say("{column} differs", column=say(column)) for column in self.differing]
        return say(" and ").join(said)


def misses(frame: Frame, model: MatchModel, left: int, right: int) -> tuple[Miss, ...]:
    """Why each pass misses a pair that none finds, the nearest to finding it first."""
    return tuple(sorted(_misses(frame, model, left, right), key=lambda miss: miss.obstacles))


def _misses(frame: Frame, model: MatchModel, left: int, right: int) -> Iterator[Miss]:
    held = {
        column: (set(frame.values(column, left)), set(frame.values(column, right)))
        for column in {name for blocking in model.passes for name in blocking.columns}
    }
    for blocking in model.passes:
        ends = {column: held[column] for column in blocking.columns}
        missing = tuple(name for name, (mine, theirs) in ends.items() if not (mine and theirs))
        differing = tuple(
            name for name, (mine, theirs) in ends.items() if mine and theirs and not mine & theirs
        )
        yield Miss(blocking.name, missing, differing)
