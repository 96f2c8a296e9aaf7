"""Work and its lease, where other processes and a failing database are in play."""

from datetime import timedelta

import psycopg
import pytest
from django.utils import timezone

from mdm import work
from mdm.bulk import fetch
from mdm.embedded.daemon import wait_until
from mdm.models import Work
from tests.factories import cause
from tests.journeys.brokers.crew import database_url

pytestmark = pytest.mark.django_db(transaction=True)


def test_draining_ends_when_others_are_at_all_that_is_left():
    enqueue("match")
    an_hour_ago = timezone.now() - timedelta(hours=1)
    lease = "00000000-0000-0000-0000-000000000001"
    Work.objects.update(state=Work.State.RUNNING, lease=lease, leased_until=an_hour_ago)

    with psycopg.connect(database_url()) as other:
        other.execute("SELECT FROM mdm_work FOR UPDATE")  # as long transactions do

        assert work.drain() == 0


def test_a_lease_is_extended_again_after_the_database_failed_once(settings):
    settings.WORK = {"endure": f"{__name__}.endure"}
    settings.WORK_LEASE = timedelta(seconds=0.3)
    enqueue("endure")

    assert work.drain() == 1
    assert Work.objects.get().state == Work.State.DONE


def endure(job):
    """Work during which the heartbeat loses its connection between two beats."""
    wait_for_a_beat(job)
    fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    wait_for_a_beat(job)


def wait_for_a_beat(job):
    known = leased_until(job)
    assert wait_until(lambda: leased_until(job) > known, 20)


def leased_until(job):
    return Work.objects.values_list("leased_until", flat=True).get(pk=job.work_id)


def enqueue(kind):
    work.enqueue(kind, 1, cause=cause(at=timezone.now()))
