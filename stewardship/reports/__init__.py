"""The reports that finance reviews, each a function of a moment and of who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from mdm.governance.access import Actor
from stewardship.reports import (
    breaches,
    changes,
    clients,
    conflicts,
    groups,
    quality,
    rates,
    register,
)
from stewardship.reports.table import Report


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report. Only one `of_any_moment` can be made as of another moment than now."""

    title: str
    make: Callable[[datetime, Actor], Report]
    of_any_moment: bool = False


REPORTS: dict[str, Kind] = {
    "ownership": Kind("Who owns what", lambda as_of, _: register.matrix(as_of), True),
    "gaps": Kind("Gaps in ownership", lambda as_of, _: register.gaps(as_of)),
    "breaches": Kind("Breaches of ownership", breaches.by_system, True),
    "breach-list": Kind("Breaches one by one", breaches.one_by_one, True),
    "changes": Kind("Changes since the last close", changes.since_last_close, True),
    "loose-ends": Kind("What one system has and another lacks", clients.loose_ends),
    "groups": Kind("Groups of clients", groups.groups),
    "conflicts": Kind("Where systems disagree", conflicts.conflicts),
    "rates": Kind("Rates that need a look", rates.rates),
    "quality": Kind("Data quality", quality.scorecard, True),
}
"""By the name in their address."""
