"""How records arrive: feeds, the batches they come in, and what became of each row."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from mdm.models.source import SourceSystem

LEDGER = ("created", "updated", "unchanged", "stale", "quarantined", "rejected", "out_of_scope")
"""The outcomes of a row; in every finished batch they add up to what was received."""


class Feed(models.Model):
    """A configured flow of records of one domain from one source system."""

    class Mode(models.TextChoices):
        SNAPSHOT = "snapshot", gettext_lazy("Full snapshot: what is missing was deleted")
        DELTA = "delta", gettext_lazy("Changes only")

    class Deletes(models.TextChoices):
        IGNORE = "ignore", gettext_lazy("Keep what is missing")
        SOFT = "soft", gettext_lazy("A missing record makes its golden record inactive")
        CONSENSUS = (
            "consensus",
            gettext_lazy("A golden record is inactive when all its sources are"),
        )

    code = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    system = models.ForeignKey(SourceSystem, models.PROTECT, related_name="feeds")
    domain = models.CharField(max_length=32)
    owner = models.CharField(max_length=200, help_text="The person who is asked when it waits")

    mode = models.CharField(max_length=16, choices=Mode, default=Mode.SNAPSHOT)
    deletes = models.CharField(max_length=16, choices=Deletes, default=Deletes.IGNORE)
    creates = models.BooleanField(
        default=True, help_text="Whether an unknown key makes a new record, or is quarantined"
    )
    reader_options = models.JSONField(default=dict, blank=True)
    location = models.CharField(max_length=500, blank=True, help_text="A URL to pull from")
    synthetic = models.BooleanField(default=False)

    largest_inactivated_share = models.FloatField(default=0.1)
    largest_changed_share = models.FloatField(default=0.5)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="breaker_limits_are_shares",
                condition=Q(
                    largest_inactivated_share__range=(0, 1), largest_changed_share__range=(0, 1)
                ),
            )
        ]

    def __str__(self) -> str:
        return self.code

    def newest_mapping(self) -> "FeedMapping | None":
        """The mapping by which the next file is read; None until somebody gives one."""
        return self.mappings.order_by("-version").first()


class FeedMapping(models.Model):
    """Which source column becomes which attribute, and how: data, in versions, never edited."""

    feed = models.ForeignKey(Feed, models.PROTECT, related_name="mappings")
    version = models.PositiveIntegerField()
    specification = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="mapping_versions_are_counted", fields=["feed", "version"])
        ]

    def __str__(self) -> str:
        return f"{self.feed.code} mapping {self.version}"


class FeedBatch(models.Model):
    """One execution of a feed, with a ledger that sums."""

    class State(models.TextChoices):
        RECEIVED = "received", gettext_lazy("Received")
        UPLOADED = "uploaded", gettext_lazy("Waits for its mapping")
        APPLYING = "applying", gettext_lazy("Being applied")
        WAITING = "waiting", gettext_lazy("Waits for its owner")
        APPLIED = "applied", gettext_lazy("Applied")
        PREVIEWED = "previewed", gettext_lazy("Tried, not applied")
        REFUSED = "refused", gettext_lazy("Refused")
        DISCARDED = "discarded", gettext_lazy("Discarded by its owner")

    FINISHED = (State.APPLIED, State.PREVIEWED, State.REFUSED, State.DISCARDED)

    feed = models.ForeignKey(Feed, models.PROTECT, related_name="batches")
    mapping = models.ForeignKey(FeedMapping, models.PROTECT, null=True, related_name="+")
    draft = models.JSONField(
        null=True, help_text="A mapping that is only tried, and kept once the file is applied"
    )
    file_name = models.CharField(max_length=500)
    file_hash = models.CharField(max_length=64, blank=True)
    dry_run = models.BooleanField(default=False)
    keeps_file = models.BooleanField(
        default=False,
        db_default=False,
        help_text="A trial whose file stays until it is applied or put away",
    )
    trial = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="applied_as", help_text="Whose file it is"
    )
    partial = models.BooleanField(
        default=False, help_text="Repaired rows of another batch: says nothing about other records"
    )
    columns = models.JSONField(default=list, help_text="The header of the file")
    correlation_id = models.CharField(max_length=64)
    received_by = models.CharField(max_length=200)

    received = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    stale = models.PositiveIntegerField(default=0)
    quarantined = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    out_of_scope = models.PositiveIntegerField(default=0)
    inactivated = models.PositiveIntegerField(default=0)
    prediction = models.JSONField(default=dict)
    problem = models.TextField(blank=True, help_text="Why it waits or was refused, and the remedy")

    state = models.CharField(max_length=16, choices=State, default=State.RECEIVED)
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    matched_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "feed batches"
        indexes = [
            models.Index(
                name="batches_waiting_for_a_match",
                fields=["feed"],
                condition=Q(state="applied", matched_at=None),
            ),
            models.Index(name="newest_batches_first", fields=["-received_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                name="the_ledger_of_a_finished_batch_sums",
                condition=~Q(state__in=["applied", "previewed"])
                | Q(
                    received=F("created")
                    + F("updated")
                    + F("unchanged")
                    + F("stale")
                    + F("quarantined")
                    + F("rejected")
                    + F("out_of_scope")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed.code} batch {self.pk}"

    @property
    def ledger(self) -> dict[str, int]:
        """Rows per outcome."""
        return {outcome: getattr(self, outcome) for outcome in LEDGER}

    @property
    def specification(self) -> dict[str, Any]:
        """What its rows are read by; empty until somebody says."""
        if self.draft is not None:
            return dict(self.draft)
        return dict(self.mapping.specification) if self.mapping else {}

    @property
    def is_finished(self) -> bool:
        return self.state in self.FINISHED


class FeedFile(models.Model):
    """A piece of a received file, kept until its batch is finished; any host can read it."""

    batch = models.ForeignKey(FeedBatch, models.CASCADE, related_name="file_parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="file_parts_are_counted", fields=["batch", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} part {self.number}"


class FeedChunk(models.Model):
    """Some thousand rows of a batch, read and waiting to be applied in one transaction."""

    batch = models.ForeignKey(FeedBatch, models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    content = models.BinaryField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="chunks_are_counted", fields=["batch", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} chunk {self.number}"


class FeedRow(models.Model):
    """A row that was not applied: why, and what would mend it."""

    class Outcome(models.TextChoices):
        STALE = "stale", gettext_lazy("Stale")
        QUARANTINED = "quarantined", gettext_lazy("Quarantined")
        REJECTED = "rejected", gettext_lazy("Rejected")
        OUT_OF_SCOPE = "out_of_scope", gettext_lazy("Out of scope")

    class Cause(models.TextChoices):
        PARSE = "parse", gettext_lazy("The row cannot be read")
        VALIDATION = "validation", gettext_lazy("A value is not valid")
        MISSING = "missing", gettext_lazy("A required value is missing")
        DUPLICATE_KEY = "duplicate_key", gettext_lazy("The key occurs twice with different content")
        REFERENCE = "reference", gettext_lazy("It refers to a record that is not there")
        STALE = "stale", gettext_lazy("A newer version arrived before")
        AMBIGUOUS = "ambiguous", gettext_lazy("It can be read in more than one way")
        SCOPE = "scope", gettext_lazy("The mapping leaves such rows out")

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("Waits for a person")
        RESUBMITTED = "resubmitted", gettext_lazy("Repaired and sent again")
        DISMISSED = "dismissed", gettext_lazy("Dismissed")
        CLOSED = "closed", gettext_lazy("Nothing to do")

    batch = models.ForeignKey(FeedBatch, models.PROTECT, related_name="rows")
    row_number = models.PositiveIntegerField(help_text="As a spreadsheet counts; the header is 1")
    source_key = models.CharField(max_length=512, blank=True)

    outcome = models.CharField(max_length=16, choices=Outcome)
    cause = models.CharField(max_length=16, choices=Cause)
    column = models.CharField(max_length=200, blank=True)
    message = models.TextField()
    remedy = models.TextField(blank=True)
    raw = models.JSONField()

    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    resubmitted_in = models.ForeignKey(
        FeedBatch, models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_row_has_one_outcome", fields=["batch", "row_number"])
        ]
        indexes = [
            models.Index(name="open_quarantine", fields=["batch"], condition=Q(state="open"))
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} row {self.row_number}: {self.outcome}"
