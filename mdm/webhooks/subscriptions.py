"""Subscribing, and what can be done with a subscription."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import orjson
from django.db import IntegrityError, transaction
from django.utils.timezone import now
from django.utils.translation import gettext

from mdm import events
from mdm.cause import Cause
from mdm.domains import ENTITY_TYPES, entity_type
from mdm.following import envelope
from mdm.following.positions import place_events
from mdm.following.reading import head
from mdm.following.vocabulary import EVENT_TYPES
from mdm.governance import access
from mdm.models import ApiClient, Delivery, Subscription, SubscriptionSecret
from mdm.webhooks import sending, signing
from mdm.webhooks.sending import Answer, Message
from mdm.webhooks.waking import wake

OVERLAP = timedelta(hours=24)


class SubscriptionError(ValueError):
    """A subscription that cannot be as asked: what is wrong with which field."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field = field


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be told, to whom. Empty lists mean everything that the scopes allow."""

    name: str
    url: str
    scopes: Sequence[str]
    types: Sequence[str] = ()
    domains: Sequence[str] = ()
    attributes: Sequence[str] = ()
    every_change: bool = False
    payload: str = Subscription.Payload.FULL


@dataclass(frozen=True, slots=True)
class Reader:
    """A subscription as whoever reads events: it may what its scopes, and its client, may."""

    subscription: Subscription

    @property
    def client(self) -> ApiClient | None:
        """The API client that subscribed, while its key works."""
        client = self.subscription.client
        return client if client and client.works(now()) else None

    def has_perm(self, permission: str) -> bool:
        """Whether the scopes grant it, and the API client that subscribed still has it."""
        if permission not in access.permissions_of(self.subscription.scopes):
            return False
        if self.subscription.client is None:
            return True
        client = self.client
        return client is not None and permission in access.permissions_of(client.scopes)


@transaction.atomic
def subscribe(
    wish: Wish, actor: access.Actor, *, client: ApiClient | None = None, cause: Cause
) -> tuple[Subscription, str]:
    """A subscription to what happens from now on, and its secret, which is shown this once.

    Raises SubscriptionError when the wish makes no sense, or asks for more than the actor may see.
    """
    _check(wish, actor)
    place_events()
    try:
        with transaction.atomic():
            made = Subscription.objects.create(
                name=wish.name,
                url=wish.url,
                types=[*wish.types],
                domains=[*wish.domains],
                attributes=[*wish.attributes],
                every_change=wish.every_change,
                payload=wish.payload,
                scopes=[*wish.scopes],
                client=client,
                created_by=cause.by,
                created_at=cause.at,
                position=head(),
            )
    except IntegrityError:
        raise SubscriptionError(
            "name", gettext("there is a subscription {name} already").format(name=f"{wish.name!r}")
        ) from None
    secret = _add_secret(made, cause)
    _tell("subscription.made", made, cause)
    return made, secret


@transaction.atomic
def rotate(subscription_id: int, *, cause: Cause) -> str:
    """A new secret, shown this once; the ones before go on signing for a day."""
    held = _lock(subscription_id)
    until = cause.at + OVERLAP
    held.secrets.filter(expires_at=None).update(expires_at=until)
    secret = _add_secret(held, cause)
    _tell("subscription.secret_rotated", held, cause)
    return secret


@transaction.atomic
def pause(subscription_id: int, *, cause: Cause) -> Subscription:
    """Send nothing any more; what happens meanwhile is kept, and sent when it resumes."""
    return _become(Subscription.State.PAUSED, subscription_id, cause)


@transaction.atomic
def resume(subscription_id: int, *, cause: Cause) -> Subscription:
    """Send again, beginning with what waited; also ends a rest after failures."""
    wake(subscription_id, cause.at)
    return _become(Subscription.State.ACTIVE, subscription_id, cause)


@transaction.atomic
def end(subscription_id: int, *, cause: Cause) -> Subscription:
    """Tell nothing any more, for good; what waited is dropped, the log stays."""
    ended = _become(Subscription.State.ENDED, subscription_id, cause)
    ended.deliveries.exclude(state=Delivery.State.DELIVERED).delete()
    return ended


def ping(subscription: Subscription, *, cause: Cause) -> Answer:
    """What the address answers to a test message, which is signed like any other."""
    id_ = f"ping-{uuid4().hex[:16]}"
    type_ = EVENT_TYPES["hub.ping"]
    frame = envelope.frame(id_, type_, cause.at, cause.correlation_id, cause.traceparent)
    body = orjson.dumps({**frame, "data": {"domain": "", "by": cause.by}}).decode()
    headers = signing.headers(id_, body, salts_of(subscription), cause.at, cause.traceparent)
    return sending.post_all(subscription.url, [Message(body, headers)])[0]


def may_manage(actor: access.Actor, subscription: Subscription) -> bool:
    """Whether the actor may see all that is sent: else it could have it sent again, and look."""
    needed = access.permissions_of(subscription.scopes)
    return actor.has_perm(access.MANAGE_WEBHOOKS) and all(map(actor.has_perm, needed))


def salts_of(subscription: Subscription) -> list[UUID]:
    """The salts of the secrets that sign now, the newest one first."""
    secrets = subscription.secrets.exclude(expires_at__lte=now()).order_by("-pk")
    return list(secrets.values_list("salt", flat=True))


def _add_secret(subscription: Subscription, cause: Cause) -> str:
    salt = uuid4()
    SubscriptionSecret.objects.create(subscription=subscription, salt=salt, created_at=cause.at)
    return signing.secret_of(salt)


def _become(state: str, subscription_id: int, cause: Cause) -> Subscription:
    held = _lock(subscription_id)
    held.state, held.failures, held.rests, held.rests_until = state, 0, 0, None
    held.save(update_fields=["state", "failures", "rests", "rests_until"])
    _tell(f"subscription.{state}", held, cause)
    return held


def _lock(subscription_id: int) -> Subscription:
    held = Subscription.objects.kept().select_for_update().filter(pk=subscription_id).first()
    if held is None:
        raise SubscriptionError("id", f"there is no subscription {subscription_id}")
    return held


def _tell(type_: str, subscription: Subscription, cause: Cause) -> None:
    events.record(type_, content={"subscription": subscription.pk}, cause=cause)


def _check(wish: Wish, actor: access.Actor) -> None:
    if not wish.name.strip():
        raise SubscriptionError("name", gettext("give it a name"))
    try:
        sending.resolve(sending.check_url(wish.url))
    except sending.AddressRefusedError as refused:
        raise SubscriptionError("url", str(refused)) from None
    _check_known("scopes", wish.scopes, access.scopes())
    _check_known("domains", wish.domains, ENTITY_TYPES)
    _check_known("payload", [wish.payload], Subscription.Payload.values)
    granted = access.permissions_of(wish.scopes)
    if lacking := sorted(each for each in granted if not actor.has_perm(each)):
        raise SubscriptionError(
            "scopes", gettext("you do not have {lacking} yourself").format(lacking=lacking[0])
        )
    domains = [name for name in ENTITY_TYPES if access.view(name) in granted]
    if not domains and access.QUALITY not in granted:
        raise SubscriptionError(
            "scopes", gettext("without a scope for a domain there is nothing to tell")
        )
    _check_known("types", wish.types, envelope.visible_types(access.Granted(granted)))
    if hidden := sorted(set(wish.domains) - set(domains)):
        raise SubscriptionError(
            "domains", gettext("the scopes do not let it see {hidden}").format(hidden=hidden[0])
        )
    _check_attributes(wish, wish.domains or domains, granted)


def _check_attributes(wish: Wish, domains: Sequence[str], granted: set[str]) -> None:
    """It filters by what it may see alone: else what is told would tell of the rest."""
    visible = {
        each.name
        for domain in domains
        for each in entity_type(domain).attributes
        if (needed := access.SEE.get(each.sensitivity)) is None or needed in granted
    }
    _check_known("attributes", wish.attributes, visible)
    if wish.payload == Subscription.Payload.SELECTED and not wish.attributes:
        raise SubscriptionError(
            "attributes", gettext("name the attributes whose values are to be sent")
        )


def _check_known(field: str, named: Sequence[str], known: object) -> None:
    for each in named:
        if each not in known:  # type: ignore[operator]
            raise SubscriptionError(
                field, gettext("{each} is not known, or may not be seen").format(each=f"{each!r}")
            )
