"""What waits for a person."""

from django.db import models
from django.db.models import Q


class StewardshipTask(models.Model):
    """One thing waiting for a steward. A person decides; the hub only asks."""

    class Kind(models.TextChoices):
        MATCH_REVIEW = "match_review", "Match review"
        CONTESTED_RATE = "contested_rate", "Contested rate"

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
