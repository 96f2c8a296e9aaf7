"""What people decided about source records: recorded, superseded, never edited."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from matching import judging
from matching.conflicts import DecisionRefusedError, refuse_if_changed
from matching.engine.judgements import Judgement, chain, clashes
from matching.models import ClusterDecision, DecidedMember, Decision, MatchPair
from matching.settling import settle
from matching.telling import labels_of, told
from mdm import events
from mdm.bulk import copy_in, fetch
from mdm.cause import Cause
from mdm.models import SourceRecord

Pair = tuple[int, int]
Made = Decision | ClusterDecision
Verdict = Decision.Verdict

_THIS = "this decision"


class ContradictionError(DecisionRefusedError):
    """A decision that others contradict; `chain` has them, one after the other.

    It can be made by whoever says which of them it supersedes.
    """

    def __init__(self, steps: Sequence[Judgement]) -> None:
        super().__init__(
            gettext("it contradicts what is settled: {steps}").format(steps=told(steps))
        )
        self.chain = tuple(steps)


@transaction.atomic
def decide(
    first_id: int,
    second_id: int,
    verdict: Decision.Verdict,
    *,
    reason: str = "",
    reason_code: str = "",
    supersedes: Collection[Made] = (),
    seen: str | None = None,
    decided_by: str = "",
    cause: Cause,
) -> Decision:
    """Record what a person decided about two source records; an earlier decision is superseded.

    *No match* on two records of one golden record is refused: take one out of it first. So is a
    decision that contradicts others, unless it `supersedes` them. With `seen`, what `seen_of` said
    when the person looked, it is refused when somebody else has settled something since. What
    somebody else once decided, and holds again, is `decided_by` them.
    """
    left_id, right_id = sorted((first_id, second_id))
    if left_id == right_id:
        raise DecisionRefusedError(gettext("a decision is about two source records of one domain"))
    sides = ((left_id, right_id),) if verdict == Verdict.MATCH else ((left_id,), (right_id,))
    says_so = verdict not in Verdict.undecided()
    domain, standing = _held(sides, whole=says_so)
    if seen is not None:
        refuse_if_changed((left_id, right_id), seen)
    before = list(Decision.objects.live().filter(left=left_id, right=right_id))
    if says_so:
        _refuse_if_together(verdict, sides)
        _refuse_if_contradictory(sides, standing, [*supersedes, *before])
    pair = MatchPair.objects.filter(left=left_id, right=right_id).first()
    _supersede([*supersedes, *before], cause)
    decision = Decision.objects.create(
        left_id=left_id,
        right_id=right_id,
        domain=domain,
        verdict=verdict,
        reason_code=reason_code,
        reason=reason,
        evidence=pair.evidence if pair else {},
        decided_by=decided_by or cause.by,
        decided_at=cause.at,
    )
    content = {"records": [left_id, right_id], "verdict": str(verdict), "decision": decision.pk}
    _record("decision.made", decision, content, supersedes, cause)
    return decision


@transaction.atomic
def decide_groups(
    domain: str,
    sides: Sequence[Collection[int]],
    verdict: ClusterDecision.Verdict,
    *,
    reason: str = "",
    reason_code: str = "",
    supersedes: Collection[Made] = (),
    decided_by: str = "",
    cause: Cause,
) -> ClusterDecision:
    """Record what a person decided about groups of source records, as they stand now.

    *Match* has one side, all of which is one thing; *no match* has two, none of which is the same
    thing as one of the other. A row a record is kept, not one a pair. Refused as `decide` refuses.
    """
    _check_sides(sides, verdict)
    found, standing = _held(sides, whole=True)
    if found != domain:
        raise DecisionRefusedError(f"the source records are not of the domain {domain!r}")
    _refuse_if_together(verdict, sides)
    _refuse_if_contradictory(sides, standing, supersedes)
    _supersede(supersedes, cause)
    decision = ClusterDecision.objects.create(
        domain=domain,
        verdict=verdict,
        reason_code=reason_code,
        reason=reason,
        decided_by=decided_by or cause.by,
        decided_at=cause.at,
    )
    members = [(decision.pk, id_, side) for side, ids in enumerate(sides) for id_ in sorted(ids)]
    copy_in(DecidedMember, ("decision_id", "record_id", "side"), members)
    content = {
        "records": [record_id for _, record_id, _ in members],
        "verdict": str(verdict),
        "group_decision": decision.pk,
    }
    _record("decision.made", decision, content, supersedes, cause)
    return decision


@transaction.atomic
def supersede(made: Collection[Made], *, cause: Cause) -> None:
    """Decisions no longer hold, and nothing takes their place: pairs that they settled wait again.

    Those that were superseded before stay as they are.
    """
    records: dict[str, set[int]] = defaultdict(set)
    for each in made:
        records[each.domain] |= records_of(each)
    _lock(sorted(set().union(*records.values())))
    _supersede(made, cause)
    for domain, ids in records.items():
        content = {"records": sorted(ids), **_named(each for each in made if each.domain == domain)}
        if pairs := settle(ids):
            content["pairs"] = pairs
        events.record("decision.withdrawn", domain=domain, content=content, cause=cause)


def withdraw(decision: Made, *, cause: Cause) -> None:
    """A person takes a decision back. Raises DecisionRefusedError when it was superseded before."""
    if not type(decision).objects.filter(pk=decision.pk, superseded_at=None).exists():
        raise DecisionRefusedError(gettext("the decision was superseded already"))
    supersede([decision], cause=cause)


def made_by(judgements: Iterable[Judgement]) -> list[Made]:
    """The decisions behind judgements; golden records have none."""
    named = [each.name.rpartition(" ") for each in judgements]
    return numbered(
        [int(number) for kind, _, number in named if kind == "decision"],
        [int(number) for kind, _, number in named if kind == "group decision"],
    )


def numbered(pairs: Iterable[int], groups: Iterable[int]) -> list[Made]:
    """Decisions on pairs, then those on groups, by their numbers; superseded ones too."""
    return [
        *Decision.objects.filter(pk__in=list(pairs)),
        *ClusterDecision.objects.filter(pk__in=list(groups)),
    ]


def apart(domain: str) -> list[Pair]:
    """Pairs of source record ids that people decided are different things."""
    return _pairs(domain, Verdict.NO_MATCH)


def together(domain: str) -> list[Pair]:
    """Pairs of source record ids that people decided are one thing."""
    return _pairs(domain, Verdict.MATCH)


def _pairs(domain: str, verdict: Decision.Verdict) -> list[Pair]:
    live = Decision.objects.live().filter(domain=domain, verdict=verdict)
    return list(live.order_by("pk").values_list("left_id", "right_id"))


def _check_sides(sides: Sequence[Collection[int]], verdict: ClusterDecision.Verdict) -> None:
    wanted = 1 if verdict == ClusterDecision.Verdict.MATCH else 2
    named = [id_ for side in sides for id_ in side]
    if len(sides) != wanted or not all(sides) or len(named) < 2:
        raise DecisionRefusedError(
            gettext("a group of one thing has two records or more")
            if wanted == 1
            else gettext("two things are two groups of records")
        )
    if len(set(named)) < len(named):
        raise DecisionRefusedError(gettext("a source record is named twice"))


class _Grew(Exception):
    """While locks were waited for, more came to bear on the records."""

    def __init__(self, records: set[int]) -> None:
        self.records = records


def _held(sides: Sequence[Collection[int]], *, whole: bool) -> tuple[str, list[Judgement]]:
    """The domain of the records, and what is settled about them; nobody else decides meanwhile.

    Locks are taken in the order of ids, with `whole` on all that is one thing with the records: so
    of decisions that bear on each other one waits for the other, and none waits in a circle.
    """
    named = {id_ for side in sides for id_ in side}
    wanted = set(named)
    while True:
        try:
            with transaction.atomic():
                return _domain_of(_lock(sorted(wanted)), named), _bearing(named, wanted, whole)
        except _Grew as grew:
            wanted |= grew.records


def _lock(record_ids: Sequence[int]) -> dict[int, str]:
    rows = SourceRecord.objects.select_for_update().filter(pk__in=record_ids).order_by("pk")
    return dict(rows.values_list("pk", "domain"))


def _domain_of(found: dict[int, str], named: set[int]) -> str:
    domains = {found.get(id_, "") for id_ in named}
    if len(domains) != 1 or "" in domains:
        raise DecisionRefusedError(gettext("a decision is about two source records of one domain"))
    return domains.pop()


def _bearing(named: set[int], locked: set[int], whole: bool) -> list[Judgement]:
    if not whole:
        return []
    standing = judging.around(named)
    joined = set(named).union(*(each.records for each in standing if each.joins))
    if more := joined - locked:
        raise _Grew(more)
    return standing


def _refuse_if_together(verdict: str, sides: Sequence[Collection[int]]) -> None:
    if verdict != Verdict.NO_MATCH:
        return
    rows = fetch(
        "SELECT a.record_id, b.record_id, a.golden_id FROM mdm_crosswalklink a"
        " JOIN mdm_crosswalklink b USING (golden_id)"
        " WHERE a.record_id = ANY(%s) AND b.record_id = ANY(%s)"
        " AND a.unlinked_at IS NULL AND b.unlinked_at IS NULL ORDER BY 1, 2 LIMIT 1",
        [sorted(sides[0]), sorted(sides[1])],
    )
    for one, other, golden_id in rows:
        labels = labels_of({one, other})
        raise DecisionRefusedError(
            gettext(
                "{left} and {right} are in one golden record, {golden_id}; take one out of it first"
            ).format(left=labels[one], right=labels[other], golden_id=golden_id)
        )


def _refuse_if_contradictory(
    sides: Sequence[Collection[int]], standing: Sequence[Judgement], supersedes: Collection[Made]
) -> None:
    gone = {_name(each) for each in supersedes}
    kept = [each for each in standing if each.name not in gone]
    new = Judgement(_THIS, tuple(map(frozenset, sides)))
    known = {each.name for each in clashes(kept)}
    for ends in clashes([*kept, new]):
        if ends.name not in known:
            steps = [each for each in chain([*kept, new], ends) if each.name != _THIS]
            raise ContradictionError(steps if ends is new else [*steps, ends])


def _supersede(made: Collection[Made], cause: Cause) -> None:
    for model in (Decision, ClusterDecision):
        ids = [each.pk for each in made if isinstance(each, model)]
        model.objects.filter(pk__in=ids, superseded_at=None).update(
            superseded_at=cause.at, superseded_by=cause.by
        )


def _record(
    type_: str,
    decision: Made,
    content: dict[str, Any],
    supersedes: Collection[Made],
    cause: Cause,
) -> None:
    """Bring the pairs in step, and tell what was decided."""
    records = {*content["records"], *(id_ for each in supersedes for id_ in records_of(each))}
    if pairs := settle(records):
        content = {**content, "pairs": pairs}
    if supersedes:
        content = {**content, "supersedes": _named(supersedes)}
    events.record(type_, domain=decision.domain, content=content, cause=cause)


def records_of(made: Made) -> set[int]:
    """The source records that a decision is about."""
    if isinstance(made, Decision):
        return {made.left_id, made.right_id}
    return set(made.members.values_list("record_id", flat=True))


def _named(made: Iterable[Made]) -> dict[str, list[int]]:
    listed = list(made)
    return {
        "decisions": [each.pk for each in listed if isinstance(each, Decision)],
        "group_decisions": [each.pk for each in listed if isinstance(each, ClusterDecision)],
    }


def _name(made: Made) -> str:
    """As `matching.judging` names the judgement that a decision is."""
    return f"{'decision' if isinstance(made, Decision) else 'group decision'} {made.pk}"
