"""Records side by side as a person reads them: what differs first, what they may not see masked."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from mdm.governance import access
from mdm.schema import Attributes, EntityType
from mdm.words import displayed, translated
from stewardship.resolving import may_be_picked

_ALIKE = 0.4  # below that, marking single characters would only confuse
_LONGEST = 400
_SHORTEST = 3  # letters in common that are no chance


class Part(NamedTuple):
    """A piece of a value; `differs` from the value beside it."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A value as shown, in pieces; it may be chosen to survive where `pickable`."""

    parts: tuple[Part, ...]
    pickable: bool = False

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute over all records; `differs` when those that have a value do not agree.

    Where the person may not see the values, it is `hidden` whether they do.
    """

    name: str
    label: str
    glossary: str
    cells: tuple[Cell, ...]
    differs: bool
    hidden: bool = False


def side_by_side(
    actor: access.Actor, declared: EntityType, records: Sequence[Attributes]
) -> list[Line]:
    """A line for each attribute that one of the records has, differing ones first."""
    lines = []
    for attribute in declared.attributes:
        values = [record.get(attribute.name) for record in records]
        said = [value for value in values if value is not None]
        if not said:
            continue
        shown = access.may_see(actor, attribute)
        texts = [
            (displayed(attribute, value) if shown else access.MASK) if value is not None else ""
            for value in values
        ]
        differs = shown and any(value != said[0] for value in said)
        marked = marks(*texts) if differs and len(said) == len(texts) == 2 else map(_plain, texts)
        cells = tuple(
            Cell(parts, pickable=shown and may_be_picked(attribute, value))
            for parts, value in zip(marked, values, strict=True)
        )
        said_of = (attribute.name, translated(attribute.label), translated(attribute.glossary))
        lines.append(Line(*said_of, cells, differs, hidden=not shown))
    return sorted(lines, key=lambda line: not line.differs)


def marks(one: str, other: str) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """Two texts in pieces that are in both, or in one of them only.

    >>> marks("Acme A", "Acme B")[0]
    (Part(text='Acme ', differs=False), Part(text='A', differs=True))
    """
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if max(len(one), len(other)) > _LONGEST or matcher.ratio() < _ALIKE:
        return (Part(one, True),), (Part(other, True),)
    sides: tuple[list[Part], list[Part]] = ([], [])
    ends = (0, 0)
    for begin, other_begin, size in _shared(matcher, one, other):
        sides[0].append(Part(one[ends[0] : begin], True))
        sides[1].append(Part(other[ends[1] : other_begin], True))
        ends = begin + size, other_begin + size
        shared = Part(one[begin : ends[0]], False)
        sides[0].append(shared)
        sides[1].append(shared)
    left, right = (tuple(part for part in side if part.text) for side in sides)
    return left, right


def _shared(matcher: SequenceMatcher[str], one: str, other: str) -> list[tuple[int, int, int]]:
    """The stretches that both texts have; a letter or two in the midst of others are chance."""
    found = [
        (begin, other_begin, size)
        for begin, other_begin, size in matcher.get_matching_blocks()
        if size >= _SHORTEST or begin == other_begin == 0
    ]
    return [*found, (len(one), len(other), 0)]


def _plain(text: str) -> tuple[Part, ...]:
    return (Part(text, False),) if text else ()
