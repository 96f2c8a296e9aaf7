"""Who calls what is on its way out is told so, once, and nobody else is."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mdm import tasks, work
from mdm.api import notices, openapi, operations
from mdm.api.operations import LifeCycle
from mdm.following.positions import place_events
from mdm.governance import usage
from mdm.models import ApiClient, Delivery, Event, Notice, Subscription, Work
from mdm.webhooks import telling
from tests.factories import golden_record, record
from tests.mdm.webhooks.conftest import private_receivers, receiver, subscribe
from tests.mdm.webhooks.test_delivering import names, tell

__all__ = ["private_receivers", "receiver", "subscribe"]

pytestmark = pytest.mark.django_db

NOW = timezone.now()
SINCE, SUNSET = NOW - timedelta(days=100), NOW + timedelta(days=200)


@pytest.fixture
def live(monkeypatch):
    """Says how long `resolve` lives: deprecated, with a sunset far ahead, unless told otherwise."""

    def live(**life):
        said = {"deprecated_at": SINCE, "sunset_at": SUNSET, "successor": "/api/v2/ids", **life}
        monkeypatch.setitem(operations.OPERATIONS, ("v1", "resolve"), LifeCycle(**said))
        openapi.document.cache_clear()

    live()
    yield live
    openapi.document.cache_clear()


@pytest.fixture
def caller(machine):
    """A machine with a name that called an operation, today unless it was days ago."""

    def caller(name, *, operation="resolve", days_ago=0, **changes):
        made = machine("*:read", "webhooks:write", "see:internal")
        newest = ApiClient.objects.latest("pk")
        ApiClient.objects.filter(pk=newest.pk).update(name=name, **changes)
        called(name, operation=operation, days_ago=days_ago)
        return made

    return caller


def called(name, *, operation="resolve", days_ago=0):
    day = (timezone.now() - timedelta(days=days_ago)).date()
    usage.add([((day, "v1", operation, name), 1)])


def a_night_passes():
    """The nightly work is asked for and done."""
    Work.objects.filter(kind="tell consumers").delete()
    work.ask_nightly("tell consumers", ["api"], timezone.now())
    work.drain()
    assert Work.objects.get(kind="tell consumers").state == "done"


def heard(machine, **query):
    """What the changes feed tells a machine of operations that end."""
    changes = machine.get("/api/v1/changes", query).json()["changes"]
    return [each for each in changes if ".api." in each["type"]]


def test_each_caller_is_told_once_of_what_is_deprecated_and_of_nobody_else(live, caller, machine):
    psa, erp, other = caller("PSA"), caller("ERP"), machine("*:read", "quality:read", "usage:read")

    a_night_passes()
    a_night_passes()

    [told] = heard(psa)
    assert told["type"] == "touchstone.api.deprecated.v1"
    assert told["data"] == {
        "domain": "", "by": "job:tell consumers", "consumer": "PSA", "version": "v1",
        "operation": "resolve", "deprecated_at": SINCE.isoformat(),
        "sunset_at": SUNSET.isoformat(), "successor": "/api/v2/ids",
    }  # fmt: skip
    assert [each["data"]["consumer"] for each in heard(erp)] == ["ERP"]
    assert heard(other) == heard(psa, domain="client") == []


def test_people_are_not_told_of_what_concerns_a_machine(live, caller, sign_in):
    caller("PSA")

    a_night_passes()

    assert heard(sign_in("auditor")) == heard(sign_in("boss", is_superuser=True)) == []


def test_some_days_before_the_sunset_whoever_still_calls_is_told_once_more(live, caller, settings):
    psa = caller("PSA")
    a_night_passes()

    settings.API_REMINDER_DAYS = 201
    a_night_passes()
    a_night_passes()

    assert names(heard(psa)) == ["api.deprecated", "api.ending"]


def test_whoever_begins_to_call_shortly_before_the_sunset_is_told_just_that(live, caller):
    live(sunset_at=NOW + timedelta(days=29))
    psa = caller("PSA")

    a_night_passes()

    assert names(heard(psa)) == ["api.ending"]


def test_a_sunset_that_is_moved_is_told_anew(live, caller):
    psa = caller("PSA")
    live(sunset_at=None)
    a_night_passes()
    a_night_passes()

    live()
    a_night_passes()

    assert [each["data"]["sunset_at"] for each in heard(psa)] == [None, SUNSET.isoformat()]


@pytest.mark.parametrize(
    "life",
    [
        {"deprecated_at": NOW + timedelta(days=1)},
        {"sunset_at": NOW - timedelta(days=1)},
        {"deprecated_at": None, "sunset_at": None},
    ],
)
def test_nobody_is_told_before_it_is_deprecated_or_when_it_is_over(live, caller, life):
    live(**life)
    caller("PSA")

    a_night_passes()

    assert not Notice.objects.exists()


@pytest.mark.parametrize(
    "other",
    [
        {"operation": "domains"},
        {"days_ago": usage.DAYS},
        {"revoked_at": NOW},
        {"expires_at": NOW},
    ],
)
def test_whoever_does_not_call_it_lately_or_may_not_call_any_more_is_not_told(live, caller, other):
    caller("PSA", **other)
    called(usage.PEOPLE)
    called("a key that was never")

    a_night_passes()

    assert not Notice.objects.exists()


def test_the_database_holds_each_client_to_one_notice_of_a_stage(live, caller):
    live(sunset_at=None)
    caller("PSA")
    a_night_passes()
    again = Notice.objects.get()

    again.pk, again.event_id = None, 0
    with pytest.raises(IntegrityError, match="told_once"):
        again.save()


def test_as_many_statements_tell_many_as_one(live, caller):
    def statements():
        with CaptureQueriesContext(connection) as asked:
            a_night_passes()
        return len(asked)

    caller("PSA")
    one = statements()
    for number in range(20):
        caller(f"PSA {number}")

    assert statements() == one
    assert Notice.objects.count() == 21


def test_it_is_asked_for_each_night():
    tasks.sweep()

    assert Work.objects.filter(kind="tell consumers").exists()


def hook(subscribe, client_name="", **wish):
    """A webhook of a client, or of a person."""
    made, _ = subscribe(name=f"of {client_name or 'a person'}", scopes=["*:read"], **wish)
    client = ApiClient.objects.filter(name=client_name).first()
    Subscription.objects.filter(pk=made.pk).update(client=client)
    return made


def test_of_all_webhooks_only_those_of_the_caller_are_told(live, caller, subscribe, receiver):
    caller("PSA")
    caller("ERP", operation="domains")
    for name in ("PSA", "ERP", ""):
        hook(subscribe, name)

    a_night_passes()
    tell()

    [delivery] = Delivery.objects.all()
    assert (delivery.subscription.name, delivery.state) == ("of PSA", "delivered")
    assert names(receiver.taken) == ["api.deprecated"]


def test_a_webhook_may_ask_for_nothing_else(live, caller, subscribe, receiver):
    caller("PSA")
    hook(subscribe, "PSA", types=["api.deprecated", "api.ending"])
    golden_record()

    a_night_passes()
    tell()

    assert names(receiver.taken) == ["api.deprecated"]


@pytest.mark.parametrize("waiting", [0, 1])
def test_a_key_that_is_revoked_meanwhile_is_told_nothing(
    live, caller, subscribe, receiver, waiting
):
    caller("PSA")
    hook(subscribe, "PSA")
    a_night_passes()
    if waiting:
        place_events()
        telling.tell_subscribers()

    ApiClient.objects.update(revoked_at=NOW)
    tell()

    assert receiver.offered == []
    assert Delivery.objects.filter(state="dead").count() == waiting


def told_of(machine):
    found = machine.get("/api/v1/catalogue").json()["operations"]
    return {each["operation"]: each["notices"] for each in found}["resolve"]


def test_the_catalogue_says_who_was_told_and_whether_it_arrived(
    live, caller, machine, subscribe, receiver
):
    psa, erp = caller("PSA"), caller("ERP")
    hook(subscribe, "PSA")

    a_night_passes()
    tell()

    [own] = told_of(psa)
    assert (own["consumer"], own["stage"]) == ("PSA", "deprecated")
    assert own["delivered_at"] >= own["told_at"]
    assert [each["delivered_at"] for each in told_of(erp)] == [None]
    assert {each["consumer"] for each in told_of(machine("usage:read"))} == {"PSA", "ERP"}
    assert told_of(machine("client:read")) == []


def test_what_becomes_of_a_notice_is_known(live, caller, subscribe, receiver, settings):
    settings.WEBHOOK_ATTEMPTS = 1
    receiver.answer = lambda _event: 422
    caller("PSA")
    hook(subscribe, "PSA")
    a_night_passes()

    before = notices.told()
    place_events()
    telling.tell_subscribers()
    waiting = notices.told()
    work.drain()
    given_up = notices.told()

    assert [each.delivery for [each] in (before, waiting, given_up)] == ["", "waiting", "dead"]


def test_that_a_notice_arrived_is_not_forgotten(live, caller, subscribe, receiver):
    caller("PSA")
    hook(subscribe, "PSA")
    a_night_passes()
    golden_record(record("A"))
    tell()
    assert len(receiver.taken) == 2

    telling.forget_old_deliveries(timezone.now() + timedelta(days=1_000))

    assert Event.objects.get(pk=Delivery.objects.get().event_id).type == "api.deprecated"
    assert notices.told()[0].delivered_at is not None
