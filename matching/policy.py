"""What the machine may do with clusters: found, join and merge golden records by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from matching.models import Decision, MatchPair, MatchRun
from mdm import golden
from mdm.bulk import execute, fetch
from mdm.cause import Cause
from mdm.golden import Link, Merge
from mdm.models import CrosswalkLink

Cluster = Sequence[tuple[int, float | None]]
"""Source record ids that belong together, each with its best match weight in bits."""

Method = CrosswalkLink.Method
State = MatchPair.State


@dataclass(slots=True)
class _Plan:
    """What is to be done for the clusters of a chunk."""

    new: list[list[Link]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    joins: list[tuple[frozenset[UUID], list[Link]]] = field(default_factory=list)


def apply(run: MatchRun, clusters: Sequence[Cluster], *, cause: Cause) -> None:
    """Make golden records of clusters, given how things stand now.

    Records that were linked meanwhile, by another run or a person, stay where they are. Golden
    records that people confirmed are never merged by the machine: their pairs wait for a person.
    """
    record_ids = [record_id for cluster in clusters for record_id, _ in cluster]
    _hold(record_ids)
    linked = _live_links(record_ids)
    kept_apart = _decided_apart(record_ids)
    confirmed = _confirmed(set(linked.values()))
    plan = _Plan()
    for cluster in clusters:
        if kept_apart and _is_decided_apart(cluster, kept_apart):
            plan.new += [[_link(run, each, 1)] for each in cluster if each[0] not in linked]
        else:
            _plan_cluster(run, cluster, linked, confirmed, plan)
    _carry_out(run.domain, plan, cause)
    _settle(run.domain, record_ids)


def _plan_cluster(
    run: MatchRun,
    cluster: Cluster,
    linked: dict[int, UUID],
    confirmed: set[UUID],
    plan: _Plan,
) -> None:
    ids = frozenset(linked[record_id] for record_id, _ in cluster if record_id in linked)
    unlinked = [each for each in cluster if each[0] not in linked]
    links = [_link(run, each, len(cluster)) for each in unlinked]
    if not ids:
        plan.new.append(links)
    elif len(ids & confirmed) > 1:
        _ask(run, [record_id for record_id, _ in cluster])
        plan.new += [[link] for link in links]
    else:
        if len(ids) > 1:
            weight = max((bits for _, bits in cluster if bits is not None), default=None)
            plan.merges.append(Merge(ids, Method.MATCH, weight, run.model_version))
        if links:
            plan.joins.append((ids, links))


def _carry_out(domain: str, plan: _Plan, cause: Cause) -> None:
    if plan.new:
        golden.create(domain, plan.new, cause=cause)
    survivors = golden.merge(domain, plan.merges, cause=cause) if plan.merges else []
    became = {each.ids: id_ for each, id_ in zip(plan.merges, survivors, strict=True)}
    if plan.joins:
        joining = {became.get(ids) or next(iter(ids)): links for ids, links in plan.joins}
        golden.attach(domain, joining, cause=cause)


def _link(run: MatchRun, member: tuple[int, float | None], size: int) -> Link:
    record_id, weight = member
    if size == 1:
        return Link(record_id, Method.NEW)
    return Link(record_id, Method.MATCH, weight, run.model_version)


def _hold(record_ids: Sequence[int]) -> None:
    """Let decisions about the records, and feeds that change them, wait until this is done."""
    execute(
        "SELECT FROM mdm_sourcerecord WHERE id = ANY(%s) ORDER BY id FOR SHARE",
        [record_ids],
    )


def _settle(domain: str, record_ids: Sequence[int]) -> None:
    """Ask nobody about pairs, of earlier runs too, that are in one golden record by now."""
    execute(
        """
        UPDATE matching_matchpair p SET state = %s, kept_apart_by = ''
        WHERE p.state IN (%s, %s) AND p.domain = %s AND p.left_id = ANY(%s)
          AND (SELECT golden_id FROM mdm_crosswalklink
               WHERE record_id = p.left_id AND unlinked_at IS NULL)
            = (SELECT golden_id FROM mdm_crosswalklink
               WHERE record_id = p.right_id AND unlinked_at IS NULL)
        """,
        [State.AUTOMATIC, State.PENDING, State.VETOED, domain, list(record_ids)],
    )


def _live_links(record_ids: Sequence[int]) -> dict[int, UUID]:
    rows = fetch(
        "SELECT record_id, golden_id FROM mdm_crosswalklink"
        " WHERE record_id = ANY(%s) AND unlinked_at IS NULL",
        [list(record_ids)],
    )
    return dict(rows)


def _confirmed(ids: Iterable[UUID]) -> set[UUID]:
    """The golden records among `ids` of which a person linked a member."""
    rows = fetch(
        "SELECT DISTINCT golden_id FROM mdm_crosswalklink"
        " WHERE golden_id = ANY(%s) AND unlinked_at IS NULL AND method = %s",
        [list(ids), Method.STEWARD],
    )
    return {row[0] for row in rows}


def _decided_apart(record_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Live *no match* decisions about the records, whenever they were made."""
    rows = fetch(
        "SELECT left_id, right_id FROM matching_decision WHERE superseded_at IS NULL"
        " AND verdict = %s AND left_id = ANY(%s) AND right_id = ANY(%s)",
        [Decision.Verdict.NO_MATCH, list(record_ids), list(record_ids)],
    )
    return [(left, right) for left, right in rows]


def _is_decided_apart(cluster: Cluster, kept_apart: list[tuple[int, int]]) -> bool:
    members = {record_id for record_id, _ in cluster}
    return any(left in members and right in members for left, right in kept_apart)


def _ask(run: MatchRun, record_ids: Sequence[int]) -> None:
    """Let a person decide on the pairs of a cluster that the machine may not merge."""
    MatchPair.objects.filter(
        run=run, left__in=record_ids, right__in=record_ids, state=State.AUTOMATIC
    ).update(state=State.PENDING, kept_apart_by="people confirmed both")
