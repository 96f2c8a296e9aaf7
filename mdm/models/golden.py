"""Golden records: derived from linked source records, rebuilt and never patched."""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Deferrable, F, Q, Value
from django.db.models.functions import Coalesce, Left
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy


class GoldenRecordQuerySet(models.QuerySet["GoldenRecord"]):
    """Golden records by domain, life cycle and content."""

    def of(self, domain: str) -> "GoldenRecordQuerySet":
        return self.filter(domain=domain)

    def standing(self) -> "GoldenRecordQuerySet":
        """Those that were not merged into another one."""
        return self.filter(merged_into=None)

    def listed(self) -> "GoldenRecordQuerySet":
        """Those that people browse and search: standing, and not withdrawn."""
        return self.standing().exclude(status=GoldenRecord.Status.TOMBSTONE)

    def published(self) -> "GoldenRecordQuerySet":
        """Those that other systems are told of: neither proposed only, nor doubted."""
        return self.exclude(status__in=GoldenRecord.WITHHELD)

    def having(self, **values: object) -> "GoldenRecordQuerySet":
        """Those whose attributes equal `values`; containment, which an index can serve."""
        return self.filter(attributes__contains=values)

    def resembling(self, folded: str) -> "GoldenRecordQuerySet":
        """Those whose searchable names hold `folded`, or words like it, by trigram index."""
        return self.filter(
            Q(search_text__contains=folded) | Q(search_text__trigram_word_similar=folded)
        )


