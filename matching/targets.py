"""Which records of a cluster are to be one golden record, given what people settled."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from matching import judging
from matching.domains import MODELS
from matching.engine.judgements import Judgement
from matching.engine.unattended import DECIDED, Joined, Standing, is_free
from matching.models import MatchPair, MatchRun
from mdm.bulk import fetch

Cluster = Sequence[tuple[int, float | None]]
"""Source record ids that belong together, each with its best match weight in bits."""

State = MatchPair.State

BOTH_CONFIRMED = "people confirmed both"
TOO_WEAK = "too weak to join unseen"


@dataclass(frozen=True)
class Facts:
    """How things stand with the records of a chunk, while nobody else can change it."""

    record_ids: Sequence[int]
    isolated: set[int]
    linked: dict[int, UUID]
    confirmed: set[UUID]
    judgements: list[Judgement]

    @classmethod
    def of(cls, record_ids: Sequence[int], isolated: set[int]) -> "Facts":
        linked = _live_links(record_ids)
        confirmed = judging.confirmed(set(linked.values()))
        return cls(record_ids, isolated, linked, confirmed, judging.touching(record_ids))

    @property
    def is_blank(self) -> bool:
        """Whether nothing is settled about the records, as in a first load."""
        return not (self.isolated or self.linked or self.judgements)

    @cached_property
    def weights(self) -> dict[tuple[int, int], float]:
        """The bits of the kept pairs between the records."""
        rows = fetch(
            "SELECT left_id, right_id, match_weight FROM matching_matchpair"
            " WHERE left_id = ANY(%s) AND right_id = ANY(%s) AND state <> %s",
            [self.record_ids, self.record_ids, State.OBSOLETE],
        )
        return {(left, right): weight for left, right, weight in rows}

    def is_torn(self, cluster: Cluster) -> bool:
        """Whether people decided that records of a cluster are two things, maybe just now."""
        members = {record_id for record_id, _ in cluster}
        return any(
            all(side & members for side in each.sides) for each in self.judgements if not each.joins
        )


def targets_of(run: MatchRun, clusters: Sequence[Cluster], facts: Facts) -> Iterator[Cluster]:
    """The records of clusters in groups, each of which is to be one golden record."""
    if facts.is_blank and MODELS[run.domain].merging.new is None:
        yield from clusters
        return
    for cluster in clusters:
        yield from _targets(run, cluster, facts)


def _targets(run: MatchRun, cluster: Cluster, facts: Facts) -> Iterator[Cluster]:
    if facts.isolated:
        alone = [each for each in cluster if each[0] in facts.isolated]
        yield from ([each] for each in alone if each[0] not in facts.linked)
        cluster = [each for each in cluster if each[0] not in facts.isolated]
    if facts.judgements and facts.is_torn(cluster):
        yield from _parts(cluster, facts, anew=False).values()
        return
    parts = _parts(cluster, facts, anew=run.rematch)
    if len(parts) < 2 or is_free(MODELS[run.domain], _standing(parts, facts, anew=run.rematch)):
        yield cluster
        return
    joined = _joined(run, parts, facts, anew=run.rematch)
    if joined.torn and run.rematch:
        parts = _parts(cluster, facts, anew=False)
        joined = _joined(run, parts, facts, anew=False)
    groups: dict[int, list[tuple[int, float | None]]] = defaultdict(list)
    for number, members in enumerate(parts.values()):
        groups[joined.of(number)] += members
    _ask(run, list(groups.values()), BOTH_CONFIRMED if joined.torn else TOO_WEAK)
    yield from groups.values()


Parts = dict[UUID | int, list[tuple[int, float | None]]]
"""The records of a cluster by the golden record or, where they are new, each by itself."""


def _parts(cluster: Cluster, facts: Facts, *, anew: bool) -> Parts:
    """A cluster in its parts; `anew` as if the machine had not linked anything."""
    parts: Parts = {}
    for member in cluster:
        golden_id = facts.linked.get(member[0])
        is_part = golden_id is not None and (not anew or golden_id in facts.confirmed)
        parts.setdefault(golden_id if golden_id and is_part else member[0], []).append(member)
    return parts


def _standing(parts: Parts, facts: Facts, *, anew: bool) -> list[Standing]:
    unconfirmed = Standing.NEW if anew else Standing.UNCONFIRMED
    return [
        Standing.NEW
        if isinstance(key, int)
        else Standing.CONFIRMED
        if key in facts.confirmed
        else unconfirmed
        for key in parts
    ]


def _joined(run: MatchRun, parts: Parts, facts: Facts, *, anew: bool) -> Joined:
    part_of = {
        record_id: number
        for number, members in enumerate(parts.values())
        for record_id, _ in members
    }
    links = [
        (part_of[left], part_of[right], weight)
        for (left, right), weight in facts.weights.items()
        if left in part_of and right in part_of
    ]
    for each in facts.judgements:
        if each.joins:
            ends = sorted({part_of[id_] for id_ in each.records if id_ in part_of})
            links += [(ends[0], end, DECIDED) for end in ends[1:]]
    model = MODELS[run.domain]
    return Joined(_standing(parts, facts, anew=anew), links, model)


def _ask(run: MatchRun, groups: Sequence[Cluster], reason: str) -> None:
    """Let a person decide on the pairs between groups that the machine may not join."""
    if len(groups) < 2:
        return
    group_of = {id_: number for number, group in enumerate(groups) for id_, _ in group}
    pairs = MatchPair.objects.filter(
        run=run, left__in=group_of, right__in=group_of, state=State.AUTOMATIC
    ).values_list("pk", "left_id", "right_id")
    between = [pk for pk, left, right in pairs if group_of[left] != group_of[right]]
    MatchPair.objects.filter(pk__in=between).update(state=State.PENDING, kept_apart_by=reason)


def _live_links(record_ids: Sequence[int]) -> dict[int, UUID]:
    rows = fetch(
        "SELECT record_id, golden_id FROM mdm_crosswalklink"
        " WHERE record_id = ANY(%s) AND unlinked_at IS NULL",
        [list(record_ids)],
    )
    return dict(rows)
