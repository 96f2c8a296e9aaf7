"""What the machine may do with clusters: found, join, merge and part golden records by itself."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from matching.models import MatchPair, MatchRun
from matching.settling import BY_DECISION, settle
from matching.targets import BOTH_CONFIRMED, Cluster, Facts, targets_of
from matching.vetoes import DECIDED as DECIDED_APART
from mdm import golden
from mdm.bulk import execute, fetch
from mdm.cause import Cause
from mdm.golden import Link, Merge
from mdm.models import CrosswalkLink
from mdm.vetoes import vetoes

Method = CrosswalkLink.Method
State = MatchPair.State


@dataclass(slots=True)
class _Plan:
    """What is to be done for the clusters of a chunk."""

    new: list[list[Link]] = field(default_factory=list)
    merges: list[Merge] = field(default_factory=list)
    joins: list[tuple[UUID, list[Link]]] = field(default_factory=list)


def apply(run: MatchRun, clusters: Sequence[Cluster], *, cause: Cause) -> None:
    """Make golden records of clusters, given how things stand now.

    Records that were linked meanwhile, by another run or a person, stay where they are. What the
    machine may not join, by the model's `merging` or by a veto, waits for a person. A rematch also
    takes apart what the machine joined before, unless people have confirmed it.
    """
    cause = replace(cause, rule_version=run.model_version)
    record_ids = [record_id for cluster in clusters for record_id, _ in cluster]
    facts = Facts.of(record_ids, _hold(record_ids))
    targets = list(targets_of(run, clusters, facts))
    if run.rematch and _part(run.domain, targets, facts, cause):
        facts = Facts.of(record_ids, facts.isolated)
    plan = _planned(run, targets, facts)
    _carry_out(run.domain, plan, cause)
    _settle(run.domain, facts)


def _part(domain: str, targets: Sequence[Cluster], facts: Facts, cause: Cause) -> bool:
    """Take apart golden records that nobody confirmed and whose members are not one thing."""
    target_of = {id_: number for number, target in enumerate(targets) for id_, _ in target}
    standing = golden.members_of(set(facts.linked.values()) - facts.confirmed)
    unknown = [
        member.record_id
        for members in standing.values()
        for member in members
        if member.record_id not in target_of
    ]
    isolated = _isolated(unknown)
    leaving: dict[UUID, list[list[int]]] = {}
    for golden_id, members in standing.items():
        groups: dict[int, list[int]] = defaultdict(list)
        ids = [member.record_id for member in members if member.record_id not in isolated]
        if not target_of.keys() >= set(ids):  # somebody added to it meanwhile
            continue
        for record_id in ids:
            groups[target_of[record_id]].append(record_id)
        if len(groups) > 1:
            leaving[golden_id] = sorted(groups.values(), key=len)[:-1]
    if leaving:
        golden.separate(domain, leaving, method=Method.MATCH, cause=cause)
    return bool(leaving)


def _planned(run: MatchRun, targets: Sequence[Cluster], facts: Facts) -> _Plan:
    """What makes each target one golden record, as far as nothing forbids it."""
    plan, merging = _Plan(), list[tuple[frozenset[UUID], Cluster]]()
    for target in targets:
        ids = frozenset(facts.linked[id_] for id_, _ in target if id_ in facts.linked)
        links = _links(run, target, facts)
        if not ids:
            plan.new.append(links)
        elif len(ids) > 1:
            merging.append((ids, target))
        elif links:
            plan.joins.append((min(ids), links))
    forbidden = _forbidden(run.domain, [ids for ids, _ in merging])
    for number, (ids, target) in enumerate(merging):
        links = _links(run, target, facts)
        if number in forbidden:
            _keep_apart(target, forbidden[number])
            plan.new += [[link] for link in links]
            continue
        weight = max((bits for _, bits in target if bits is not None), default=None)
        plan.merges.append(Merge(ids, Method.MATCH, weight, run.model_version))
        if links:
            plan.joins.append((min(ids), links))
    return plan


def _forbidden(domain: str, groups: Sequence[frozenset[UUID]]) -> dict[int, str]:
    """The groups, by number, that may not be merged, and the rule that forbids it."""
    if not groups:
        return {}
    group_of: dict[UUID, int] = {}
    found = {}
    for number, ids in enumerate(groups):
        if not group_of.keys().isdisjoint(ids):  # a person merged some of two clusters meanwhile
            found[number] = BOTH_CONFIRMED
        else:
            group_of |= dict.fromkeys(ids, number)
    for veto in vetoes(domain, [ids for number, ids in enumerate(groups) if number not in found]):
        found.setdefault(group_of[min(veto.ids)], veto.rule)
    return found


def _carry_out(domain: str, plan: _Plan, cause: Cause) -> None:
    if plan.new:
        golden.create(domain, plan.new, cause=cause)
    survivors = golden.merge(domain, plan.merges, cause=cause) if plan.merges else []
    became = {
        id_: survivor
        for each, survivor in zip(plan.merges, survivors, strict=True)
        for id_ in each.ids
    }
    joining: dict[UUID, list[Link]] = defaultdict(list)
    for id_, links in plan.joins:
        joining[became.get(id_, id_)] += links
    if joining:
        golden.attach(domain, joining, cause=cause)


def _links(run: MatchRun, target: Cluster, facts: Facts) -> list[Link]:
    """Links for the records of a target that have none."""
    return [_link(run, each, len(target)) for each in target if each[0] not in facts.linked]


def _link(run: MatchRun, member: tuple[int, float | None], size: int) -> Link:
    record_id, weight = member
    if size == 1:
        return Link(record_id, Method.NEW)
    return Link(record_id, Method.MATCH, weight, run.model_version)


def _hold(record_ids: Sequence[int]) -> set[int]:
    """Let decisions about the records, and feeds that change them, wait until this is done.

    Returns those that take no part in matching.
    """
    rows = fetch(
        "WITH held AS (SELECT id, isolated FROM mdm_sourcerecord WHERE id = ANY(%s) ORDER BY id"
        " FOR SHARE) SELECT id FROM held WHERE isolated",
        [record_ids],
    )
    return {row[0] for row in rows}


def _isolated(record_ids: Sequence[int]) -> set[int]:
    query = "SELECT id FROM mdm_sourcerecord WHERE id = ANY(%s) AND isolated"
    return {row[0] for row in fetch(query, [record_ids])} if record_ids else set()


def _settle(domain: str, facts: Facts) -> None:
    """Ask nobody about pairs, of earlier runs too, that are settled by now."""
    execute(
        """
        UPDATE matching_matchpair p SET state = %s, kept_apart_by = ''
        WHERE p.state IN (%s, %s) AND p.domain = %s AND p.left_id = ANY(%s)
          AND (SELECT golden_id FROM mdm_crosswalklink
               WHERE record_id = p.left_id AND unlinked_at IS NULL)
            = (SELECT golden_id FROM mdm_crosswalklink
               WHERE record_id = p.right_id AND unlinked_at IS NULL)
        """,
        [State.AUTOMATIC, State.PENDING, State.VETOED, domain, list(facts.record_ids)],
    )
    parting = [each.records for each in facts.judgements if not each.joins]
    if parting:
        settle(frozenset().union(*parting))


def _keep_apart(target: Cluster, rule: str) -> None:
    """Say of the pairs of a target what forbids to merge it."""
    ids = [record_id for record_id, _ in target]
    decided = rule == DECIDED_APART
    MatchPair.objects.filter(
        left__in=ids, right__in=ids, state__in=(State.AUTOMATIC, State.PENDING)
    ).update(
        state=State.DECIDED if decided else State.VETOED,
        kept_apart_by=BY_DECISION if decided else rule[:64],
    )
