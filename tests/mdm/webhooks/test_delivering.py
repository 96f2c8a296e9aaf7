from datetime import timedelta

import pytest
from django.utils import timezone

from mdm import events, golden, tracing, work
from mdm.bulk import execute
from mdm.following.positions import place_events
from mdm.golden import Link
from mdm.models import ApiClient, Delivery, DeliveryAttempt, Subscription, Work
from mdm.webhooks import subscriptions, telling
from mdm.webhooks.signing import secret_of
from mdm.webhooks.waking import wake
from tests.factories import (
    LATER,
    cause,
    feed,
    golden_record,
    load,
    merge_goldens,
    ownership,
    record,
    send_again,
)

pytestmark = pytest.mark.django_db


def tell():
    """What the worker does that is rung for news, and then all work."""
    place_events()
    telling.tell_subscribers()
    work.drain()


def names(events):
    return [each["type"].removeprefix("touchstone.").removesuffix(".v1") for each in events]


def test_what_happens_after_subscribing_is_told_signed_and_in_order(subscribe, receiver):
    golden_record()
    _, secret = subscribe()
    one, two = golden_record(record("A")), golden_record(record("B"))
    merge_goldens(one, two)

    tell()

    assert sorted(names(receiver.taken)) == [
        "golden.created", "golden.created", "golden.merged", "golden.redirected",
    ]  # fmt: skip
    assert receiver.verified(secret) == receiver.offered
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}


def test_a_delivery_is_a_span_in_the_trace_of_its_event(subscribe, receiver):
    subscribe()
    offered = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    made = golden.create(
        "client", [[Link(record("A").pk, "new")]], cause=cause(traceparent=offered)
    )

    tell()

    (event,) = [each for each in receiver.taken if each["subject"] == str(made[0])]
    ((_, headers),) = receiver.signed
    assert event["traceparent"] == offered
    assert tracing.trace_id(headers["traceparent"]) == tracing.trace_id(offered)
    assert headers["traceparent"] != offered


def test_an_edit_that_does_not_win_tells_nothing(subscribe, receiver):
    ownership("client", "ERP", "CRM")
    crm, erp = record("A", legal_name="Acme"), record("1", source="ERP", legal_name="Acme Ltd")
    made = golden_record(crm, erp)
    subscribe(types=["golden.changed"])

    send_again(crm, legal_name="Acme (old)")
    golden.rebuild("client", [made.pk], cause=cause(at=LATER))
    tell()
    assert receiver.offered == []

    send_again(erp, legal_name="Acme plc", at=LATER + timedelta(days=1))
    golden.rebuild("client", [made.pk], cause=cause(at=LATER + timedelta(days=1)))
    tell()
    assert names(receiver.taken) == ["golden.changed"]


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"payload": "full"}, {"legal_name": "Acme plc", "industry": "Mining"}),
        ({"payload": "selected", "attributes": ["legal_name"]}, {"legal_name": "Acme plc"}),
    ],
)
def test_a_subscription_gets_the_values_that_it_asked_for(subscribe, receiver, wish, said):
    crm = record("A", legal_name="Acme", industry="Mining")
    made = golden_record(crm)
    subscribe(**wish)

    send_again(crm, legal_name="Acme plc", industry="Mining")
    golden.rebuild("client", [made.pk], cause=cause(at=LATER))
    tell()

    assert receiver.taken[-1]["data"]["attributes"] == said


def test_a_delta_says_what_was_before_and_after(subscribe, receiver):
    crm = record("A", legal_name="Acme")
    made = golden_record(crm)
    subscribe(payload="delta")

    send_again(crm, legal_name="Acme plc")
    golden.rebuild("client", [made.pk], cause=cause(at=LATER))
    tell()

    assert receiver.taken[-1]["data"]["changes"] == [
        {"attribute": "legal_name", "before": "Acme", "after": "Acme plc"}
    ]


def test_changes_of_other_attributes_are_not_told(subscribe, receiver):
    crm = record("A", legal_name="Acme", industry="Mining")
    made = golden_record(crm)
    subscribe(attributes=["industry"])

    send_again(crm, legal_name="Acme plc", industry="Mining")
    golden.rebuild("client", [made.pk], cause=cause(at=LATER))
    tell()

    assert receiver.offered == []


def test_a_subscription_is_told_of_its_domains_and_sees_what_its_scopes_allow(subscribe, receiver):
    subscribe(scopes=["contact:read"])

    golden_record(record("A"))
    golden_record(record("P", domain="contact", family_name="Turing"))
    tell()

    [told] = receiver.taken
    assert told["data"]["domain"] == "contact"
    assert "Turing" not in str(told)


