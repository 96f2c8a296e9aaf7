"""Asking the ownership register which source system comes first for an attribute on a date.

The register is the only order of source systems there is: survivorship, the breach ledger and the
reports all ask here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter

import numpy as np
from django.db.models import Q, QuerySet

from mdm.domains import entity_type
from mdm.models import OwnershipRule, OwnershipSegment
from mdm.schema import Attribute, Attributes, EntityType
from mdm.survivorship import Integers, Turn

UNRANKED = 1_000
"""The rank of a system that the register does not mention."""
ALL = ""
"""The segment of all golden records, and the subject of a whole domain."""

OnBreach = OwnershipRule.OnBreach
Subject = tuple[str, str]
"""An attribute or a group of them (ALL: the domain), and the code of a segment (ALL: all)."""
Unit = tuple[Attribute, ...]


class OwnershipCycleError(ValueError):
    """Segments that depend on each other: who owns one value would depend on that value."""


@dataclass(frozen=True, slots=True)
class WritePolicy:
    """What the rule of an owner says of writes by others, and who answers for it."""

    on_breach: str
    accountable: str
    steward: str = ""
    technical_owner: str = ""
    deputy: str = ""

    @property
    def people(self) -> frozenset[str]:
        """Those who may write what the rule keeps others from."""
        return frozenset(filter(None, (self.accountable, self.steward, self.deputy)))


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order of source systems in one domain on one date; rank 0 is the system of record.

    `names` has what people call the systems that it ranks, by their ids.
    """

    declared: EntityType
    places: dict[Subject, dict[int, int]]
    segments: dict[str, OwnershipSegment]
    policies: dict[Subject, WritePolicy]
    names: dict[int, str]

    def order(self, attribute: str, segment: str = ALL) -> dict[int, int]:
        """Rank per source system id, by the rules from the narrowest to the widest.

        Those of a wider one fill up, unless a narrower one says that nobody owns it.
        """
        ordered: dict[int, int] = {}
        for subject in self.chain(attribute, segment):
            places = self.places.get(subject)
            if places == {}:
                break
            for system in sorted(places or (), key=(places or {}).__getitem__):
                ordered.setdefault(system, len(ordered))
        return ordered

    def owner(self, attribute: str, segment: str = ALL) -> int | None:
        """The system of record of an attribute, by id; None when nobody owns it."""
        return next(iter(self.order(attribute, segment)), None)

    def is_binding(self, attribute: str, segment: str = ALL) -> bool:
        """Whether the register names an owner for the attribute itself, not for its domain."""
        subject = subject_of(self.declared, attribute)
        narrow = [self.places.get((subject, each)) for each in (segment, ALL)]
        return bool(next((each for each in narrow if each is not None), {}))

    def owns(self, attribute: str, segment: str = ALL) -> int | None:
        """The system whose value other systems may not change, by id; None where they may.

        They may where nobody owns the attribute, and where only its domain has an owner and the
        attribute survives by something else than trust: there a newer or fuller value may win.
        """
        if attribute == ALL:
            return self.owner(ALL)
        strategy, decay, _ = self.declared[attribute].survives_by
        contested = strategy.name != "most trusted" or decay or self.declared[attribute].many
        bound = self.is_binding(attribute, segment)
        return None if contested and not bound else self.owner(attribute, segment)

    def verdict(
        self, attribute: str, *, system: int | None = None, by: str = "", segment: str = ALL
    ) -> str:
        """What becomes of a write: "" where it is the writer's to make, else an `OnBreach`.

        A source system writes what it owns, and what nobody does. A person, named like in events,
        is refused where the register rejects writes and does not name that person. What is about
        whole golden records, such as merging them, is a write of ALL.
        """
        owner = self.owns(attribute, segment)
        if owner is None or system == owner:
            return ""
        policy = self.policy(attribute, segment)
        if policy is None:
            return ""
        if system is not None:
            return policy.on_breach
        is_named = by.removeprefix("user:") in policy.people  # a key of the same name is not
        refused = policy.on_breach == OnBreach.REJECT and not is_named
        return OnBreach.REJECT if refused else ""

    def policy(self, attribute: str, segment: str = ALL) -> WritePolicy | None:
        """What the narrowest rule of an attribute says, and who answers for it; None for a gap."""
        found = (self.policies.get(each) for each in self.chain(attribute, segment))
        return next((each for each in found if each), None)

    def is_inherited(self, attribute: str, segment: str = ALL) -> bool:
        """Whether the attribute has no rule of its own, and goes by the one of its domain."""
        subject = subject_of(self.declared, attribute)
        return not any((subject, each) in self.places for each in (segment, ALL))

    def ranks(self, attribute: str, systems: Integers, segment: str = ALL) -> Integers:
        """The rank of each source system id in `systems`."""
        order = self.order(attribute, segment)
        distinct, places = np.unique(systems, return_inverse=True)
        ranks = np.array([order.get(int(system), UNRANKED) for system in distinct], dtype=np.int64)
        return ranks[places] if len(ranks) else systems

    def turns(self, attribute: str, systems: Integers) -> list[Turn]:
        """The orders of `systems` for an attribute: those of its segments, then the one of all."""
        special = [
            Turn(
                self.ranks(attribute, systems, each.code),
                self.is_binding(attribute, each.code),
                each.holds,
            )
            for each in self.segments_of(attribute)
        ]
        return [*special, Turn(self.ranks(attribute, systems), self.is_binding(attribute))]

    def segments_of(self, attribute: str) -> list[OwnershipSegment]:
        """The segments that have a rule for the attribute, those of a narrower rule first.

        A rule of a segment for the whole domain does not bear on what the segment is told by.
        """
        subject = subject_of(self.declared, attribute)
        own = [code for about, code in self.places if about == subject and code in self.segments]
        wide = [
            code
            for code, segment in self.segments.items()
            if code not in own
            and (ALL, code) in self.places
            and subject_of(self.declared, segment.attribute) != subject
        ]
        return [self.segments[code] for code in (*sorted(own), *sorted(wide))]

    def segment_of(self, attribute: str, values: Attributes) -> str:
        """The code of the segment by which the golden record with `values` is owned; or ALL."""
        return next((each.code for each in self.segments_of(attribute) if each.holds(values)), ALL)

    def units(self) -> Sequence[Unit]:
        """The survival units, those first by whose values segments of others are told.

        Raises OwnershipCycleError.
        """
        units = self.declared.survival_units
        if not self.segments:
            return units
        graph = {
            unit: [self.declared.unit_of(each.attribute) for each in self.segments_of(unit[0].name)]
            for unit in units
        }
        try:
            return tuple(TopologicalSorter(graph).static_order())
        except CycleError as cycle:
            names = " → ".join(unit[0].name for unit in cycle.args[1])
            raise OwnershipCycleError(
                f"{self.declared.domain}: who owns what would depend on itself: {names}"
            ) from None

    def chain(self, attribute: str, segment: str = ALL) -> list[Subject]:
        """What rules may be about that bear on an attribute, from the narrowest to the widest."""
        subject = subject_of(self.declared, attribute)
        chain = [(subject, segment), (subject, ALL), (ALL, segment), (ALL, ALL)]
        return list(dict.fromkeys(chain))


