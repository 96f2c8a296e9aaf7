"""The reports that finance reviews, each a function of a moment and of who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop

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
    """A kind of report. Only one `of_any_moment` can be made as of another moment than now.

    One that `reads_all` takes seconds in a large hub.
    """

    title: str
    make: Callable[[datetime, Actor], Report]
    of_any_moment: bool = False
    reads_all: bool = False


REPORTS: dict[str, Kind] = {
    "ownership": Kind(gettext_noop("Who owns what"), lambda as_of, _: register.matrix(as_of), True),
    "gaps": Kind(gettext_noop("Gaps in ownership"), lambda as_of, _: register.gaps(as_of)),
    "breaches": Kind(gettext_noop("Breaches of ownership"), breaches.by_system, True),
    "breach-list": Kind(gettext_noop("Breaches one by one"), breaches.one_by_one, True),
    "changes": Kind(
        gettext_noop("Changes since the last close"), changes.since_last_close, True, reads_all=True
    ),
    "loose-ends": Kind(
        gettext_noop("What one system has and another lacks"), clients.loose_ends, reads_all=True
    ),
    "groups": Kind(gettext_noop("Groups of clients"), groups.groups),
    "conflicts": Kind(gettext_noop("Where systems disagree"), conflicts.conflicts, reads_all=True),
    "rates": Kind(gettext_noop("Rates that need a look"), rates.rates),
    "quality": Kind(gettext_noop("Data quality"), quality.scorecard, True),
}
"""By the name in their address."""

DETAILS: dict[str, Callable[[str, str, datetime, Actor], Report]] = {
    "changes": changes.one_by_one,
    "conflicts": conflicts.one_by_one,
}
"""What is behind the rows of a report, by domain and attribute; each reads a whole domain."""
