"""How good the data is: what each scoring counted, by which weights, and what broke in the hub."""

from django.db import models
from django.db.models import F, Q

from mdm.models.source import SourceSystem
from mdm.schema import Dimension

DIMENSIONS = [(each.value, each.value.capitalize()) for each in Dimension]


class QualityRun(models.Model):
    """One scoring of the records of a domain, as they were at a moment."""

    domain = models.CharField(max_length=32)
    scored_at = models.DateTimeField()
    source_records = models.PositiveIntegerField()
    golden_records = models.PositiveIntegerField()
    seconds = models.FloatField()
    correlation_id = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(name="newest_quality_of_a_domain", fields=["domain", "-scored_at"])]

    def __str__(self) -> str:
        return f"{self.domain} at {self.scored_at:%Y-%m-%d %H:%M}"


class QualityScore(models.Model):
    """How many records one rule was asked of, and how many failed: of a system, or golden ones.

    Weight and people are those of the moment.
    """

    run = models.ForeignKey(QualityRun, models.CASCADE, related_name="scores", db_index=False)
    system = models.ForeignKey(
        SourceSystem, models.PROTECT, related_name="+", null=True, help_text="Null: golden records"
    )
    rule = models.CharField(max_length=200)
    dimension = models.CharField(max_length=16, choices=DIMENSIONS)
    attribute = models.CharField(max_length=64, blank=True, help_text="Empty: the whole record")

    checked = models.PositiveIntegerField()
    failed = models.PositiveIntegerField()
    weight = models.PositiveSmallIntegerField()
    accountable = models.CharField(max_length=200, blank=True)
    steward = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_rule_is_counted_once_a_run_and_system",
                fields=["run", "system", "rule"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="no_more_records_fail_than_are_checked",
                condition=Q(failed__lte=F("checked")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.failed} of {self.checked}"


class QualityWeight(models.Model):
    """How much a dimension weighs in the score of a domain, where that is not 1."""

    domain = models.CharField(max_length=32)
    dimension = models.CharField(max_length=16, choices=DIMENSIONS)
    weight = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_dimension_has_one_weight_a_domain", fields=["domain", "dimension"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.domain}: {self.dimension} weighs {self.weight}"


class HubCheck(models.Model):
    """One check of what must always hold in the hub, with what broke it."""

    checked_at = models.DateTimeField()
    seconds = models.FloatField()
    invariants = models.PositiveSmallIntegerField()
    broken = models.JSONField(help_text="Name, number of rows and some rows of each broken one")

    class Meta:
        indexes = [models.Index(name="newest_hub_checks_first", fields=["-checked_at"])]

    def __str__(self) -> str:
        return f"{len(self.broken)} broken at {self.checked_at:%Y-%m-%d %H:%M}"
