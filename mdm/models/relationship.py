"""What records are to each other: typed, with dates, and with the source record that says so."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    DateRangeField,
    DateTimeRangeField,
    RangeBoundary,
    RangeOperators,
)
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from mdm.models.source import SourceRecord
from mdm.relation_kinds import RelationKind

_RECORDED = models.Func(
    "asserted_at",
    "withdrawn_at",
    RangeBoundary(),
    function="tstzrange",
    output_field=DateTimeRangeField(),
)


class Relationship(models.Model):
    """One thing that a source record, or a steward on one, says about it and another record.

    Every kind reads from the record to the other one, but for *parent of*: there the record names
    its parent. The other one is named as its source names it, and found when it is read, so that
    no merge rewrites a relationship. `valid_on` is business time: the days on which it holds.
    `asserted_at` and `withdrawn_at` are recorded time: when the hub held it to be so.
    """

    class Kind(models.TextChoices):
        PARENT_OF = RelationKind.PARENT_OF.value, gettext_lazy("Parent of")
        BILLS_TO = RelationKind.BILLS_TO.value, gettext_lazy("Bills to")
        CONTACT_OF = RelationKind.CONTACT_OF.value, gettext_lazy("Contact of")
        WORKS_FOR = RelationKind.WORKS_FOR.value, gettext_lazy("Works for")
        ENGAGED_BY = RelationKind.ENGAGED_BY.value, gettext_lazy("Engaged by")
        SUCCESSOR_OF = RelationKind.SUCCESSOR_OF.value, gettext_lazy("Successor of")

    class HeldBack(models.TextChoices):
        """Why a relationship does not take effect, though it is asserted."""

        NOTHING = "", gettext_lazy("In effect")
        CIRCLE = "circle", gettext_lazy("Would close a circle")
        REFUTED = "refuted", gettext_lazy("A steward says that it is wrong")

    kind = models.CharField(max_length=16, choices=Kind)
    record = models.ForeignKey(
        SourceRecord, models.PROTECT, related_name="relationships", db_index=False
    )
    attribute = models.CharField(
        max_length=64, blank=True, help_text="Which attribute says so; empty for a steward"
    )
    other_domain = models.CharField(max_length=32)
    other_system = models.CharField(max_length=32, help_text="The code of a source system")
    other_key = models.CharField(max_length=512)

    valid_on = DateRangeField()
    confidence = models.FloatField(null=True)
    held_back = models.CharField(
        max_length=16, choices=HeldBack, default=HeldBack.NOTHING, blank=True
    )
    of_golden = models.BooleanField(
        default=False, help_text="Said of the golden record: the record stands for all its members"
    )
    to_golden = models.BooleanField(
        default=False, help_text="Said of the other golden record, which its reference stands for"
    )

    first_asserted_at = models.DateTimeField(
        help_text="Kept when the days or the effect of the relationship change"
    )
    asserted_at = models.DateTimeField()
    asserted_by = models.CharField(max_length=200)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="an_attribute_says_one_thing_at_a_time",
                expressions=[
                    ("record", RangeOperators.EQUAL),
                    ("attribute", RangeOperators.EQUAL),
                    ("valid_on", RangeOperators.OVERLAPS),
                    (_RECORDED, RangeOperators.OVERLAPS),
                ],
                condition=~Q(attribute=""),
            ),
            ExclusionConstraint(
                name="a_steward_says_a_relationship_once",
                expressions=[
                    ("record", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("other_domain", RangeOperators.EQUAL),
                    ("other_system", RangeOperators.EQUAL),
                    ("other_key", RangeOperators.EQUAL),
                    ("valid_on", RangeOperators.OVERLAPS),
                ],
                condition=Q(attribute="", withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="a_relationship_holds_on_some_day", condition=Q(valid_on__isempty=False)
            ),
            models.CheckConstraint(
                name="a_relationship_is_withdrawn_after_it_was_asserted",
                condition=Q(withdrawn_at=None) | Q(withdrawn_at__gte=F("asserted_at")),
            ),
            models.CheckConstraint(
                name="confidence_is_a_share",
                condition=Q(confidence=None) | Q(confidence__range=(0, 1)),
            ),
        ]
        indexes = [
            models.Index(
                name="live_relationships_of_a_record",
                fields=["record"],
                condition=Q(withdrawn_at=None),
            ),
            models.Index(
                name="live_relationships_to_a_record",
                fields=["other_domain", "other_system", "other_key"],
                condition=Q(withdrawn_at=None),
            ),
            models.Index(
                name="past_relationships_of_a_record",
                fields=["record"],
                condition=Q(withdrawn_at__isnull=False),
            ),
            models.Index(
                name="past_relationships_to_a_record",
                fields=["other_domain", "other_system", "other_key"],
                condition=Q(withdrawn_at__isnull=False),
            ),
            models.Index(
                name="edges_of_a_hierarchy",
                fields=["other_domain", "held_back"],
                condition=Q(kind="parent_of", withdrawn_at=None),
            ),
            models.Index(
                name="relationships_of_stewards",
                fields=["record"],
                condition=Q(attribute="", withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.kind} {self.other_system}:{self.other_key}"