def test_a_client_whose_key_is_revoked_is_told_nothing_more(subscribe, receiver):
    made, _ = subscribe()
    client = ApiClient.objects.create(
        name="m", key_hash="h", scopes=["*:read"], created_at=LATER, revoked_at=LATER
    )
    Subscription.objects.filter(pk=made.pk).update(client=client)

    golden_record()
    tell()

    assert receiver.offered == []


def test_what_waits_when_a_key_is_revoked_is_given_up_and_the_worker_goes_on(subscribe, receiver):
    made, _ = subscribe()
    client = ApiClient.objects.create(name="m", key_hash="h", scopes=["*:read"], created_at=LATER)
    Subscription.objects.filter(pk=made.pk).update(client=client)
    golden_record()
    place_events()
    telling.tell_subscribers()

    ApiClient.objects.update(revoked_at=LATER)
    work.drain()

    assert receiver.offered == []
    assert set(Delivery.objects.values_list("state", flat=True)) == {"dead"}
    assert Work.objects.get(kind="deliver").state == "done"


def test_what_fails_is_tried_again_until_it_is_taken_and_order_is_kept(subscribe, receiver):
    subscribe()
    refusals = iter([500, 500, 429])
    receiver.answer = lambda _event: next(refusals, 204)
    one, two = golden_record(record("A")), golden_record(record("B"))
    survivor = merge_goldens(one, two)

    tell()

    of_survivor = [each for each in receiver.taken if each["subject"] == str(survivor)]
    assert [each["sequence"] for each in of_survivor] == ["0000000001", "0000000002"]
    assert len(receiver.taken) == 4
    assert DeliveryAttempt.objects.filter(status=500).count() == 2


def test_what_is_never_taken_becomes_a_dead_letter_and_what_follows_shows_the_gap(
    subscribe, receiver, settings
):
    settings.WEBHOOK_ATTEMPTS = 3
    made, _ = subscribe()
    crm = record("A", legal_name="Acme")
    first = golden_record(crm)
    receiver.answer = lambda event: 422 if event["sequence"] == "0000000001" else 204
    send_again(crm, legal_name="Acme plc")
    golden.rebuild("client", [first.pk], cause=cause(at=LATER))

    tell()

    assert [each["sequence"] for each in receiver.taken] == ["0000000002"]
    dead = Delivery.objects.dead().get()
    assert (dead.attempts, dead.tries.count()) == (3, 3)

    receiver.answer = lambda _event: 204
    assert telling.replay_dead(made) == 1
    tell()
    again = receiver.taken[-1]
    assert again["id"] == receiver.offered[0]["id"]
    assert not Delivery.objects.dead().exists()


def test_a_range_is_replayed_under_the_ids_that_the_events_had(subscribe, receiver):
    made, _ = subscribe()
    for _ in range(3):
        golden_record()
    tell()
    told = sorted(receiver.taken, key=lambda each: int(each["position"]))

    count = telling.replay(made, int(told[1]["position"]), int(told[2]["position"]))
    tell()

    assert count == 2
    again = {each["id"] for each in told[1:]}
    assert {each["id"] for each in receiver.taken[3:]} == again
    assert {headers["webhook-id"] for _, headers in receiver.signed[3:]} == again


def test_an_address_that_is_dead_rests_and_loses_nothing(subscribe, receiver, settings):
    settings.WEBHOOK_REST_SECONDS = 600.0
    made, _ = subscribe()
    receiver.stop()
    for _ in range(8):
        golden_record()

    tell()
    made.refresh_from_db()
    assert made.rests_until > timezone.now()
    tried = DeliveryAttempt.objects.count()
    tell()
    assert DeliveryAttempt.objects.count() == tried
    receiver.start()
    Subscription.objects.filter(pk=made.pk).update(rests_until=timezone.now())
    wake(made.pk, timezone.now())
    tell()

    made.refresh_from_db()
    assert (made.failures, made.rests, made.rests_until) == (0, 0, None)
    assert len({each["id"] for each in receiver.taken}) == 8


def test_an_address_that_is_away_for_long_makes_no_dead_letters(subscribe, receiver, settings):
    settings.WEBHOOK_ATTEMPTS = 2
    made, _ = subscribe()
    receiver.answer = lambda _event: 503
    golden_record()
    Subscription.objects.filter(pk=made.pk).update(
        rests=1, failures=9, rests_until=timezone.now() - timedelta(seconds=1)
    )
    refusals = iter([503] * 6)
    receiver.answer = lambda _event: next(refusals, 204)

    tell()

    assert len(receiver.offered) == 7
    assert not Delivery.objects.dead().exists()


