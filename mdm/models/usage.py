"""Who calls what of the API."""

from django.db import models


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
