"""The reports that finance reviews, each a function of a moment and of who asks."""

from collections.abc import Callable
from datetime import datetime

from mdm.governance.access import Actor
from stewardship.reports import breaches, changes, clients, quality, rates, register
from stewardship.reports.table import Report

REPORTS: dict[str, tuple[str, Callable[[datetime, Actor], Report]]] = {
    "ownership": ("Who owns what", lambda as_of, _: register.matrix(as_of)),
    "gaps": ("Gaps in ownership", lambda as_of, _: register.gaps(as_of)),
    "breaches": ("Breaches of ownership", lambda as_of, _: breaches.by_system(as_of)),
    "breach-list": ("Breaches one by one", breaches.one_by_one),
    "changes": ("Changes since the last close", changes.since_last_close),
    "loose-ends": ("What one system has and another lacks", clients.loose_ends),
    "conflicts": ("Where systems disagree", clients.conflicts),
    "rates": ("Rates that need a look", rates.rates),
    "quality": ("Data quality", quality.scorecard),
}
"""By the name in their address: what each is called, and how it is made."""