def subject_of(declared: EntityType, attribute: str) -> str:
    """What a rule about an attribute is about: its group, where it has one, else itself."""
    return declared[attribute].group or attribute if attribute in declared else attribute


def ranking(domain: str, on: date, declared: EntityType | None = None) -> Ranking:
    """The register's order of systems for `domain` on the date `on`.

    `declared` says how its values survive where a policy differs from the declaration.
    """
    rules = OwnershipRule.objects.of(domain).filter(valid_on__contains=on)
    return ranked(domain, rules, declared)


def ranked(
    domain: str, rules: "QuerySet[OwnershipRule]", declared: EntityType | None = None
) -> Ranking:
    """The order of systems that some rules of `domain` make: such as those known at a moment."""
    places: dict[Subject, dict[int, int]] = {}
    policies: dict[Subject, WritePolicy] = {}
    named: set[str] = set()
    names: dict[int, str] = {}
    system_columns = ("system_id", "system__name")
    columns = ("attribute", "segment", *system_columns, "place", "on_breach", *OwnershipRule.PEOPLE)
    for attribute, segment, system, name, place, on_breach, *people in rules.values_list(*columns):
        order = places.setdefault((attribute, segment), {})
        named.add(segment)
        if system is not None:
            order[system] = place
            names[system] = name
        if place == 1:
            policies[attribute, segment] = WritePolicy(on_breach, *people)
    known = OwnershipSegment.objects.filter(domain=domain, code__in=named)
    segments = {each.code: each for each in known} if named - {ALL} else {}
    return Ranking(declared or entity_type(domain), places, segments, policies, names)


def beginnings(domain: str, since: date) -> list[date]:
    """The day `since`, and the later ones on which a rule of `domain` begins: in their order."""
    later = OwnershipRule.objects.of(domain).filter(valid_on__startswith__gt=since)
    return sorted({since, *(each.lower for each in later.values_list("valid_on", flat=True))})


def changes_between(domain: str, since: date, until: date) -> bool:
    """Whether a rule of `domain` begins or ends on a day after `since` and up to `until`."""
    days = (since + timedelta(days=1), until)
    turns = Q(valid_on__startswith__range=days) | Q(valid_on__endswith__range=days)
    return OwnershipRule.objects.of(domain).filter(turns).exists()
