"""Where records come from, and what each source says: facts that nothing downstream edits."""

from urllib.parse import quote

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy


class SourceSystem(models.Model):
    """An application that sends records, receives them, or both."""

    class Kind(models.TextChoices):
        CRM = "crm", "CRM"
        ERP = "erp", "ERP"
        PSA = "psa", "PSA"
        RATE_CARD = "rate_card", gettext_lazy("Rate-card register")
        OTHER = "other", gettext_lazy("Other")

    class Direction(models.TextChoices):
        CONTRIBUTE = "contribute", gettext_lazy("Sends records")
        RECEIVE = "receive", gettext_lazy("Receives golden records")
        BOTH = "both", gettext_lazy("Sends and receives")

    class Status(models.TextChoices):
        PLANNED = "planned", gettext_lazy("Planned")
        ACTIVE = "active", gettext_lazy("Active")
        READ_ONLY = "read_only", gettext_lazy("Read only")
        RETIRED = "retired", gettext_lazy("Retired")

    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=16, choices=Kind)
    owner = models.CharField(max_length=200, help_text="The person who answers for what it sends")

    direction = models.CharField(max_length=16, choices=Direction, default=Direction.CONTRIBUTE)
    entity_url_template = models.CharField(
        max_length=500, blank=True, help_text="Opens a record there, with {domain} and {key}"
    )
    time_zone = models.CharField(max_length=64, default="UTC")
    freshness_hours = models.PositiveIntegerField(
        null=True, blank=True, help_text="A feed older than this is late"
    )

    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="source_system_code_is_upper_case_without_spaces",
                condition=Q(code__regex=r"^[A-Z][A-Z0-9_-]*$"),
            )
        ]

    def __str__(self) -> str:
        return self.code

    def url_of(self, domain: str, source_key: str) -> str:
        """Where the record opens in the source system; "" when that is not known."""
        template = self.entity_url_template
        return template.format(domain=domain, key=quote(source_key)) if template else ""


class SourceRecord(models.Model):
    """One record as one source sends it: its identifier there and its standardised values."""

    class Condition(models.TextChoices):
        """What a person or a rule holds against a record; its golden record's status shows it."""

        SOUND = "", gettext_lazy("Nothing")
        DRAFT = "draft", gettext_lazy("Proposed, not confirmed yet")
        SUSPECT = "suspect", gettext_lazy("Doubted until a person has looked")
        WITHDRAWN = "withdrawn", gettext_lazy("Taken out of use for good")

    system = models.ForeignKey(SourceSystem, models.PROTECT, related_name="+", db_index=False)
    domain = models.CharField(max_length=32)
    source_key = models.CharField(max_length=512)

    attributes = models.JSONField()
    source_updated_at = models.DateTimeField(null=True)
    doubtful = ArrayField(
        models.CharField(max_length=64),
        default=list,
        db_default=models.Value("{}"),
        help_text="Attributes whose values failed validation and are trusted less",
    )
    version = models.PositiveIntegerField(
        default=1, help_text="0 for one that was claimed and has not arrived yet"
    )

    condition = models.CharField(
        max_length=16, choices=Condition, default=Condition.SOUND, db_default="", blank=True
    )
    isolated = models.BooleanField(
        default=False, db_default=False, help_text="Has an id, but takes no part in matching"
    )

    home_feed = models.ForeignKey("mdm.Feed", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    inactive_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_source_record_per_system_domain_and_key",
                fields=["system", "domain", "source_key"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.system.code}:{self.source_key}"


class SourceRecordVersion(models.Model):
    """What a source sent, as it sent it. Every version is kept; none is edited."""

    pk = models.CompositePrimaryKey("record_id", "number")
    record = models.ForeignKey(
        SourceRecord, models.PROTECT, related_name="versions", db_index=False
    )
    number = models.PositiveIntegerField()

    raw = models.JSONField()
    content_hash = models.BinaryField(max_length=16)
    changed_values = models.BooleanField(help_text="Whether the standardised values changed")
    source_updated_at = models.DateTimeField(null=True)

    batch = models.ForeignKey("mdm.FeedBatch", models.PROTECT, related_name="+", db_index=False)
    feed = models.ForeignKey("mdm.Feed", models.PROTECT, related_name="+", db_index=False)
    received_at = models.DateTimeField()

    class Meta:
        indexes = [BrinIndex(name="versions_by_batch", fields=["batch"])]

    def __str__(self) -> str:
        return f"{self.record_id} version {self.number}"


class ExposureFact(models.Model):
    """Money that hangs on a source record on a date: one amount in one currency per fact."""

    class Kind(models.TextChoices):
        OPEN_RECEIVABLES = "open_receivables", gettext_lazy("Open receivables")
        UNBILLED_WORK = "unbilled_work", gettext_lazy("Unbilled work")
        PIPELINE = "pipeline", gettext_lazy("Pipeline")
        ACTIVE_PROJECTS = "active_projects", gettext_lazy("Active projects")

    record = models.ForeignKey(SourceRecord, models.PROTECT, related_name="exposures")
    kind = models.CharField(max_length=32, choices=Kind)
    as_of = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_exposure_per_record_kind_date_and_currency",
                fields=["record", "kind", "as_of", "currency"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency} on {self.as_of}"


class BlockedValue(models.Model):
    """A placeholder that says nothing, such as "N/A": treated as absent wherever it stands."""

    value = models.CharField(max_length=200, help_text="Compared without case and accents")
    domain = models.CharField(max_length=32, blank=True, help_text="Empty for every domain")
    attribute = models.CharField(max_length=64, blank=True, help_text="Empty for every attribute")
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_value_is_blocked_once_per_attribute",
                fields=["value", "domain", "attribute"],
            )
        ]

    def __str__(self) -> str:
        return self.value
