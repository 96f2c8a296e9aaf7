"""Which source records form which golden record, now and at any time before."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from mdm.models.golden import GoldenRecord
from mdm.models.source import SourceRecord


class CrosswalkLink(models.Model):
    """One source record belonging to one golden record over a span of recorded time."""

    class Method(models.TextChoices):
        NEW = "new", gettext_lazy("First of its golden record")
        MATCH = "match", gettext_lazy("Matched by the engine")
        STEWARD = "steward", gettext_lazy("Decided by a steward")
        CLAIM = "claim", gettext_lazy("Claimed by the system that created it")

    record = models.ForeignKey(SourceRecord, models.PROTECT, related_name="links", db_index=False)
    golden = models.ForeignKey(GoldenRecord, models.PROTECT, related_name="links", db_index=False)

    method = models.CharField(max_length=16, choices=Method)
    match_weight = models.FloatField(null=True, help_text="Evidence in bits, when matched")
    rule_version = models.CharField(max_length=64, blank=True)
    via = ArrayField(
        models.UUIDField(),
        default=list,
        db_default=models.Value("{}"),
        help_text="Golden ids, merged since, under which the record came here; the first one first",
    )

    linked_at = models.DateTimeField()
    unlinked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_source_record_has_at_most_one_live_link",
                fields=["record"],
                condition=Q(unlinked_at=None),
            ),
            models.CheckConstraint(
                name="a_link_ends_after_it_began",
                condition=Q(unlinked_at=None) | Q(unlinked_at__gte=F("linked_at")),
            ),
        ]
        indexes = [
            models.Index(
                name="live_links_of_a_golden_record",
                fields=["golden"],
                condition=Q(unlinked_at=None),
            ),
            models.Index(
                name="ended_links_of_a_golden_record",
                fields=["golden"],
                condition=Q(unlinked_at__isnull=False),
            ),
            models.Index(
                name="links_that_ended", fields=["record"], condition=Q(unlinked_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} in {self.golden_id}"
