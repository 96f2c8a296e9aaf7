"""Why a golden record says what it says: for each value the winner, and what it beat."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mdm.consolidation import EVERYTHING
from mdm.domains import entity_type
from mdm.models import GoldenRecord, SourceRecord
from mdm.schema import Attribute
from mdm.survivorship import ONLY, REASONS


@dataclass(frozen=True, slots=True)
class Source:
    """A source record that is linked to the golden record."""

    record_id: int
    system: str
    source_key: str
    url: str
    attributes: dict[str, Any]
    source_updated_at: datetime | None
    inactive: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one source says about one attribute, and whether that survived."""

    source: Source
    value: Any
    wins: bool


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where one value of a golden record came from."""

    attribute: Attribute
    value: Any
    reason: str
    candidates: tuple[Candidate, ...]

    @property
    def contested(self) -> bool:
        """Whether sources that have a value disagree."""
        values = [each.value for each in self.candidates if each.value is not None]
        return any(value != values[0] for value in values)


def sources_of(golden: GoldenRecord) -> list[Source]:
    """The source records that are linked to `golden` now, by system and key."""
    records = (
        SourceRecord.objects.filter(links__golden=golden, links__unlinked_at=None)
        .select_related("system")
        .order_by("system__code", "source_key")
    )
    return [
        Source(
            record.pk,
            record.system.code,
            record.source_key,
            record.system.url_of(record.domain, record.source_key),
            record.attributes,
            record.source_updated_at,
            record.inactive_at is not None,
        )
        for record in records
    ]


def explain(golden: GoldenRecord, sources: Sequence[Source]) -> list[Lineage]:
    """The lineage of every attribute that the golden record or one of its sources has."""
    return [
        lineage
        for attribute in entity_type(golden.domain).attributes
        if (lineage := _explain(golden, attribute, sources))
    ]


def _explain(
    golden: GoldenRecord, attribute: Attribute, sources: Sequence[Source]
) -> Lineage | None:
    value = golden.attributes.get(attribute.name)
    candidates = tuple(_candidate(golden, attribute, source) for source in sources)
    if value is None and all(each.value is None for each in candidates):
        return None
    reasons = [_reason(golden, attribute.name, each.source) for each in candidates if each.wins]
    return Lineage(attribute, value, REASONS[reasons[0]] if reasons else "", candidates)


def _candidate(golden: GoldenRecord, attribute: Attribute, source: Source) -> Candidate:
    value = source.attributes.get(attribute.name)
    wins = value is not None and bool(_reason(golden, attribute.name, source))
    return Candidate(source, value, wins)


def _reason(golden: GoldenRecord, name: str, source: Source) -> str:
    """Why the source's value survived; "" when it did not."""
    won = golden.provenance.get(str(source.record_id), {})
    return ONLY if won == EVERYTHING else str(won.get(name, ""))
