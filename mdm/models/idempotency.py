"""What was answered to a request that its sender may repeat."""

from django.db import models


class IdempotentAnswer(models.Model):
    """The answer to the first request of a caller under an Idempotency-Key; kept for a day."""

    caller = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    content = models.JSONField()
    headers = models.JSONField(default=dict)
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_caller_uses_an_idempotency_key_once", fields=["caller", "key"]
            )
        ]
        indexes = [models.Index(name="answers_that_grow_old", fields=["answered_at"])]

    def __str__(self) -> str:
        return f"{self.caller} {self.key}"
