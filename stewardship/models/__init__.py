"""What waits for people, what they did and saw, and the reports that are kept."""

from stewardship.models.reports import AskedClose, FrozenReport, KeptReport, PeriodClose
from stewardship.models.seen import HomeVisit, OnScreen
from stewardship.models.tasks import (
    BulkChunk,
    BulkDecision,
    MergeConsent,
    StewardAction,
    StewardshipTask,
    StewardshipTaskQuerySet,
)

__all__ = [
    "AskedClose",
    "BulkChunk",
    "BulkDecision",
    "FrozenReport",
    "HomeVisit",
    "KeptReport",
    "MergeConsent",
    "OnScreen",
    "PeriodClose",
    "StewardAction",
    "StewardshipTask",
    "StewardshipTaskQuerySet",
]
