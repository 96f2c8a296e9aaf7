"""Work: send what waits for one subscription, in order of each golden record, and note the outcome.

One worker at a time sends to a subscription. Of each golden record only the first waiting event is
sent; the next one follows when that was taken, or given up. Events about no golden record follow
each other in the same way: whoever heard that the hub is mended, and then that it is broken, would
stay alarmed. Whoever is killed leaves deliveries that wait, so an event may be sent twice, under
the same id, and never not at all.
"""

import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

import orjson
import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from mdm import work
from mdm.bulk import execute, fetch_named
from mdm.following import reading
from mdm.following.envelope import Payload, cloud_event, may_follow
from mdm.models import Delivery, DeliveryAttempt, Subscription
from mdm.webhooks import sending, signing
from mdm.webhooks.sending import Answer, Message
from mdm.webhooks.subscriptions import Reader, salts_of
from mdm.webhooks.waking import DELIVER
from mdm.work import Job

log = structlog.get_logger(__name__)

BATCH = 64
FAILURES_BEFORE_REST = 5
_LOOKED_AT = 5_000
_TURN_SECONDS = 60.0
_LONGEST_PAUSE = timedelta(hours=1)
_LONGEST_REST = timedelta(minutes=10)

# The first that waits of each golden record, and of what is about none: what is due may go now.
_FIRST_OF_EACH = f"""
    SELECT id, position, attempts, not_before FROM (
        (SELECT DISTINCT ON (golden_id) id, position, attempts, not_before
        FROM (
            SELECT * FROM mdm_delivery
            WHERE subscription_id = %(subscription)s AND state = 'waiting'
                AND golden_id IS NOT NULL
            ORDER BY position LIMIT {_LOOKED_AT}
        ) waiting
        ORDER BY golden_id, position)
        UNION ALL
        (SELECT id, position, attempts, not_before FROM mdm_delivery
        WHERE subscription_id = %(subscription)s AND state = 'waiting' AND golden_id IS NULL
        ORDER BY position LIMIT 1)
    ) first
"""  # noqa: S608
_DUE = f"{_FIRST_OF_EACH} WHERE not_before <= %(now)s ORDER BY position LIMIT %(most)s"
_NEXT_DUE = f"SELECT min(not_before) FROM ({_FIRST_OF_EACH}) waiting"  # noqa: S608

_Due = tuple[int, int, int]
"""Id, position and attempts of a delivery."""


def deliver(job: Job) -> None:
    """Work: send what is due for the subscription that is the subject."""
    subscription_id = int(job.subject)
    with work.exclusively(f"deliver to subscription {subscription_id}"):
        until = time.monotonic() + _TURN_SECONDS
        while time.monotonic() < until and _send_batch(job, subscription_id):
            pass
    _come_back(job, subscription_id)


def _send_batch(job: Job, subscription_id: int) -> bool:
    """Send a batch and note what came of it; False when nothing is due."""
    now = timezone.now()
    found = Subscription.objects.active().select_related("client").filter(pk=subscription_id)
    subscription = found.first()
    if subscription is None or (subscription.rests_until and subscription.rests_until > now):
        return False
    on_trial = subscription.rests_until is not None
    most = 1 if on_trial else BATCH
    rows = fetch_named(_DUE, {"subscription": subscription_id, "now": now, "most": most})
    due: list[_Due] = [(id_, position, attempts) for id_, position, attempts, _ in rows]
    if not due:
        return False
    messages = _messages(subscription, [position for _, position, _ in due], now)
    to_send = [each for each in due if each[1] in messages]
    answers = sending.post_all(subscription.url, [messages[position] for _, position, _ in to_send])
    unseen = Answer(0, problem="the subscription may no longer see it")
    outcomes = dict(zip((each[0] for each in to_send), answers, strict=True))
    with transaction.atomic():
        job.hold()
        _note(due, outcomes, unseen, on_trial=on_trial)
        _note_health(subscription_id, list(outcomes.values()), on_trial=on_trial)
    return True


