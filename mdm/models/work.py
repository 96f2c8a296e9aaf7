"""Work that waits to be done: rows with leases. A Celery task is only the doorbell."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy


class Work(models.Model):
    """One thing to do, by whoever claims it first; done exactly once however often it is tried."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting")
        RUNNING = "running", gettext_lazy("Running")
        DONE = "done", gettext_lazy("Done")
        PARKED = "parked", gettext_lazy("Parked after too many attempts")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=64, help_text="The id of what it is about")
    correlation_id = models.CharField(max_length=64)
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")

    stage = models.CharField(max_length=100, blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)

    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    lease = models.UUIDField(null=True)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "work"
        indexes = [
            models.Index(
                name="open_work",
                fields=["not_before"],
                condition=Q(state__in=["waiting", "running"]),
            ),
            models.Index(name="work_on_a_subject", fields=["subject", "kind"]),
        ]
        constraints = [
            models.UniqueConstraint(
                name="one_waiting_row_per_kind_and_subject",
                fields=["kind", "subject"],
                condition=Q(state="waiting"),
            ),
            models.CheckConstraint(
                name="running_work_is_leased",
                condition=~Q(state="running") | Q(lease__isnull=False, leased_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"
