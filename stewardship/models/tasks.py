"""What waits for a person."""

import math
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, FloatField, Func, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Abs, Greatest, Least, Ln, Power
from django.urls import reverse
from django.utils.translation import gettext_lazy

_LARGEST = 60.0  # bits: beyond that, a probability is 0 or 1
_PROBABILITY = 1.0 / (1.0 + Power(2.0, Least(Greatest(-F("match_weight"), -_LARGEST), _LARGEST)))

# The rank: by severity, then by money times the chance that a machine would be wrong, as powers of
# ten, and by age: ten times the money goes as far ahead as ten days of waiting.
_GRAVEST, _ORDINARY = 1e6, 2e6
_DAYS_OF_TEN_TIMES = 10.0
_WRONG = Case(
    When(match_weight=None, then=1.0),  # nothing to go by
    default=Greatest(1.0 - Abs(2.0 * _PROBABILITY - 1.0), 0.001),
)
_DAYS = Func(
    F("opened_at"),
    template="extract(epoch FROM %(expressions)s - timestamptz '2026-01-01 00:00+00') / 86400.0",
    output_field=FloatField(),
)


def _power_of_ten(amount: Combinable) -> Combinable:
    return Ln(amount, output_field=FloatField()) / math.log(10)


_OPEN = Q(state="open")


class StewardshipTaskQuerySet(models.QuerySet["StewardshipTask"]):
    """Stewardship tasks by whether they wait, and for whom."""

    def open(self) -> "StewardshipTaskQuerySet":
        return self.filter(state=StewardshipTask.State.OPEN)

    def due(self, today: date) -> "StewardshipTaskQuerySet":
        """Open ones, without those that were put off to a later day."""
        return self.open().filter(Q(deferred_until=None) | Q(deferred_until__lte=today))

    def put_off(self, today: date) -> "StewardshipTaskQuerySet":
        return self.open().filter(deferred_until__gt=today)

    def overdue(self, at: datetime) -> "StewardshipTaskQuerySet":
        """Those whose clock has run out."""
        late = Q()
        for severity, allowed in StewardshipTask.ALLOWED.items():
            late |= Q(kind__in=StewardshipTask.kinds_of(severity), opened_at__lt=at - allowed)
        return self.filter(late)