class GoldenRecord(models.Model):
    """The best version of one real thing. Its id is minted once and resolves for ever."""

    class Status(models.TextChoices):
        DRAFT = "draft", gettext_lazy("Draft")
        ACTIVE = "active", gettext_lazy("Active")
        SUSPECT = "suspect", gettext_lazy("Suspect")
        INACTIVE = "inactive", gettext_lazy("Inactive")
        MERGED = "merged", gettext_lazy("Merged into another")
        TOMBSTONE = "tombstone", gettext_lazy("Withdrawn")

    WITHHELD = (Status.DRAFT, Status.SUSPECT)

    id = models.UUIDField(primary_key=True, editable=False)
    domain = models.CharField(max_length=32)

    title = models.TextField()
    search_text = models.TextField(help_text="Folded names, for trigram search")
    attributes = models.JSONField()
    provenance = models.JSONField()

    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged_from", db_index=False
    )
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = GoldenRecordQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(name="golden_records_by_domain", fields=["domain", "id"]),
            models.Index(
                name="golden_records_merged_into",
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
            ),
            GinIndex(
                OpClass(F("search_text"), name="gin_trgm_ops"), name="golden_records_by_trigram"
            ),
            models.Index(
                "domain",
                OpClass(Left("search_text", 60), name="text_pattern_ops"),
                name="golden_records_by_beginning",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_golden_record_is_merged_or_it_is_not",
                condition=Q(status="merged", merged_into__isnull=False)
                | (~Q(status="merged") & Q(merged_into__isnull=True)),
            ),
            models.CheckConstraint(
                name="a_golden_record_is_not_merged_into_itself",
                condition=~Q(merged_into=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class GoldenRecordVersion(models.Model):
    """What a golden record said before it changed: appended by each change, never edited."""

    pk = models.CompositePrimaryKey("golden_id", "number")
    golden = models.ForeignKey(
        GoldenRecord, models.PROTECT, related_name="versions", db_index=False
    )
    number = models.PositiveIntegerField(help_text="The version of the golden record")

    title = models.TextField()
    attributes = models.JSONField()
    provenance = models.JSONField()
    status = models.CharField(max_length=16, choices=GoldenRecord.Status)
    merged_into = models.ForeignKey(
        GoldenRecord, models.PROTECT, null=True, related_name="+", db_index=False
    )

    since_at = models.DateTimeField()
    until_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_version_ends_after_it_began", condition=Q(until_at__gte=F("since_at"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.golden_id} version {self.number}"


class OverrideQuerySet(models.QuerySet["Override"]):
    """Pins by whether they hold, and whether their sources object."""

    def live(self, at: datetime) -> "OverrideQuerySet":
        """Those that hold at a moment."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=at), ended_at=None)

    def contested(self, at: datetime) -> "OverrideQuerySet":
        """Live ones, of which survivorship says something else than when a person last looked."""
        nothing = Value(None, models.JSONField())
        return self.live(at).exclude(Exact(Coalesce("rival", nothing), Coalesce("beats", nothing)))


class Override(models.Model):
    """A steward's value that outranks survivorship, on the golden id on which it was set.

    It goes where that id goes: into the golden record that the id is merged into, and back out.
    """

    golden = models.ForeignKey(GoldenRecord, models.PROTECT, related_name="overrides")
    attribute = models.CharField(max_length=64)
    value = models.JSONField(help_text="As the attribute's type keeps it; null for no value")
    beats = models.JSONField(
        null=True, help_text="What survivorship chose when a person last looked"
    )
    rival = models.JSONField(null=True, help_text="What survivorship would choose now instead")

    reason = models.TextField()
    set_by = models.CharField(max_length=200)
    set_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=200, blank=True)
    ended_at = models.DateTimeField(null=True)

    objects = OverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_live_override_per_attribute",
                fields=["golden", "attribute"],
                condition=Q(ended_at=None),
            ),
            models.CheckConstraint(name="an_override_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} of {self.golden_id}"


class SurvivorshipPolicy(models.Model):
    """How the values of a domain survive, where that differs from its declaration: in versions."""

    domain = models.CharField(max_length=32)
    version = models.PositiveIntegerField()
    specification = models.JSONField()
    reason = models.TextField()
    created_by = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "survivorship policies"
        constraints = [
            models.UniqueConstraint(
                name="policy_versions_are_counted", fields=["domain", "version"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.domain} policy {self.version}"


class Evaluation(models.Model):
    """The moment at which the golden records of a domain are evaluated; a sweep advances it."""

    domain = models.CharField(max_length=32, primary_key=True)
    evaluated_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.domain} at {self.evaluated_at:%Y-%m-%d %H:%M}"


class EffectiveRate(models.Model):
    """The typed projection of a golden rate: what a rate question reads.

    Two effective rates for the same scope, role, unit and currency never overlap; the database
    refuses. Overlaps that a merge brings together are contested, and answered as ambiguous.
    """

    class State(models.TextChoices):
        EFFECTIVE = "effective", gettext_lazy("Effective")
        CONTESTED = "contested", gettext_lazy("Contested")

    golden = models.OneToOneField(
        GoldenRecord, models.CASCADE, primary_key=True, related_name="effective_rate"
    )
    scope = models.CharField(max_length=16)
    scope_key = models.TextField(help_text="What the scope is: a golden id, a practice, a region")
    reference = models.TextField(blank=True, help_text="The scope as the source names it")
    role = models.TextField(help_text="Folded labour category, level and what it asks for")
    labour_category = models.TextField()
    unit = models.CharField(max_length=16)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=14, decimal_places=4)
    period = DateRangeField()
    state = models.CharField(max_length=16, choices=State, db_default=State.EFFECTIVE)

    class Meta:
        indexes = [
            models.Index(name="rates_by_scope", fields=["scope", "scope_key"]),
            models.Index(name="rates_by_reference", fields=["reference"]),
        ]
        constraints = [
            ExclusionConstraint(
                name="effective_rates_do_not_overlap",
                expressions=[
                    ("scope", RangeOperators.EQUAL),
                    ("scope_key", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    ("currency", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(state="effective"),
                deferrable=Deferrable.DEFERRED,
            )
        ]

    def __str__(self) -> str:
        return f"{self.labour_category} {self.amount} {self.currency} per {self.unit}"
