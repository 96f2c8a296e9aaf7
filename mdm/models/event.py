"""What happened to records: audit log, history and outbox in one table that only grows."""

from datetime import datetime

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q


class EventQuerySet(models.QuerySet["Event"]):
    """Events by what caused them; each of these questions has an index."""

    def of_request(self, request_id: str) -> "EventQuerySet":
        """What one request, or one bulk action, did."""
        return self.filter(request_id=request_id).exclude(request_id="")

    def of_person(self, username: str) -> "EventQuerySet":
        """What a person did."""
        return self.filter(by=f"user:{username}", by__startswith="user:")

    def since(self, moment: datetime) -> "EventQuerySet":
        return self.filter(at__gte=moment)


class Event(models.Model):
    """Something that happened to a record, without personal values: ids, versions and hashes."""

    type = models.CharField(max_length=64)
    domain = models.CharField(max_length=32, blank=True)
    golden_id = models.UUIDField(null=True, default=None)
    sequence = models.PositiveIntegerField(
        null=True, help_text="Counts the changes of one golden record without gaps"
    )
    content = models.JSONField(default=dict)

    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    correlation_id = models.CharField(max_length=64)
    request_id = models.CharField(
        max_length=64, blank=True, db_default="", help_text="Groups what one request did"
    )
    reason = models.TextField(blank=True, db_default="")
    rule_version = models.CharField(max_length=64, blank=True, db_default="")
    trace = models.BinaryField(
        max_length=25, null=True, help_text="Trace, span and flags (W3C), as mdm.tracing packs them"
    )

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="an_event_of_a_golden_record_has_a_sequence",
                condition=Q(golden_id=None, sequence=None)
                | Q(golden_id__isnull=False, sequence__isnull=False),
            ),
        ]
        # No event counts a change twice: each change also keeps a version, which has a primary key.
        # A unique index here as well would be five times as large, and inserts a quarter as quick.
        indexes = [
            models.Index(
                name="events_of_a_golden_record",
                fields=["golden_id"],
                condition=Q(golden_id__isnull=False),
            ),
            models.Index(
                name="events_of_one_business_case",
                fields=["correlation_id"],
                condition=Q(golden_id=None),
            ),
            models.Index(
                name="events_of_one_request",
                fields=["request_id"],
                condition=~Q(request_id=""),
            ),
            models.Index(
                name="events_by_people", fields=["by", "id"], condition=Q(by__startswith="user:")
            ),
            BrinIndex(name="events_by_time", fields=["at"], autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.golden_id or ''}".strip()