class StewardshipTask(models.Model):
    """One thing waiting for a steward. A person decides; the hub only asks."""

    class Kind(models.TextChoices):
        MATCH_REVIEW = "match_review", gettext_lazy("Match review")
        CONTESTED_RATE = "contested_rate", gettext_lazy("Contested rate")
        CONTESTED_PIN = "contested_pin", gettext_lazy("Contested pin")
        SUSPECT_CLUSTER = "suspect_cluster", gettext_lazy("Suspect cluster")
        CONTRADICTION = "contradiction", gettext_lazy("Decisions that contradict each other")
        RELATIONSHIP = "relationship", gettext_lazy("Unclear relationship")
        QUARANTINE = "quarantine", gettext_lazy("Rows in quarantine")
        PROPOSED_CHANGE = "proposed_change", gettext_lazy("Proposed change")
        SECOND_PERSON = "second_person", gettext_lazy("Merge that takes two people")

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        DONE = "done", gettext_lazy("Done")

    class Severity(models.IntegerChoices):
        HIGH = 1, gettext_lazy("High")
        NORMAL = 2, gettext_lazy("Normal")

    GRAVE = (Kind.CONTRADICTION, Kind.SUSPECT_CLUSTER, Kind.CONTESTED_RATE)
    """What may be wrong in golden records that others already use."""
    ALLOWED = {Severity.HIGH: timedelta(days=1), Severity.NORMAL: timedelta(days=5)}
    """How long it may take from opening until it is settled."""

    kind = models.CharField(max_length=32, choices=Kind)
    domain = models.CharField(max_length=32)
    subject = models.CharField(max_length=64, help_text="The id of what it is about")
    summary = models.TextField(help_text="In a steward's words, without values")
    systems = ArrayField(
        models.CharField(max_length=32),
        default=list,
        db_default=Value("{}"),
        help_text="Codes of the source systems whose records it is about",
    )
    match_weight = models.FloatField(null=True, help_text="In bits, of a match review")
    at_stake = models.JSONField(
        null=True, help_text="Exposure of what it is about, by currency; null before it is weighed"
    )
    most_at_stake = models.FloatField(
        db_default=0.0, help_text="The largest of these amounts, whatever its currency"
    )
    rank = models.GeneratedField(
        expression=Case(When(kind__in=GRAVE, then=_GRAVEST), default=_ORDINARY)
        + _DAYS / _DAYS_OF_TEN_TIMES
        - _power_of_ten(1.0 + F("most_at_stake"))
        - _power_of_ten(_WRONG),
        output_field=FloatField(),
        db_persist=True,
    )
    """Smaller is sooner."""
    correlation_id = models.CharField(max_length=64)

    state = models.CharField(max_length=16, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    assignee = models.CharField(max_length=150, blank=True, db_default="", help_text="A user name")
    deferred_until = models.DateField(null=True)
    held_by = models.CharField(
        max_length=150, blank=True, db_default="", help_text="Who has it on the screen"
    )
    held_until = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=200, blank=True, db_default="")

    objects = StewardshipTaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_open_stewardship_task_per_kind_and_subject",
                fields=["kind", "subject"],
                condition=Q(state="open"),
            )
        ]
        indexes = [
            models.Index(name="open_tasks_by_rank", fields=["rank", "id"], condition=_OPEN),
            models.Index(
                name="open_tasks_of_a_domain", fields=["domain", "rank", "id"], condition=_OPEN
            ),
            models.Index(
                name="open_tasks_of_a_kind", fields=["kind", "rank", "id"], condition=_OPEN
            ),
            models.Index(
                name="open_tasks_of_a_person",
                fields=["assignee", "rank", "id"],
                condition=_OPEN & ~Q(assignee=""),
            ),
            models.Index(name="open_tasks_by_age", fields=["opened_at"], condition=_OPEN),
            models.Index(
                name="open_tasks_to_weigh",
                fields=["domain"],
                condition=_OPEN & Q(at_stake__isnull=True),
            ),
            GinIndex(name="open_tasks_by_system", fields=["systems"], condition=_OPEN),
            models.Index(name="tasks_of_a_subject", fields=["kind", "subject", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.summary}"

    @classmethod
    def kinds_of(cls, severity: int) -> "list[StewardshipTask.Kind]":
        grave = severity == cls.Severity.HIGH
        return [kind for kind in cls.Kind if (kind in cls.GRAVE) == grave]

    @property
    def severity(self) -> "StewardshipTask.Severity":
        return self.Severity.HIGH if self.kind in self.GRAVE else self.Severity.NORMAL

    @property
    def due_at(self) -> datetime:
        """When its clock runs out."""
        return self.opened_at + self.ALLOWED[self.severity]

    def address(self) -> str:
        """Where a person decides on it."""
        pages: dict[StewardshipTask.Kind, tuple[str, list[object]]] = {
            self.Kind.MATCH_REVIEW: ("pair", [self.subject]),
            self.Kind.SUSPECT_CLUSTER: ("suspect", [self.subject]),
            self.Kind.CONTESTED_PIN: ("contested-pin", [self.subject]),
            self.Kind.CONTESTED_RATE: ("golden", [self.domain, self.subject]),
            self.Kind.CONTRADICTION: ("contradiction", [self.pk]),
            self.Kind.RELATIONSHIP: ("unclear", [self.pk]),
            self.Kind.QUARANTINE: ("batch", [self.subject]),
            self.Kind.PROPOSED_CHANGE: ("proposal", [self.subject]),
            self.Kind.SECOND_PERSON: ("consent", [self.subject]),
        }
        name, arguments = pages[self.Kind(self.kind)]
        return reverse(name, args=arguments)


class MergeConsent(models.Model):
    """One of two people wants golden records merged, exactly as a preview showed it."""

    domain = models.CharField(max_length=32)
    golden_ids = ArrayField(models.UUIDField())
    preview = models.CharField(max_length=64, help_text="A hash of what was seen and chosen")
    chosen = models.JSONField(
        default=dict, help_text="The page that asks for the same, and what it is asked with"
    )
    reason = models.TextField(blank=True)
    given_by = models.CharField(max_length=200)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="a_person_consents_once_to_a_preview", fields=["preview", "given_by"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.given_by} would merge {len(self.golden_ids)} of {self.domain}"

    def address(self) -> str:
        """Where another person can want the same, with all that this one chose."""
        first, *others = map(str, self.golden_ids)
        page, asked = self.chosen.get("page", "merge"), self.chosen.get("asked", {})
        where = [self.chosen["pair"]] if page == "pair" else [self.domain, first]
        said = asked if page == "pair" else {"with": others, **asked}
        return f"{reverse(page, args=where)}?{urlencode(said, doseq=True)}"


class StewardAction(models.Model):
    """Something a person did that can be undone: what it needs to take back, and its batch."""

    class Kind(models.TextChoices):
        DECIDE = "decide", gettext_lazy("Decided on a pair")
        MERGE = "merge", gettext_lazy("Merged")
        SEPARATE = "separate", gettext_lazy("Took out")
        OVERRIDE = "override", gettext_lazy("Pinned a value")
        END_OVERRIDE = "end_override", gettext_lazy("Removed a pin")
        CONDITION = "condition", gettext_lazy("Judged a source record")
        ISOLATE = "isolate", gettext_lazy("Took a source record out of matching, or back in")

    kind = models.CharField(max_length=16, choices=Kind)
    domain = models.CharField(max_length=32)
    content = models.JSONField(help_text="Ids only: golden records, source records, decisions")
    batch = models.UUIDField(null=True, help_text="The bulk batch that it is part of")

    done_by = models.CharField(max_length=200)
    done_at = models.DateTimeField()
    correlation_id = models.CharField(max_length=64)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            models.Index(name="last_actions_of_a_person", fields=["done_by", "-id"]),
            models.Index(
                name="actions_of_a_batch", fields=["batch"], condition=Q(batch__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.done_by}"


class BulkDecision(models.Model):
    """One verdict on many match reviews that a rule chose; taken back as a whole.

    Its pairs stand in chunks; each chunk is decided in one transaction, as one action of its batch.
    """

    class State(models.TextChoices):
        UNDER_WAY = "under_way", gettext_lazy("Under way")
        DONE = "done", gettext_lazy("Done")
        REVERTING = "reverting", gettext_lazy("Being taken back")
        REVERTED = "reverted", gettext_lazy("Taken back")

    id = models.UUIDField(primary_key=True)
    domain = models.CharField(max_length=32)
    verdict = models.CharField(max_length=16, help_text="match, or no_match")
    rule = models.JSONField(help_text="By what the reviews were chosen")
    reason = models.TextField()
    left_out = models.JSONField(default=dict, help_text="Reviews that the guard left out, by why")

    state = models.CharField(max_length=16, choices=State, default=State.UNDER_WAY)
    problem = models.TextField(blank=True, help_text="Why it could not be taken back")
    done_by = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    correlation_id = models.CharField(max_length=64)
    finished_at = models.DateTimeField(null=True)
    reverted_by = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(name="newest_bulk_decisions_first", fields=["-asked_at"])]

    def __str__(self) -> str:
        return f"{self.verdict} on many of {self.domain}, by {self.done_by}"


class BulkChunk(models.Model):
    """Some hundred reviews of a bulk decision, decided in one transaction."""

    bulk = models.ForeignKey(BulkDecision, models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    pairs = ArrayField(models.BigIntegerField(), help_text="Match pairs")

    decided = models.PositiveIntegerField(default=0)
    left_out = models.JSONField(default=dict, help_text="What had changed meanwhile, by why")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="bulk_chunks_are_counted", fields=["bulk", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.bulk_id} chunk {self.number}"
