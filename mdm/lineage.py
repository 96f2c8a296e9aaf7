"""Why a golden record says what it says: for each value the winner, and what it beat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from mdm.consolidation import EVERYTHING
from mdm.governance.ownership import UNRANKED, Ranking, WritePolicy, ranking
from mdm.models import CrosswalkLink, GoldenRecord, Override, SourceRecord
from mdm.moment import last_evaluated_at
from mdm.pins import PINNED, overrides_in
from mdm.policy import InForce, in_force
from mdm.schema import Attribute
from mdm.survivorship import ONLY, REASONS, objects, trust_of


@dataclass(frozen=True, slots=True)
class Source:
    """A source record that is linked to the golden record, and how it came to be."""

    record_id: int
    system_id: int
    system: str
    source_key: str
    url: str
    attributes: dict[str, Any]
    source_updated_at: datetime | None
    doubtful: frozenset[str]
    condition: str
    inactive: bool
    method: str
    match_weight: float | None
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one source says about one attribute, how far it is trusted, and whether it survived.

    `trust` is between 0 and 100 at the moment of evaluation; `doubtful` says that the value failed
    validation.
    """

    source: Source
    value: Any
    wins: bool
    trust: float
    doubtful: bool


@dataclass(frozen=True, slots=True)
class PinnedBy:
    """A steward's value that outranks what sources say."""

    override_id: int
    value: Any
    reason: str
    set_by: str
    set_at: datetime
    expires_at: datetime | None
    contested: bool


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where one value of a golden record came from, and under which rule it survived.

    `owner` is the id of the source system that the register names for it; None when nobody owns it.
    `owner_name` is what people call that system.
    `rule` says who answers for that, and is None for a gap; `inherited`: it is the domain's.
    """

    attribute: Attribute
    value: Any
    reason: str
    strategy: str
    policy: str
    candidates: tuple[Candidate, ...]
    owner: int | None = None
    owner_name: str = ""
    rule: WritePolicy | None = None
    inherited: bool = False
    pin: PinnedBy | None = None

    @property
    def contested(self) -> bool:
        """Whether sources that have a value disagree."""
        values = [each.value for each in self.candidates if each.value is not None]
        return any(value != values[0] for value in values)

    @property
    def winners(self) -> tuple[Source, ...]:
        """The sources whose values survived: several for a list, none under a pin."""
        return tuple(each.source for each in self.candidates if each.wins)

    @property
    def is_foreign(self) -> bool:
        """Whether the value is there, has an owner, and is not from its owner."""
        from_owner = self.owner in {each.system_id for each in self.winners}
        return self.value is not None and self.owner is not None and not from_owner

    @property
    def doubtful(self) -> bool:
        """Whether the value that survived failed validation."""
        return any(each.doubtful for each in self.candidates if each.wins)


def sources_of(golden: GoldenRecord) -> list[Source]:
    """The source records that are linked to `golden` now, by system and key."""
    links = (
        CrosswalkLink.objects.filter(golden=golden, unlinked_at=None)
        .select_related("record__system")
        .order_by("record__system__code", "record__source_key")
    )
    return [_source(each, each.record) for each in links]


def _source(link: CrosswalkLink, record: SourceRecord) -> Source:
    return Source(
        record.pk,
        record.system_id,
        record.system.code,
        record.source_key,
        record.system.url_of(record.domain, record.source_key),
        record.attributes,
        record.source_updated_at,
        frozenset(record.doubtful),
        record.condition,
        record.inactive_at is not None,
        link.method,
        link.match_weight,
        link.linked_at,
    )


def explain(golden: GoldenRecord, sources: Sequence[Source]) -> list[Lineage]:
    """The lineage of every attribute that the golden record or one of its sources has."""
    explaining = _Explaining.of(golden, sources)
    return [
        lineage
        for attribute in explaining.rules.entity_type.attributes
        if (lineage := explaining.explain(attribute))
    ]


@dataclass(frozen=True, slots=True)
class _Explaining:
    """All that decides between the values of one golden record, as of its evaluation."""

    golden: GoldenRecord
    sources: Sequence[Source]
    rules: InForce
    register: Ranking
    at: datetime
    pins: dict[str, PinnedBy]

    @classmethod
    def of(cls, golden: GoldenRecord, sources: Sequence[Source]) -> "_Explaining":
        at = last_evaluated_at(golden.domain, golden.changed_at)
        pins = {each.attribute: _pinned_by(each) for each in overrides_in(golden.provenance)}
        rules = in_force(golden.domain)
        register = ranking(golden.domain, at.date(), rules.entity_type)
        return cls(golden, sources, rules, register, at, pins)

    def explain(self, attribute: Attribute) -> Lineage | None:
        name = attribute.name
        value, pin = self.golden.attributes.get(name), self.pins.get(name)
        segment = self.register.segment_of(name, self.golden.attributes)
        order = self.register.order(name, segment)
        candidates = self._candidates(attribute, order)
        if value is None and pin is None and all(each.value is None for each in candidates):
            return None
        reasons = [self._reason(name, source) for source in self.sources]
        reason = PINNED if pin else next(filter(None, reasons), "")
        return Lineage(
            attribute=attribute,
            value=value,
            reason=REASONS[reason] if reason and (pin or value is not None) else "",
            strategy=attribute.survivorship.name,
            policy=self.rules.name,
            candidates=candidates,
            owner=(owner := next(iter(order), None)),
            owner_name=self.register.names.get(owner, "") if owner else "",
            rule=self.register.policy(name, segment),
            inherited=self.register.is_inherited(name, segment),
            pin=pin,
        )

    def _candidates(self, attribute: Attribute, order: Mapping[int, int]) -> tuple[Candidate, ...]:
        name = attribute.name
        doubtful = [name in source.doubtful for source in self.sources]
        trust = trust_of(
            np.array([order.get(source.system_id, UNRANKED) for source in self.sources]),
            np.array([self._age(source) for source in self.sources]),
            np.array(doubtful, dtype=bool),
            attribute.decay,
            attribute.distrust,
            objects([source.system for source in self.sources]),
        )
        return tuple(
            Candidate(
                source=source,
                value=(value := source.attributes.get(name)),
                wins=value is not None and bool(self._reason(name, source)),
                trust=round(trusted, 1),
                doubtful=doubted,
            )
            for source, trusted, doubted in zip(self.sources, trust.tolist(), doubtful, strict=True)
        )

    def _age(self, source: Source) -> float:
        """Seconds since the source's own time of the value; endless where that is unknown."""
        moment = source.source_updated_at
        return (self.at - moment).total_seconds() if moment else np.inf

    def _reason(self, name: str, source: Source) -> str:
        """Why the source's value survived; "" when it did not."""
        won = self.golden.provenance.get(str(source.record_id), {})
        if won == EVERYTHING:
            return "" if name in self.pins else ONLY
        return str(won.get(name, ""))


def _pinned_by(override: Override) -> PinnedBy:
    return PinnedBy(
        override.pk,
        override.value,
        override.reason,
        override.set_by,
        override.set_at,
        override.expires_at,
        override.rival != override.beats,
    )
