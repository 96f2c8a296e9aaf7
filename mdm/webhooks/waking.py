"""Waking a worker that delivers what waits for a subscription."""

from datetime import datetime

from mdm import work
from mdm.cause import Cause, mint_correlation_id
from mdm.models import Work

DELIVER = "deliver"


def wake(subscription_id: int, at: datetime) -> None:
    """Have a worker deliver what waits for a subscription, now."""
    cause = Cause(at, "job:follow", mint_correlation_id())
    later = Work.objects.filter(
        kind=DELIVER, subject=str(subscription_id), state=Work.State.WAITING, not_before__gt=at
    )
    later.update(not_before=at)
    work.enqueue(DELIVER, subscription_id, cause=cause)
