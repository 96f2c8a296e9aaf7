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
    """Keys that may still be used."""

    def usable(self) -> "ApiClientQuerySet":
        return self.filter(revoked_at=None).filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        )


class ApiClient(models.Model):
    """A machine that calls the API. Only a hash of its key is kept."""

    name = models.CharField(max_length=100, unique=True)
    key_hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, help_text='Such as "client:read" or "*:read"')
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = ApiClientQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name
