"""Who is told of events, what was told to them, and what is still to be told."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

from mdm.models.event import Event
from mdm.models.governance import ApiClient


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Subscriptions by whether they are told anything."""

    def active(self) -> "SubscriptionQuerySet":
        return self.filter(state=Subscription.State.ACTIVE)

    def kept(self) -> "SubscriptionQuerySet":
        """Those that have not ended."""
        return self.exclude(state=Subscription.State.ENDED)


class Subscription(models.Model):
    """An address that is told of events, as far as its scopes allow it to see them."""

    class State(models.TextChoices):
        ACTIVE = "active", gettext_lazy("Active")
        PAUSED = "paused", gettext_lazy("Paused")
        ENDED = "ended", gettext_lazy("Ended")

    class Payload(models.TextChoices):
        """How much of a golden record goes with an event."""

        FULL = "full", gettext_lazy("All values")
        SELECTED = "selected", gettext_lazy("The values of its attributes")
        DELTA = "delta", gettext_lazy("Values before and after")

    name = models.CharField(max_length=100)
    url = models.URLField(max_length=500)

    types = models.JSONField(default=list, help_text="Types of events; all when empty")
    domains = models.JSONField(default=list, help_text="Domains; all when empty")
    attributes = models.JSONField(
        default=list, help_text="Tell golden.changed only where one of these changed"
    )
    every_change = models.BooleanField(
        default=False, help_text="Tell golden.changed also where no value and no status changed"
    )
    payload = models.CharField(max_length=16, choices=Payload, default=Payload.FULL)

    scopes = models.JSONField(default=list, help_text="What it may see, as of an API key")
    client = models.ForeignKey(
        ApiClient, models.PROTECT, null=True, related_name="subscriptions",
        help_text="The API client that made it: it sees no more than that one, and ends with it",
    )  # fmt: skip
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    state = models.CharField(max_length=16, choices=State, default=State.ACTIVE)
    position = models.BigIntegerField(help_text="Events up to this position were looked at")
    failures = models.PositiveIntegerField(default=0, help_text="In a row, without a success")
    rests = models.PositiveIntegerField(default=0, help_text="In a row, without a success")
    rests_until = models.DateTimeField(null=True, help_text="Nothing but one trial after that")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_kept_subscription_has_a_name_of_its_own",
                fields=["name"],
                condition=~Q(state="ended"),
            )
        ]

    def __str__(self) -> str:
        return self.name


class SubscriptionSecret(models.Model):
    """A secret that signs what a subscription is told; it is derived anew and never stored."""

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="secrets")
    salt = models.UUIDField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"secret {self.pk} of subscription {self.subscription_id}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries by what became of them."""

    def waiting(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.WAITING)

    def dead(self) -> "DeliveryQuerySet":
        return self.filter(state=Delivery.State.DEAD)


class Delivery(models.Model):
    """One event for one subscription, until it was taken or given up."""

    class State(models.TextChoices):
        WAITING = "waiting", gettext_lazy("Waiting")
        DELIVERED = "delivered", gettext_lazy("Delivered")
        DEAD = "dead", gettext_lazy("Given up")

    subscription = models.ForeignKey(
        Subscription, models.PROTECT, related_name="deliveries", db_index=False
    )
    event = models.ForeignKey(
        Event, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    position = models.BigIntegerField()
    golden_id = models.UUIDField(null=True)

    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                name="an_event_is_delivered_once_to_a_subscription",
                fields=["subscription", "position"],
            )
        ]
        indexes = [
            models.Index(
                name="deliveries_that_wait",
                fields=["subscription", "position"],
                condition=Q(state="waiting"),
            ),
            models.Index(
                name="deliveries_of_no_golden_record",
                fields=["subscription", "position"],
                condition=Q(state="waiting", golden_id=None),
            ),
            models.Index(
                name="deliveries_given_up",
                fields=["subscription", "position"],
                condition=Q(state="dead"),
            ),
            models.Index(
                name="deliveries_that_arrived",
                fields=["finished_at"],
                condition=Q(state="delivered"),
            ),
        ]

    def __str__(self) -> str:
        return f"event {self.event_id} to subscription {self.subscription_id}"


class DeliveryAttempt(models.Model):
    """One try to deliver an event, and what came of it."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, help_text="What the receiver answered")
    problem = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.status or self.problem} at {self.at:%Y-%m-%d %H:%M:%S}"
