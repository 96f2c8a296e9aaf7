"""Turning events into deliveries: what each subscription asked for, in one statement each."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mdm.bulk import execute
from mdm.following.envelope import consumer, visible_domains, visible_types
from mdm.following.reading import FOR_CONSUMER, head
from mdm.models import Delivery, Subscription
from mdm.webhooks.subscriptions import Reader
from mdm.webhooks.waking import wake

WINDOW = 20_000

_MATCHING = f"""
    SELECT %s, p.event_id, p.position, e.golden_id, 'waiting', 0, %s
    FROM mdm_eventposition p JOIN mdm_event e ON e.id = p.event_id
    WHERE p.position > %s AND p.position <= %s AND e.type = ANY(%s) AND e.domain = ANY(%s)
      AND {FOR_CONSUMER}
      AND (e.type <> 'golden.changed' OR e.content ? 'status' OR (
          (%s OR e.content -> 'attributes' <> '[]')
          AND (%s::text[] = '{{}}' OR jsonb_exists_any(e.content -> 'attributes', %s::text[]))))
"""  # noqa: S608
_TELL = f"""
    INSERT INTO mdm_delivery
        (subscription_id, event_id, position, golden_id, state, attempts, not_before)
    {_MATCHING}
"""
# What was delivered long ago, but for notices: that they arrived is kept
_OLD = """
    d.state = 'delivered' AND d.finished_at < %s
    AND NOT EXISTS (SELECT FROM mdm_notice n WHERE n.event_id = d.event_id)
"""
_TELL_ONCE = f"{_TELL} ON CONFLICT DO NOTHING"
_TELL_AGAIN = f"""
    {_TELL} ON CONFLICT (subscription_id, position) DO UPDATE
    SET state = 'waiting', attempts = 0, not_before = excluded.not_before, finished_at = NULL
"""  # noqa: S608


def tell_subscribers() -> None:
    """Make deliveries of all events that have a position, for every active subscription."""
    last = head()
    behind = Subscription.objects.active().filter(position__lt=last).order_by("pk")
    for subscription_id in behind.values_list("pk", flat=True):
        while _tell(subscription_id, last):
            pass


@transaction.atomic
def _tell(subscription_id: int, last: int) -> bool:
    """One window of events for one subscription; whether there is more."""
    held = Subscription.objects.active().select_for_update(skip_locked=True, of=["self"])
    subscription = held.select_related("client").filter(pk=subscription_id).first()
    if subscription is None or subscription.position >= last:
        return False
    until = min(subscription.position + WINDOW, last)
    now = timezone.now()
    if _insert(_TELL_ONCE, subscription, subscription.position, until, now):
        wake(subscription_id, now)
    subscription.position = until
    subscription.save(update_fields=["position"])
    return until < last


@transaction.atomic
def replay(subscription: Subscription, first: int, last: int) -> int:
    """Deliver once more what the subscription asks for between two positions, both included.

    Each event keeps its id. Returns how many events that is.
    """
    now = timezone.now()
    count = _insert(_TELL_AGAIN, subscription, first - 1, last, now)
    wake(subscription.pk, now)
    return count


@transaction.atomic
def replay_dead(subscription: Subscription) -> int:
    """Deliver once more what was given up; returns how many events that is."""
    now = timezone.now()
    count = subscription.deliveries.dead().update(
        state=Delivery.State.WAITING, attempts=0, not_before=now, finished_at=None
    )
    wake(subscription.pk, now)
    return count


def forget_old_deliveries(at: datetime) -> int:
    """Drop from the log what was delivered long ago; returns how many events that were."""
    before = at - timedelta(days=settings.WEBHOOK_LOG_DAYS)
    execute(
        "DELETE FROM mdm_deliveryattempt t USING mdm_delivery d"  # noqa: S608
        f" WHERE d.id = t.delivery_id AND {_OLD}",
        [before],
    )
    return execute(f"DELETE FROM mdm_delivery d WHERE {_OLD}", [before])  # noqa: S608


def _insert(
    statement: str, subscription: Subscription, after: int, until: int, now: datetime
) -> int:
    reader = Reader(subscription)
    types, domains = visible_types(reader), visible_domains(reader)
    return execute(
        statement,
        [
            subscription.pk,
            now,
            after,
            until,
            [each for each in types if each in (subscription.types or types)],
            [each for each in domains if each in (subscription.domains or domains)],
            consumer(reader),
            subscription.every_change,
            subscription.attributes,
            subscription.attributes,
        ],
    )
