"""Reports that are kept: frozen by the close of a period, or made by a worker."""

from django.db import models
from django.db.models import Q


class PeriodClose(models.Model):
    """A period that finance closed: its reports as they stood, for ever, and who vouches for it."""

    period = models.CharField(max_length=32, unique=True, help_text="Such as 2026-11")
    as_of = models.DateTimeField(help_text="The moment of which the frozen figures are true")
    note = models.TextField(blank=True)
    sight = models.JSONField(
        default=list, help_text="What one must be allowed to see to read what was frozen"
    )
    closed_by = models.CharField(max_length=200)
    closed_at = models.DateTimeField()
    certified_by = models.CharField(max_length=200, blank=True)
    certified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_close_is_certified_by_somebody_at_some_time",
                condition=Q(certified_at=None, certified_by="")
                | (Q(certified_at__isnull=False) & ~Q(certified_by="")),
            )
        ]

    def __str__(self) -> str:
        return self.period


class FrozenReport(models.Model):
    """A report of a close, figure for figure; never edited."""

    close = models.ForeignKey(PeriodClose, models.PROTECT, related_name="reports")
    code = models.CharField(max_length=32)
    document = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_close_freezes_each_report_once", fields=["close", "code"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} of {self.close_id}"


class AskedClose(models.Model):
    """A period that a worker is to close; gone once it is closed."""

    period = models.CharField(max_length=32, unique=True)
    note = models.TextField(blank=True)
    sight = models.JSONField(help_text="What whoever asked may see")
    asked_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.period


class KeptReport(models.Model):
    """A report that takes a worker to make, as it was last made for people who see the same."""

    code = models.CharField(max_length=32)
    domain = models.CharField(max_length=32, blank=True)
    attribute = models.CharField(max_length=64, blank=True)
    at_moment = models.DateTimeField(null=True, help_text="The moment asked for; null is now")
    sight = models.JSONField(help_text="What they may see: what they may not is masked or left out")
    language = models.CharField(max_length=16)
    document = models.TextField(blank=True, help_text="As JSON; empty until it was made once")
    as_of = models.DateTimeField(null=True)
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_report_is_kept_once_for_those_who_see_the_same",
                fields=["code", "domain", "attribute", "at_moment", "sight", "language"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="a_kept_report_says_of_when_it_is",
                condition=Q(document="", as_of=None) | (~Q(document="") & Q(as_of__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} in {self.language}"
