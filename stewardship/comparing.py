"""Records side by side as a person reads them: what differs first, what they may not see masked."""

from collections.abc import Sequence
from dataclasses import dataclass

from mdm.governance import access
from mdm.schema import Attributes, EntityType


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute over all records; `differs` when those that have a value do not agree."""

    label: str
    glossary: str
    cells: tuple[str, ...]
    differs: bool


def side_by_side(
    actor: access.Actor, declared: EntityType, records: Sequence[Attributes]
) -> list[Line]:
    """A line for each attribute that one of the records has, differing ones first."""
    lines = []
    for attribute in declared.attributes:
        values = [record.get(attribute.name) for record in records]
        if any(value is not None for value in values):
            said = [value for value in values if value is not None]
            shown = access.may_see(actor, attribute)
            cells = (
                (attribute.display(value) if shown else access.MASK) if value is not None else ""
                for value in values
            )
            differs = shown and any(value != said[0] for value in said)
            lines.append(Line(attribute.label, attribute.glossary, tuple(cells), differs))
    return sorted(lines, key=lambda line: not line.differs)
