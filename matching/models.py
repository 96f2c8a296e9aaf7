"""What matching found, and what people decided about it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from mdm.models import GoldenRecord, SourceRecord


class MatchRun(models.Model):
    """One run of the engine over a domain, with the model and weights that it used."""

    class State(models.TextChoices):
        COMPARING = "comparing", gettext_lazy("Being compared")
        APPLYING = "applying", gettext_lazy("Being applied")
        FINISHED = "finished", gettext_lazy("Finished")
        CANCELLED = "cancelled", gettext_lazy("Cancelled")

        @classmethod
        def under_way(cls) -> "list[MatchRun.State]":
            return [cls.COMPARING, cls.APPLYING]

    domain = models.CharField(max_length=32)
    correlation_id = models.CharField(max_length=64)
    model_version = models.CharField(max_length=64)
    weights = models.JSONField(default=dict)
    review_at = models.FloatField(help_text="Match weight in bits from which people are asked")
    merge_at = models.FloatField(help_text="Match weight in bits from which records merge")

    records = models.PositiveIntegerField(default=0)
    changed_records = models.PositiveIntegerField(default=0)
    candidate_pairs = models.PositiveBigIntegerField(default=0)
    report = models.JSONField(default=dict, help_text="Passes, caps, refusals, seconds per stage")

    rematch = models.BooleanField(
        default=False, db_default=False, help_text="All records anew, whatever the machine linked"
    )
    state = models.CharField(max_length=16, choices=State, default=State.COMPARING)
    matrix = models.CharField(
        max_length=64, blank=True, help_text="The digest of the row matrix, when it was published"
    )
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.domain} run {self.pk}"


class MatchChunk(models.Model):
    """Some thousand clusters of a run, waiting to become golden records in one transaction."""

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="match_chunks_are_counted", fields=["run", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.run_id} chunk {self.number}"


class MatrixPiece(models.Model):
    """A compressed piece of a run's row matrix, until the run is compared."""

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    size = models.PositiveIntegerField(help_text="In bytes, before compression")
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="matrix_pieces_are_counted", fields=["run", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.run_id} piece {self.number}"


class MatchRange(models.Model):
    """A range of a run's candidate pairs, which one worker compares, and what it leaves."""

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="ranges")
    number = models.PositiveIntegerField()
    blocking = models.PositiveSmallIntegerField(help_text="The number of the pass")
    begin = models.PositiveBigIntegerField()
    end = models.PositiveBigIntegerField()
    pairs = models.PositiveBigIntegerField()
    content = models.BinaryField(default=b"", help_text="The pairs worth keeping")
    compared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="match_ranges_are_counted", fields=["run", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.run_id} range {self.number}"


