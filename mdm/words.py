"""Who and when, in the words of whoever reads: names without a prefix, times as on their clock."""

from datetime import datetime

from django.utils import timezone


def person(by: str) -> str:
    """Who did something: "ann" for `user:ann`, "CRM" for `system:CRM`, else the hub and its job."""
    kind, _, name = by.partition(":")
    if kind == "job":
        return f"the hub ({name})"
    return name or by or "the hub"


def moment(at: datetime) -> str:
    """A moment to the minute, in the zone of the page: "2026-05-01 08:30"."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
