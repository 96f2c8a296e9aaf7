"""Celery's side of work: the doorbell and the sweep."""

from celery import shared_task
from django.utils import timezone

from mdm import evaluation, invariants, work
from mdm.following import positions
from mdm.governance import usage
from mdm.quality import scoring
from mdm.webhooks import telling


@shared_task(name="mdm.tasks.perform")
def perform(work_id: int) -> None:
    """Do one piece of work, unless somebody else has."""
    work.perform(work_id)


@shared_task(name="mdm.tasks.follow", expires=30)
def follow() -> None:
    """Give events their positions, and make deliveries of them; safe to run twice, and at once."""
    positions.place_events()
    telling.tell_subscribers()


@shared_task(name="mdm.tasks.sweep", expires=30)
def sweep() -> None:
    """Ring for work and news that nobody has taken up, and ask for what time makes due."""
    evaluation.ask_when_due(timezone.now())
    scoring.ask_at_night(timezone.now())
    invariants.ask_at_night(timezone.now())
    work.ask_nightly("tell consumers", ["api"], timezone.now())
    positions.place_events()
    telling.tell_subscribers()
    telling.forget_old_deliveries(timezone.now())
    usage.forget_old(timezone.now().date())
    work.sweep()
