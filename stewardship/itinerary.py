"""What a regrouping would do before it is done: records, ids, decisions, children, systems."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from matching.decisions import Made
from matching.models import ClusterDecision, Decision
from matching.telling import labels_of
from mdm import relationships
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.domains import ENTITY_TYPES
from mdm.models import GoldenRecord, SourceSystem
from mdm.preview import Outcome, Preview
from mdm.relation_kinds import WORDS, RelationKind
from mdm.relationships import Ambiguous
from mdm.relationships.hanging import RATE
from mdm.words import inside, translated
from stewardship import review


@dataclass(frozen=True, slots=True)
class Dependant:
    """How many records of a kind hang on a golden record, and go with it."""

    kind: str
    domain: str
    count: int

    @property
    def words(self) -> str:
        """How many of what, and what they are to it: "2 contacts (works for)"."""
        declared = ENTITY_TYPES[self.domain]
        what = f"{self.count} {inside(declared.label if self.count == 1 else declared.plural)}"
        if self.kind == RATE:
            return what
        return f"{what} ({translated(WORDS[RelationKind(self.kind)].from_record)})"


@dataclass(frozen=True, slots=True)
class Stop:
    """One golden record as it will be, with what goes with it."""

    outcome: Outcome
    identifiers: tuple[str, ...]
    dependants: tuple[Dependant, ...]


@dataclass(frozen=True, slots=True)
class Itinerary:
    """All that a regrouping would do, and the token that commits exactly that.

    `broken` are decisions that would no longer hold, `kept` those among the records that would;
    `tell` maps the code of each source system that is concerned to the identifiers it knows.
    """

    before: tuple[GoldenRecord, ...]
    stops: tuple[Stop, ...]
    led_elsewhere: Mapping[UUID, UUID]
    broken: tuple[Made, ...]
    kept: tuple[Made, ...]
    ambiguous: tuple[Ambiguous, ...]
    tell: Mapping[str, tuple[str, ...]]
    token: str


def of_merge(
    domain: str,
    ids: Collection[UUID],
    *,
    survivor: UUID | None = None,
    supersedes: Sequence[Made] = (),
    cause: Cause,
) -> Itinerary:
    """What merging golden records would do; MergeRefusedError when a rule forbids it."""
    seen = review.preview_merge(domain, ids, survivor=survivor, supersedes=supersedes, cause=cause)
    return _itinerary(ids, seen, broken=supersedes, ambiguous=())


def of_separation(
    domain: str, golden_id: UUID, leaving: review.Groups, *, cause: Cause
) -> Itinerary:
    """What taking groups of source records out would do; SeparationRefusedError when it cannot."""
    seen = review.preview_separation(domain, golden_id, leaving, cause=cause)
    members = [record_id for each in seen.outcomes for record_id in each.record_ids]
    named = [record_id for group in leaving for record_id in group]
    return _itinerary(
        [golden_id],
        seen,
        broken=review.broken_by(leaving, members),
        ambiguous=relationships.ambiguous(golden_id, named),
    )


def _itinerary(
    ids: Collection[UUID],
    seen: Preview,
    *,
    broken: Sequence[Made],
    ambiguous: Sequence[Ambiguous],
) -> Itinerary:
    members = [record_id for each in seen.outcomes for record_id in each.record_ids]
    labels = labels_of(members)
    hanging = _dependants(ids)
    return Itinerary(
        before=tuple(GoldenRecord.objects.filter(pk__in=ids).order_by("pk")),
        stops=tuple(
            Stop(
                each,
                tuple(sorted(labels[record_id] for record_id in each.record_ids)),
                _together(hanging, each.record_ids),
            )
            for each in seen.outcomes
        ),
        led_elsewhere=seen.led_elsewhere,
        broken=tuple(broken),
        kept=tuple(each for each in _decided(members) if each not in broken),
        ambiguous=tuple(ambiguous),
        tell=_concerned(members),
        token=seen.token,
    )


def _dependants(ids: Collection[UUID]) -> dict[int, list[Dependant]]:
    """What hangs on each member of golden records."""
    found: dict[int, list[Dependant]] = {}
    for each in (each for several in relationships.hanging_on(ids).values() for each in several):
        if not each.from_it:
            dependant = Dependant(each.kind, each.domain, each.count)
            found.setdefault(each.member_id, []).append(dependant)
    return found


def _together(
    hanging: Mapping[int, Sequence[Dependant]], record_ids: Iterable[int]
) -> tuple[Dependant, ...]:
    counts: dict[tuple[str, str], int] = {}
    for record_id in record_ids:
        for each in hanging.get(record_id, ()):
            counts[each.kind, each.domain] = counts.get((each.kind, each.domain), 0) + each.count
    return tuple(Dependant(kind, domain, count) for (kind, domain), count in sorted(counts.items()))


def _decided(members: Collection[int]) -> list[Made]:
    """Decisions in force about two or more of these source records."""
    pairs = Decision.objects.live().filter(left__in=members, right__in=members).order_by("pk")
    groups = ClusterDecision.objects.live().filter(members__record__in=members)
    return [*pairs, *groups.distinct().order_by("pk")]


def _concerned(members: Collection[int]) -> dict[str, tuple[str, ...]]:
    """Source systems that know these records, or receive golden records, with their identifiers."""
    receiving = SourceSystem.objects.exclude(direction=SourceSystem.Direction.CONTRIBUTE)
    told: dict[str, tuple[str, ...]] = dict.fromkeys(receiving.values_list("code", flat=True), ())
    rows = fetch(
        "SELECT s.code, array_agg(r.source_key ORDER BY r.source_key) FROM mdm_sourcerecord r"
        " JOIN mdm_sourcesystem s ON s.id = r.system_id WHERE r.id = ANY(%s) GROUP BY s.code",
        [list(members)],
    )
    told |= {code: tuple(keys) for code, keys in rows}
    return dict(sorted(told.items()))
