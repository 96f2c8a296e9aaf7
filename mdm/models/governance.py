"""Which system owns which attribute from when until when, and who answers for it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils import timezone

from mdm.models.source import SourceSystem


class OwnershipRuleQuerySet(models.QuerySet["OwnershipRule"]):
    """Rules of a domain, or in force on a date."""

    def of(self, domain: str) -> "OwnershipRuleQuerySet":
        return self.filter(domain=domain)


class OwnershipRule(models.Model):
    """A place in the order of source systems for an attribute, or for a whole domain.

    `place` 1 is the system of record; 2, 3, … are asked in turn where it has no value. A rule for
    an attribute goes before a rule for the whole domain.
    """

    domain = models.CharField(max_length=32)
    attribute = models.CharField(max_length=64, blank=True, help_text="Empty for the whole domain")
    system = models.ForeignKey(SourceSystem, models.PROTECT, related_name="ownership")
    place = models.PositiveSmallIntegerField(default=1)
    accountable = models.CharField(max_length=200, help_text="The one person who answers for it")
    valid_on = DateRangeField()

    objects = OwnershipRuleQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_system_per_place_at_a_time",
                expressions=[
                    ("domain", RangeOperators.EQUAL),
                    ("attribute", RangeOperators.EQUAL),
                    ("place", RangeOperators.EQUAL),
                    ("valid_on", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="one_place_per_system_at_a_time",
                expressions=[
                    ("domain", RangeOperators.EQUAL),
                    ("attribute", RangeOperators.EQUAL),
                    ("system", RangeOperators.EQUAL),
                    ("valid_on", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(name="places_count_from_one", condition=Q(place__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.domain}.{self.attribute or '*'}: {self.system.code} at place {self.place}"


class ApiClientQuerySet(models.QuerySet["ApiClient"]):
    """Clients by the key that they show."""

    def showing(self, key_hash: str) -> "ApiClientQuerySet":
        """Whom the key belongs to: their key, or the one before it while both are valid."""
        now = timezone.now()
        present = Q(key_hash=key_hash) & (Q(expires_at=None) | Q(expires_at__gt=now))
        former = Q(previous_key_hash=key_hash, previous_until__gt=now)
        return self.filter(present | former, revoked_at=None)


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

    @property
    def system_code(self) -> str:
        """The system for which it speaks; "" for every one."""
        return self.system.code if self.system else ""
