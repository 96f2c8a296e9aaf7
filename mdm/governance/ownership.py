"""Asking the ownership register which source system comes first for an attribute on a date."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Q

from mdm.models import OwnershipRule
from mdm.survivorship import Integers

UNRANKED = 1_000
"""The rank of a system that the register does not mention."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order of source systems in one domain on one date; rank 0 is the system of record."""

    places: dict[str, dict[int, int]]

    def order(self, attribute: str) -> dict[int, int]:
        """Rank per source system id: rules of the attribute first, then those of the domain."""
        own, rest = self.places.get(attribute, {}), self.places.get("", {})
        ordered = sorted(own, key=own.__getitem__)
        ordered += [each for each in sorted(rest, key=rest.__getitem__) if each not in own]
        return {system: rank for rank, system in enumerate(ordered)}

    def ranks(self, attribute: str, systems: Integers) -> Integers:
        """The rank of each source system id in `systems`."""
        order = self.order(attribute)
        distinct, places = np.unique(systems, return_inverse=True)
        ranks = np.array([order.get(int(system), UNRANKED) for system in distinct], dtype=np.int64)
        return ranks[places] if len(ranks) else systems


def ranking(domain: str, on: date) -> Ranking:
    """The register's order of systems for `domain` on the date `on`."""
    places: dict[str, dict[int, int]] = {}
    rules = OwnershipRule.objects.of(domain).filter(valid_on__contains=on)
    for attribute, system, place in rules.values_list("attribute", "system_id", "place"):
        places.setdefault(attribute, {})[system] = place
    return Ranking(places)


def changes_between(domain: str, since: date, until: date) -> bool:
    """Whether a rule of `domain` begins or ends on a day after `since` and up to `until`."""
    days = (since + timedelta(days=1), until)
    turns = Q(valid_on__startswith__range=days) | Q(valid_on__endswith__range=days)
    return OwnershipRule.objects.of(domain).filter(turns).exists()
