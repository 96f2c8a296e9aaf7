"""Who calls what of the API, and who was told that it ends."""

from django.db import models

from mdm.models.event import Event
from mdm.models.governance import ApiClient


class ApiUsage(models.Model):
    """How often a consumer called an operation of the API on a day (UTC)."""

    day = models.DateField()
    version = models.CharField(max_length=16)
    operation = models.CharField(max_length=64)
    consumer = models.CharField(
        max_length=150, blank=True, help_text="The name of its key; empty for people"
    )
    calls = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_consumers_calls_of_a_day_are_counted_once",
                fields=["day", "version", "operation", "consumer"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.consumer or 'people'}: {self.operation} on {self.day}"


class Notice(models.Model):
    """An API client was told that an operation that it calls is on its way out."""

    class Stage(models.TextChoices):
        DEPRECATED = "deprecated"
        ENDING = "ending"

    client = models.ForeignKey(ApiClient, models.PROTECT, related_name="notices")
    version = models.CharField(max_length=16)
    operation = models.CharField(max_length=64)
    stage = models.CharField(max_length=16, choices=Stage)
    sunset_at = models.DateTimeField(null=True, help_text="As it was told: another one is news")

    event = models.OneToOneField(Event, models.DO_NOTHING, related_name="+", db_constraint=False)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_client_is_told_once_of_each_stage_of_an_operation",
                fields=["client", "version", "operation", "stage", "sunset_at"],
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.client_id} was told: {self.operation} is {self.stage}"
