"""What people ask to be changed in the ownership register, and who agreed to it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy


class OwnershipRequest(models.Model):
    """A change of the register that is asked for: its lines, its effect, and what came of it.

    `lines` are like those of a configuration; `before` are lines that would bring back what was in
    force when it was applied.
    """

    class State(models.TextChoices):
        DRAFT = "draft", gettext_lazy("Is looked at before it is asked for")
        OPEN = "open", gettext_lazy("Waits for approval")
        APPLIED = "applied", gettext_lazy("Applied")
        DECLINED = "declined", gettext_lazy("Declined")

    lines = models.JSONField()
    reason = models.TextField()
    reverts = models.ForeignKey("self", models.PROTECT, null=True, related_name="reverted_by")

    effect = models.JSONField(null=True, help_text="Counts, and a sample of values; by domain")
    foreseen_at = models.DateTimeField(null=True)
    approvals = models.JSONField(default=list, help_text="By whom, when, and for whom")
    before = models.JSONField(null=True)

    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_because = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="an_ownership_request_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_state_display()}: {self.reason}"
