"""Waking a worker that delivers what waits for a subscription."""

from datetime import datetime

from mdm import work
from mdm.cause import Cause, mint_correlation_id

DELIVER = "deliver"


def wake(subscription_id: int, at: datetime) -> None:
    """Have a worker deliver what waits for a subscription, now."""
    cause = Cause(at, "job:follow", mint_correlation_id())
    work.hasten(DELIVER, subscription_id, cause=cause)
    work.enqueue(DELIVER, subscription_id, cause=cause)
