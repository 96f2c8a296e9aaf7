"""What waits for people, what they did, and the reports that are kept."""

from stewardship.models.reports import AskedClose, FrozenReport, KeptReport, PeriodClose
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
    "KeptReport",
    "MergeConsent",
    "PeriodClose",
    "StewardAction",
    "StewardshipTask",
    "StewardshipTaskQuerySet",
]