def test_an_address_that_is_gone_is_paused_and_one_that_resumes_gets_what_waited(
    subscribe, receiver
):
    made, _ = subscribe()
    receiver.answer = lambda _event: 410
    golden_record()
    tell()
    made.refresh_from_db()
    assert made.state == "paused"

    receiver.answer = lambda _event: 204
    golden_record()
    tell()
    assert receiver.taken == []
    subscriptions.resume(made.pk, cause=cause(at=timezone.now()))
    tell()

    assert len(receiver.taken) == 2


def test_whoever_pauses_misses_nothing_and_whoever_ends_is_told_nothing(subscribe, receiver):
    made, _ = subscribe()
    subscriptions.pause(made.pk, cause=cause())
    golden_record()
    tell()
    assert receiver.offered == []

    subscriptions.resume(made.pk, cause=cause())
    tell()
    assert len(receiver.taken) == 1
    subscriptions.end(made.pk, cause=cause())
    golden_record()
    tell()
    assert len(receiver.offered) == 1


def test_while_secrets_rotate_both_sign(subscribe, receiver):
    made, old = subscribe()

    new = subscriptions.rotate(made.pk, cause=cause(at=timezone.now()))
    golden_record()
    tell()

    assert new != old
    assert receiver.verified(old) == receiver.verified(new) == receiver.offered
    made.secrets.filter(expires_at__isnull=False).update(expires_at=timezone.now())
    golden_record()
    tell()
    assert receiver.signed[-1][1]["webhook-signature"].count("v1,") == 1


def test_a_secret_is_neither_stored_nor_logged(subscribe, receiver, capfd):
    made, secret = subscribe()
    refusals = iter([500, 500])
    receiver.answer = lambda _event: next(refusals, 204)
    golden_record()
    tell()

    assert secret == secret_of(made.secrets.get().salt)
    assert secret.removeprefix("whsec_") not in str(list(made.secrets.values()))
    assert secret.removeprefix("whsec_") not in "".join(capfd.readouterr())


def test_feeds_are_told_to_those_who_may_see_feeds(subscribe, receiver):
    subscribe(types=["feed_batch.applied"], scopes=["client:read", "feeds:read"])
    load(feed("crm"), "Id,Name\nA,Acme Tools Ltd\n")

    tell()

    assert names(receiver.taken) == ["feed_batch.applied"]


def test_what_was_delivered_long_ago_is_forgotten(subscribe, receiver, settings):
    subscribe()
    golden_record()
    tell()

    assert telling.forget_old_deliveries(timezone.now()) == 0
    assert telling.forget_old_deliveries(timezone.now() + timedelta(days=31)) == 1
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"scopes": ["quality:read"]}, ["hub.broken", "hub.mended"]),
        ({"scopes": ["quality:read"], "types": ["hub.broken"]}, ["hub.broken"]),
        ({"scopes": ["client:read", "quality:read"], "domains": ["client"]}, []),
        ({"scopes": ["client:read"]}, []),
    ],
)
def test_that_the_hub_is_broken_is_told_to_those_who_may_hear_it(subscribe, receiver, wish, told):
    subscribe(**wish)
    broken = {"invariants": {"positions count without gaps": 1}}
    events.record("hub.broken", content=broken, cause=cause())
    events.record("hub.mended", content={}, cause=cause())

    tell()

    assert names(receiver.taken) == told
    assert [each["data"].get("invariants") for each in receiver.taken[:1]] == [
        broken["invariants"] for _ in told[:1]
    ]


def test_an_event_about_no_golden_record_waits_for_the_one_before_it(subscribe, receiver):
    subscribe(scopes=["*:read", "quality:read"])
    refused = iter([500, 500])
    receiver.answer = lambda event: next(refused, 204) if ".broken." in event["type"] else 204
    events.record("hub.broken", content={"invariants": {}}, cause=cause())
    golden_record()
    events.record("hub.mended", content={}, cause=cause())

    tell()

    assert names(receiver.taken) == ["golden.created", "hub.broken", "hub.mended"]


def test_golden_records_do_not_wait_for_events_about_none(subscribe, receiver):
    made, _ = subscribe()
    execute(
        "INSERT INTO mdm_delivery"
        " (position, subscription_id, not_before, event_id, state, attempts)"
        " SELECT -n, %s, %s, 0, 'waiting', 1 FROM generate_series(1, 6000) AS n",
        [made.pk, timezone.now() + timedelta(hours=1)],
    )
    golden_record()

    tell()

    assert names(receiver.taken) == ["golden.created"]
