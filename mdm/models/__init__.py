"""Nouns and facts. Verbs live beside this package."""

from mdm.models.crosswalk import CrosswalkLink
from mdm.models.event import Event
from mdm.models.feed import LEDGER, Feed, FeedBatch, FeedChunk, FeedFile, FeedMapping, FeedRow
from mdm.models.following import EventPosition, UnplacedEvent
from mdm.models.golden import (
    EffectiveRate,
    Evaluation,
    GoldenRecord,
    GoldenRecordVersion,
    Override,
    SurvivorshipPolicy,
)
from mdm.models.governance import (
    ApiClient,
    OwnershipBreach,
    OwnershipRule,
    OwnershipSegment,
)
from mdm.models.idempotency import IdempotentAnswer
from mdm.models.ownership_request import OwnershipRequest
from mdm.models.quality import HubCheck, QualityRun, QualityScore, QualityWeight
from mdm.models.relationship import Relationship
from mdm.models.source import (
    BlockedValue,
    ExposureFact,
    SourceRecord,
    SourceRecordVersion,
    SourceSystem,
)
from mdm.models.usage import ApiUsage, Notice
from mdm.models.webhook import Delivery, DeliveryAttempt, Subscription, SubscriptionSecret
from mdm.models.work import Work

__all__ = [
    "LEDGER",
    "ApiClient",
    "ApiUsage",
    "BlockedValue",
    "CrosswalkLink",
    "Delivery",
    "DeliveryAttempt",
    "EffectiveRate",
    "Evaluation",
    "Event",
    "EventPosition",
    "ExposureFact",
    "Feed",
    "FeedBatch",
    "FeedChunk",
    "FeedFile",
    "FeedMapping",
    "FeedRow",
    "GoldenRecord",
    "GoldenRecordVersion",
    "HubCheck",
    "IdempotentAnswer",
    "Notice",
    "Override",
    "OwnershipBreach",
    "OwnershipRequest",
    "OwnershipRule",
    "OwnershipSegment",
    "QualityRun",
    "QualityScore",
    "QualityWeight",
    "Relationship",
    "SourceRecord",
    "SourceRecordVersion",
    "SourceSystem",
    "Subscription",
    "SubscriptionSecret",
    "SurvivorshipPolicy",
    "UnplacedEvent",
    "Work",
]