def _messages(
    subscription: Subscription, positions: Sequence[int], at: datetime
) -> dict[int, Message]:
    """A signed message for each position whose event the subscription may see."""
    reader, salts = Reader(subscription), salts_of(subscription)
    messages = {}
    for position, event in reading.at(positions).items():
        if not may_follow(reader, event):
            continue
        body = orjson.dumps(
            cloud_event(event, reader, Payload(subscription.payload), subscription.attributes)
        ).decode()
        headers = signing.headers(event.id, body, salts, at, event.traceparent)
        messages[position] = Message(body, headers)
    return messages


def _note(
    due: Sequence[_Due], outcomes: dict[int, Answer], unseen: Answer, *, on_trial: bool
) -> None:
    """Write down each attempt, and when each delivery is tried again, if it is."""
    now = timezone.now()
    DeliveryAttempt.objects.bulk_create(
        DeliveryAttempt(
            delivery_id=id_,
            at=now,
            milliseconds=answer.milliseconds,
            status=answer.status,
            problem=answer.problem,
        )
        for id_, _, _ in due
        for answer in [outcomes.get(id_, unseen)]
    )
    became = [_became(each, outcomes.get(each[0]), now, on_trial=on_trial) for each in due]
    execute(
        """
        UPDATE mdm_delivery d SET state = n.state, attempts = n.attempts,
            not_before = n.not_before,
            finished_at = CASE WHEN n.state <> 'waiting' THEN %s::timestamptz END
        FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::timestamptz[])
            AS n(id, state, attempts, not_before)
        WHERE d.id = n.id
        """,
        [now, *map(list, zip(*became, strict=True))],
    )


def _became(
    delivery: _Due, answer: Answer | None, now: datetime, *, on_trial: bool
) -> tuple[int, str, int, datetime]:
    """Id, state and attempts of a delivery from now on, and when it is due.

    A receiver that is away for long does not use up attempts: only trials are made, and these
    count where it answers that it does not want the message.
    """
    id_, _, attempts = delivery
    if answer is None:
        return id_, Delivery.State.DEAD, attempts, now
    if answer.taken:
        return id_, Delivery.State.DELIVERED, attempts + 1, now
    counted = attempts + (1 if answer.refused or not on_trial else 0)
    if counted >= settings.WEBHOOK_ATTEMPTS:
        return id_, Delivery.State.DEAD, counted, now
    pause = min(_LONGEST_PAUSE, timedelta(seconds=settings.WEBHOOK_RETRY_SECONDS) * 2**attempts)
    return id_, Delivery.State.WAITING, counted, now + _jittered(pause)


def _note_health(subscription_id: int, answers: Sequence[Answer], *, on_trial: bool) -> None:
    """Let an address rest that failed several times in a row, longer each time; 410 pauses it."""
    if not answers:
        return
    held = Subscription.objects.select_for_update().get(pk=subscription_id)
    if any(each.taken for each in answers):
        held.failures, held.rests, held.rests_until = 0, 0, None
    else:
        held.failures += len(answers)
        if on_trial or held.failures >= FAILURES_BEFORE_REST:
            pause = timedelta(seconds=settings.WEBHOOK_REST_SECONDS) * 2 ** min(held.rests, 10)
            held.rests += 1
            held.rests_until = timezone.now() + _jittered(min(_LONGEST_REST, pause))
            log.warning("webhook rests", subscription=subscription_id, failures=held.failures)
        if any(each.status == 410 for each in answers) and held.state == Subscription.State.ACTIVE:
            held.state = Subscription.State.PAUSED
    held.save(update_fields=["failures", "rests", "rests_until", "state"])


def _come_back(job: Job, subscription_id: int) -> None:
    """Ask for the work again when something is due next."""
    found = Subscription.objects.active().filter(pk=subscription_id)
    rests = found.values_list("rests_until", flat=True)
    [(due,)] = fetch_named(_NEXT_DUE, {"subscription": subscription_id})
    if not rests or due is None:
        return
    now = timezone.now()
    when = max(due, rests[0] or due, now)
    work.enqueue(DELIVER, subscription_id, cause=job.cause.later(now), pause=when - now)


def _jittered(pause: timedelta) -> timedelta:
    """Between half of it and one and a half times as long: many that failed do not come at once."""
    return pause * random.uniform(0.5, 1.5)  # noqa: S311
