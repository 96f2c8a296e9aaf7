"""Celery's side of work: the doorbell and the sweep."""

from celery import shared_task
from django.utils import timezone

from mdm import evaluation, work


@shared_task(name="mdm.tasks.perform")
def perform(work_id: int) -> None:
    """Do one piece of work, unless somebody else has."""
    work.perform(work_id)


@shared_task(name="mdm.tasks.sweep", expires=30)
def sweep() -> None:
    """Ring for work that nobody has taken up, and let golden records follow the time."""
    evaluation.ask_when_due(timezone.now())
    work.sweep()
