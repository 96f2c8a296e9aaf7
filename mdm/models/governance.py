"""Which system owns which attribute from when until when, and who answers for it."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy

from mdm.models.source import SourceRecord, SourceSystem


class OwnershipRuleQuerySet(models.QuerySet["OwnershipRule"]):
    """Rules of a domain, and what the register said at a moment."""

    def of(self, domain: str) -> "OwnershipRuleQuerySet":
        """The rules of a domain as the register has them now."""
        return self.filter(domain=domain, withdrawn_at=None)

    def known(self, as_of: datetime) -> "OwnershipRuleQuerySet":
        """What the register said at a moment, of whichever day."""
        return self.filter(recorded_at__lte=as_of).filter(
            Q(withdrawn_at=None) | Q(withdrawn_at__gt=as_of)
        )


class OwnershipSegment(models.Model):
    """Some golden records of a domain, by a value that they have: clients in one country, say."""

    domain = models.CharField(max_length=32)
    code = models.SlugField(max_length=32)
    label = models.CharField(max_length=200, help_text="Such as: clients in the United Kingdom")
    attribute = models.CharField(max_length=64)
    part = models.CharField(max_length=32, blank=True, help_text="Of an address: its country, say")
    is_one_of = ArrayField(models.CharField(max_length=200))

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_ownership_segment_per_domain_and_code", fields=["domain", "code"]
            )
        ]

    def __str__(self) -> str:
        return self.label

    def holds(self, attributes: dict[str, Any]) -> bool:
        """Whether a golden record with these values is in the segment."""
        value = attributes.get(self.attribute)
        items = value if isinstance(value, list) else [value]
        said = (
            item.get(self.part) if self.part and isinstance(item, dict) else item for item in items
        )
        return any(str(each) in self.is_one_of for each in said if each is not None)


class OwnershipRule(models.Model):
    """A place in the order of source systems for an attribute, or for a whole domain.

    Never edited: what no longer holds is withdrawn, so that the past of the register is known.

    `place` 1 is the system of record; 2, 3, … are asked in turn where it has no value. A rule for
    a segment goes before one for all golden records, and a rule for an attribute before one for the
    whole domain. A rule without a system says that on purpose nobody owns it.
    """

    class OnBreach(models.TextChoices):
        """What becomes of a value that another system writes; what it sends is kept either way."""

        IGNORE = "ignore", gettext_lazy("The owner's value stays")
        PROPOSE = "propose", gettext_lazy("The owner's value stays, and a steward is asked")
        REJECT = "reject", gettext_lazy("Writes through API and pages are refused too")

    PEOPLE = ("accountable", "steward", "technical_owner", "deputy")
    """Who has to do with it, by their fields."""

    domain = models.CharField(max_length=32)
    attribute = models.CharField(
        max_length=64, blank=True, help_text="Or a group of them; empty for the whole domain"
    )
    segment = models.CharField(
        max_length=32, blank=True, default="", help_text="The code of a segment; empty for all"
    )
    system = models.ForeignKey(
        SourceSystem, models.PROTECT, related_name="ownership", null=True, blank=True
    )
    place = models.PositiveSmallIntegerField(default=1)
    on_breach = models.CharField(max_length=16, choices=OnBreach, default=OnBreach.IGNORE)

    accountable = models.CharField(max_length=200, help_text="The one person who answers for it")
    steward = models.CharField(max_length=200, blank=True, default="")
    technical_owner = models.CharField(max_length=200, blank=True, default="")
    deputy = models.CharField(max_length=200, blank=True, default="")
    review_on = models.DateField(null=True, blank=True, help_text="When to look at it again")
    valid_on = DateRangeField()

    recorded_at = models.DateTimeField(default=timezone.now, help_text="When the register said so")
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="And until when")

    objects = OwnershipRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_system_per_place_at_a_time",
                expressions=[
                    ("domain", RangeOperators.EQUAL),
                    ("attribute", RangeOperators.EQUAL),
                    ("segment", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    ("valid_on", RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at=None),
            ),
            ExclusionConstraint(
                name="one_place_per_system_at_a_time",
                expressions=[
                    ("domain", RangeOperators.EQUAL),
                    ("attribute", RangeOperators.EQUAL),
                    ("segment", RangeOperators.EQUAL),
                    ("system", RangeOperators.EQUAL),
                    ("valid_on", RangeOperators.OVERLAPS),
                ],
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(name="places_count_from_one", condition=Q(place__gte=1)),
            models.CheckConstraint(
                name="nobody_owns_in_the_first_place_alone",
                condition=Q(system__isnull=False) | Q(place=1),
            ),
        ]

    def __str__(self) -> str:
        owner = self.system.code if self.system else "nobody"
        return f"{self.domain}.{self.attribute or '*'}: {owner} at place {self.place}"


class OwnershipBreach(models.Model):
    """A write of a value that another system owns: one row each, never edited.

    Either a source system sent it, and it is kept in that one's source record; or it was refused to
    who would have pinned it on a golden record. `outcome` says what became of it.
    """

    domain = models.CharField(max_length=32)
    attribute = models.CharField(max_length=64)
    record = models.ForeignKey(
        SourceRecord, models.PROTECT, related_name="breaches", db_index=False, null=True
    )
    golden_id = models.UUIDField(null=True, help_text="Where it was written, or belonged then")
    system = models.ForeignKey(
        SourceSystem,
        models.PROTECT,
        related_name="breaches",
        null=True,
        help_text="Null when a person was refused",
    )
    by = models.CharField(
        max_length=200, blank=True, db_default="", help_text="Who was refused, as in events"
    )
    owner = models.ForeignKey(SourceSystem, models.PROTECT, related_name="+")

    before = models.JSONField(null=True, help_text="What was said there before")
    after = models.JSONField(null=True)
    owned = models.JSONField(null=True, help_text="What the owner says; null when it has no value")
    outcome = models.CharField(max_length=16, choices=OwnershipRule.OnBreach)
    at_stake = models.JSONField(
        default=dict, help_text="Exposure of the golden record then, by currency"
    )

    batch = models.ForeignKey(
        "mdm.FeedBatch", models.PROTECT, related_name="breaches", db_index=False, null=True
    )
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(name="breaches_by_time", fields=["-at"]),
            models.Index(name="breaches_of_a_record", fields=["record"]),
            models.Index(name="breaches_of_a_batch", fields=["batch"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_breach_was_sent_or_refused",
                condition=Q(record__isnull=False, batch__isnull=False, system__isnull=False, by="")
                | Q(record=None, batch=None, golden_id__isnull=False, outcome="reject") & ~Q(by=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.written_by}: {self.domain}.{self.attribute}"

    @property
    def written_by(self) -> str:
        """The code of the source system; else who was refused, as in events."""
        return self.system.code if self.system else self.by


class ApiClientQuerySet(models.QuerySet["ApiClient"]):
    """Clients by the key that they show."""

    def showing(self, key_hash: str) -> "ApiClientQuerySet":
        """Whom the key belongs to: their key, or the one before it while both are valid."""
        now = timezone.now()
        present = Q(key_hash=key_hash) & (Q(expires_at=None) | Q(expires_at__gt=now))
        former = Q(previous_key_hash=key_hash, previous_until__gt=now)
        return self.filter(present | former, revoked_at=None)

    def working(self, at: datetime) -> "ApiClientQuerySet":
        """Those that may call at a moment."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)


class ApiClient(models.Model):
    """A machine that calls the API. Only hashes of its keys are kept."""

    name = models.CharField(max_length=100, unique=True)
    scopes = models.JSONField(default=list, help_text='Such as "client:read" or "*:read"')
    system = models.ForeignKey(
        SourceSystem,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The one for which it may speak; for every system where this is empty",
    )
    addresses = models.JSONField(
        default=list, blank=True, help_text="Networks that it calls from; any where this is empty"
    )
    rate = models.CharField(max_length=32, blank=True, help_text="Such as 600/min; else API_RATE")

    key_hash = models.CharField(max_length=64, unique=True)
    previous_key_hash = models.CharField(max_length=64, unique=True, null=True)
    previous_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True, help_text="Within some minutes")

    objects = ApiClientQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    def ends_at(self, key_hash: str) -> datetime | None:
        """When a key of this client ends: its present one, or the one before it."""
        return self.previous_until if key_hash == self.previous_key_hash else self.expires_at

    def works(self, at: datetime) -> bool:
        """Whether it may call at a moment."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > at)

    @property
    def system_code(self) -> str:
        """The system for which it speaks; "" for every one."""
        return self.system.code if self.system else ""
