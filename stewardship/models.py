"""What waits for a person."""

from django.db import models
from django.db.models import Q
from django.urls import reverse


class StewardshipTask(models.Model):
    """One thing waiting for a steward. A person decides; the hub only asks."""

    class Kind(models.TextChoices):
        MATCH_REVIEW = "match_review", "Match review"
        CONTESTED_RATE = "contested_rate", "Contested rate"
        CONTESTED_PIN = "contested_pin", "Contested pin"
        SUSPECT_CLUSTER = "suspect_cluster", "Suspect cluster"
        CONTRADICTION = "contradiction", "Decisions that contradict each other"
        RELATIONSHIP = "relationship", "Unclear relationship"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        DONE = "done", "Done"

    kind = models.CharField(max_length=32, choices=Kind)
    domain = models.CharField(max_length=32)
    subject = models.CharField(max_length=64, help_text="The id of what it is about")
    summary = models.TextField(help_text="In a steward's words, without values")
    correlation_id = models.CharField(max_length=64)

    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_stewardship_task_per_kind_and_subject",
                fields=["kind", "subject"],
                condition=Q(state="open"),
            )
        ]
        indexes = [
            models.Index(
                name="open_stewardship_tasks",
                fields=["domain", "kind", "-opened_at"],
                condition=Q(state="open"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.summary}"

    def address(self) -> str:
        """Where a person decides on it; "" where there is no page yet."""
        pages = {
            self.Kind.MATCH_REVIEW: ("pair", [self.subject]),
            self.Kind.SUSPECT_CLUSTER: ("suspect", [self.subject]),
            self.Kind.CONTESTED_PIN: ("contested-pin", [self.subject]),
            self.Kind.CONTESTED_RATE: ("golden", [self.domain, self.subject]),
        }
        page = pages.get(self.Kind(self.kind))
        return reverse(page[0], args=page[1]) if page else ""


class StewardAction(models.Model):
    """Something a person did that can be undone: what it needs to take back, and its batch."""

    class Kind(models.TextChoices):
        DECIDE = "decide", "Decided on a pair"
        MERGE = "merge", "Merged"
        SEPARATE = "separate", "Took out"
        OVERRIDE = "override", "Pinned a value"
        END_OVERRIDE = "end_override", "Removed a pin"
        CONDITION = "condition", "Judged a source record"
        ISOLATE = "isolate", "Took a source record out of matching, or back in"

    kind = models.CharField(max_length=16, choices=Kind)
    domain = models.CharField(max_length=32)
    content = models.JSONField(help_text="Ids only: golden records, source records, decisions")
    batch = models.UUIDField(null=True, help_text="The bulk batch that it is part of")

    done_by = models.CharField(max_length=200)
    done_at = models.DateTimeField()
    correlation_id = models.CharField(max_length=64)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(name="last_actions_of_a_person", fields=["done_by", "-id"]),
            models.Index(
                name="actions_of_a_batch", fields=["batch"], condition=Q(batch__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.done_by}"