class MatchPair(models.Model):
    """A scored pair of source records, with the evidence as levels and bits, never as values."""

    class State(models.TextChoices):
        AUTOMATIC = "automatic", gettext_lazy("Strong enough to merge")
        PENDING = "pending", gettext_lazy("Waits for a person")
        VETOED = "vetoed", gettext_lazy("Kept apart by a veto")
        DECIDED = "decided", gettext_lazy("Decided by a person")
        OBSOLETE = "obsolete", gettext_lazy("No longer alike enough")

    left = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+", db_index=False)
    right = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+")
    domain = models.CharField(max_length=32)
    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="pairs", db_index=False)

    match_weight = models.FloatField(help_text="In bits")
    left_version = models.PositiveIntegerField()
    right_version = models.PositiveIntegerField()
    levels = ArrayField(models.SmallIntegerField(), help_text="Agreement level per comparison")
    weights = ArrayField(models.FloatField(), help_text="Bits per comparison")
    found_by = models.CharField(max_length=64, help_text="The blocking pass that compared them")
    kept_apart_by = models.CharField(
        max_length=64, blank=True, help_text="The veto, decision or guard that keeps them apart"
    )

    state = models.CharField(max_length=16, choices=State)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_pair_is_kept_once", fields=["left", "right"]),
            models.CheckConstraint(name="a_pair_is_in_order", condition=Q(left__lt=F("right"))),
        ]
        indexes = [
            models.Index(
                name="pairs_that_wait",
                fields=["domain", "-match_weight", "id"],
                condition=Q(state__in=["pending", "vetoed"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.left_id} ~ {self.right_id}: {self.match_weight:.1f} bits"

    @property
    def evidence(self) -> dict[str, object]:
        """The evidence as it stands, without values: what a decision keeps."""
        return {
            "run": self.run_id,
            "match_weight": self.match_weight,
            "levels": self.levels,
            "weights": self.weights,
            "versions": [self.left_version, self.right_version],
            "kept_apart_by": self.kept_apart_by,
        }


class PairChange(models.Model):
    """That a run found a pair, lost it, or graded it otherwise than it stood; none of a first run.

    `before` and `after` are states of the pair; "" before it was kept.
    """

    run = models.ForeignKey(MatchRun, models.CASCADE, related_name="changes", db_index=False)
    left = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+", db_index=False)
    right = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+", db_index=False)

    before = models.CharField(max_length=16, blank=True)
    after = models.CharField(max_length=16)
    weight_before = models.FloatField(null=True, help_text="In bits")
    weight_after = models.FloatField(help_text="In bits")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_run_changes_a_pair_once", fields=["run", "left", "right"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.left_id} ~ {self.right_id}: {self.before} to {self.after}"


class KnownThing(models.Model):
    """Which thing a source record truly is, where somebody knows: to measure matching by.

    Records of one set with the same `thing` are one. Matching never reads it.
    """

    name = models.CharField(max_length=64, help_text="The set of records of which it is known")
    domain = models.CharField(max_length=32)
    record = models.ForeignKey(SourceRecord, models.CASCADE, related_name="+")
    thing = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="a_set_knows_a_record_once", fields=["record", "name"])
        ]
        indexes = [models.Index(name="known_things_of_a_set", fields=["domain", "name", "thing"])]

    def __str__(self) -> str:
        return f"{self.record_id} is {self.thing}"


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Decisions in force."""

    def live(self) -> "DecisionQuerySet":
        return self.filter(superseded_at=None)


class Decision(models.Model):
    """What a person decided about two source records. Superseded by a later one, never edited."""

    class Verdict(models.TextChoices):
        MATCH = "match", gettext_lazy("Match")
        NO_MATCH = "no_match", gettext_lazy("Not a match")
        UNSURE = "unsure", gettext_lazy("Unsure")
        NEEDS_INFO = "needs_info", gettext_lazy("Needs information")

        @classmethod
        def undecided(cls) -> "list[Decision.Verdict]":
            """What keeps a pair from being asked only until there is new evidence."""
            return [cls.UNSURE, cls.NEEDS_INFO]

    left = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+", db_index=False)
    right = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+")
    domain = models.CharField(max_length=32)

    class Reason(models.TextChoices):
        """Why, in words that can be counted."""

        IDENTIFIERS = "identifiers", gettext_lazy("An identifier says so")
        SOURCE = "source", gettext_lazy("Looked up in the source system")
        ASKED = "asked", gettext_lazy("Asked the people who know")
        SAME_DETAILS = "same_details", gettext_lazy("Names and details agree")
        NAMESAKE = "namesake", gettext_lazy("Same name, another thing")
        RELATED = "related", gettext_lazy("Related, but not the same")
        OTHER = "other", gettext_lazy("Another reason")

    verdict = models.CharField(max_length=16, choices=Verdict)
    reason_code = models.CharField(max_length=16, choices=Reason, blank=True, db_default="")
    reason = models.TextField(blank=True)
    evidence = models.JSONField(default=dict, help_text="Levels and bits as they stood")

    decided_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    superseded_by = models.CharField(max_length=200, blank=True, db_default="")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_live_decision_per_pair",
                fields=["left", "right"],
                condition=Q(superseded_at=None),
            ),
            models.CheckConstraint(name="a_decision_is_in_order", condition=Q(left__lt=F("right"))),
        ]

    def __str__(self) -> str:
        return f"{self.left_id} ~ {self.right_id}: {self.verdict}"


class ClusterDecisionQuerySet(models.QuerySet["ClusterDecision"]):
    """Decisions in force."""

    def live(self) -> "ClusterDecisionQuerySet":
        return self.filter(superseded_at=None)


class ClusterDecision(models.Model):
    """What a person decided about groups of source records as they stood: one row a record.

    *Match*: all its members are one thing. *No match*: no member of one side is the same thing as
    a member of the other side. Superseded by a later decision, never edited.
    """

    class Verdict(models.TextChoices):
        MATCH = "match", gettext_lazy("One thing")
        NO_MATCH = "no_match", gettext_lazy("Two things")

    domain = models.CharField(max_length=32)
    verdict = models.CharField(max_length=16, choices=Verdict)
    reason_code = models.CharField(
        max_length=16, choices=Decision.Reason, blank=True, db_default=""
    )
    reason = models.TextField(blank=True)

    decided_by = models.CharField(max_length=200)
    decided_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    superseded_by = models.CharField(max_length=200, blank=True)

    objects = ClusterDecisionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                name="live_cluster_decisions", fields=["domain"], condition=Q(superseded_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.domain} decision {self.pk}: {self.verdict}"


class DecidedMember(models.Model):
    """A source record that a decision on groups names, and on which side it stands."""

    decision = models.ForeignKey(ClusterDecision, models.CASCADE, related_name="members")
    record = models.ForeignKey(SourceRecord, models.PROTECT, related_name="+")
    side = models.PositiveSmallIntegerField(default=0, help_text="0, or 1 for what left the rest")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_decision_names_a_record_once", fields=["decision", "record"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.record_id} on side {self.side} of {self.decision_id}"


class SuspectCluster(models.Model):
    """A golden record that may hold two things, with how it could be split: for a person to say.

    Its content is known by a hash of the members and of what was found, so that what a person
    found to be fine is not asked again while it is as it was.
    """

    domain = models.CharField(max_length=32)
    golden = models.ForeignKey(GoldenRecord, models.PROTECT, related_name="+")
    content = models.CharField(max_length=64, unique=True)

    members = ArrayField(models.BigIntegerField(), help_text="Source records, in order")
    findings = models.JSONField(help_text="What is odd about it, in words without values")
    parts = models.JSONField(help_text="Lists of source records that may be things of their own")
    bridge = ArrayField(
        models.BigIntegerField(), help_text="The two source records whose link joins the parts"
    )

    run = models.ForeignKey(MatchRun, models.PROTECT, related_name="+", db_index=False)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    fine_by = models.CharField(
        max_length=200, blank=True, help_text="Who looked, and found it to be one thing"
    )
    fine_because = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                name="open_suspect_clusters", fields=["domain"], condition=Q(settled_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"{self.golden_id}: {'; '.join(self.findings)}"


class MatchIndex(models.Model):
    """What the index of a domain covers: stored keys by which few records are matched against all.

    The index itself lies in tables of its own (`matching.index.tables`), made anew with each build.
    """

    domain = models.CharField(max_length=32, primary_key=True)
    recipe = models.CharField(max_length=64, help_text="Hash of the model and of how keys are made")

    records = models.PositiveBigIntegerField(help_text="How many records it covers")
    held = models.JSONField(help_text="How many values records hold, column by column")

    built_at = models.DateTimeField()
    refreshed_at = models.DateTimeField(help_text="Changes of before are in it")

    def __str__(self) -> str:
        return f"index of {self.domain}"
