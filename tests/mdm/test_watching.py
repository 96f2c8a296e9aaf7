"""The hub is checked every night, and each harm that is done to it raises an alarm."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from mdm import invariants, observability, work
from mdm.models import Event, HubCheck, Work
from tests.factories import cause
from tests.mdm import sound_hub
from tests.mdm.harms import BREAKS

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    sound_hub.fill()


def watch():
    work.enqueue(invariants.WORK, "hub", cause=cause(at=timezone.now()))
    work.drain()
    return HubCheck.objects.latest("pk")


def alarms():
    return [each.content["invariants"] for each in Event.objects.filter(type="hub.broken")]


@pytest.mark.parametrize(("name", "harm", "row"), BREAKS)
def test_each_harm_raises_an_alarm(hub, name, harm, row):
    with connection.cursor() as cursor:
        cursor.execute(harm)

    found = watch()

    [alarm] = alarms()
    assert alarm[name] > 0
    assert next(each for each in found.broken if each["name"] == name)["rows"]
    assert observability._broken_invariants() == len(found.broken) > 0


def test_a_sound_hub_raises_none_and_one_that_is_mended_says_so(hub):
    assert watch().broken == []
    assert alarms() == []
    HubCheck.objects.create(checked_at=timezone.now(), seconds=1, invariants=1, broken=[{}])

    watch()

    assert alarms() == []
    assert Event.objects.filter(type="hub.mended").count() == 1
    assert observability._broken_invariants() == 0


def test_a_check_is_asked_for_once_a_night():
    night = datetime(2026, 11, 20, 2, tzinfo=UTC)

    for hours in (-1, 0, 1, 23):
        invariants.ask_at_night(night + timedelta(hours=hours))
        Work.objects.filter(kind=invariants.WORK).update(state="done")

    asked = Work.objects.filter(kind=invariants.WORK).order_by("pk")
    assert list(asked.values_list("created_at", flat=True)) == [night - timedelta(hours=1), night]
