"""One verdict on many match reviews: chosen by a rule, guarded, decided in chunks, undone whole.

A chunk is one action of the batch: what it needs to be undone is kept as for any other action.
"""

import hashlib
import uuid
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.utils.translation import gettext

from matching.deciding_many import decide_pairs
from matching.domains import MODELS
from matching.models import Decision, MatchPair, MatchRun
from matching.settling import settle
from mdm import golden, work
from mdm.cause import Cause
from mdm.golden import Merge
from mdm.models import Work
from mdm.words import inside
from mdm.work import Job
from stewardship import regret, remembering, review
from stewardship.guarding import Guarded, Placed, guarded, in_components, placed
from stewardship.models import BulkChunk, BulkDecision, StewardAction

MOST = 1_000
"""Reviews that one bulk decision takes at most, the heaviest first."""
PAIRS_IN_A_CHUNK = 250
SAMPLE = 12

State = BulkDecision.State
Verdict = Decision.Verdict


class BulkRefusedError(RuntimeError):
    """A bulk decision that cannot be made, or taken back: why, in words for the person."""


class _IsAnyOf(Func):
    """One of an array: for `IN`, PostgreSQL sorts all that wait instead of reading the top."""

    template, arg_joiner = "%(expressions)s)", " = ANY("
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class Rule:
    """Which open match reviews: all that it says must hold. `low` and `high` are bits.

    `systems` are the codes of which both records must come from one each; `top` names comparisons
    in which the two agree as far as the model knows to.
    """

    domain: str
    low: float
    high: float
    systems: tuple[str, ...] = ()
    top: tuple[str, ...] = ()

    def pairs(self) -> "QuerySet[MatchPair]":
        """The reviews that it chooses, the heaviest first."""
        model = MODELS[self.domain]
        runs = MatchRun.objects.filter(model_version=f"{model.domain}-{model.version}").values("pk")
        found = MatchPair.objects.filter(
            _IsAnyOf(F("run"), ArraySubquery(runs)),
            domain=self.domain,
            state=MatchPair.State.PENDING,
            match_weight__range=(self.low, self.high),
        )
        if self.systems:
            found = found.filter(
                left__system__code__in=self.systems, right__system__code__in=self.systems
            )
        for place, comparison in enumerate(model.comparisons):
            if comparison.name in self.top:
                found = found.filter(**{f"levels__{place}": 1})
        return found.order_by("-match_weight", "pk")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rule would decide: the pairs, what is left out and why, and a sample across all."""

    chosen: int
    guarded: Guarded
    fingerprint: str

    @property
    def left_out(self) -> Sequence[tuple[str, int]]:
        """Why pairs are left out, the most frequent reason first."""
        return self.guarded.left_out.most_common()

    @property
    def sample(self) -> Sequence[Placed]:
        kept = sorted(self.guarded.kept, key=lambda pair: -pair.match_weight)
        step = max(1, len(kept) // SAMPLE)
        return kept[::step][:SAMPLE]


def plan(rule: Rule, verdict: Verdict) -> Plan:
    """What the rule would decide now; changes nothing."""
    pairs = placed(rule.pairs()[:MOST])
    found = guarded(rule.domain, pairs, verdict)
    ids = ",".join(str(pair.pk) for pair in found.kept)
    digest = hashlib.sha256(f"{verdict} {ids}".encode()).hexdigest()
    return Plan(len(pairs), found, digest[:32])


@transaction.atomic
def begin(rule: Rule, verdict: Verdict, fingerprint: str, *, cause: Cause) -> BulkDecision:
    """Decide as planned; workers do it. Raises BulkRefusedError when the plan is another by now."""
    planned = plan(rule, verdict)
    if not cause.reason:
        raise BulkRefusedError(gettext("say why: it stands with every single decision"))
    if planned.fingerprint != fingerprint:
        raise BulkRefusedError(gettext("other reviews fit the rule by now; look at them first"))
    if not planned.guarded.kept:
        raise BulkRefusedError(gettext("no review is left that could be decided unseen"))
    bulk = BulkDecision.objects.create(
        id=uuid.uuid4(),
        domain=rule.domain,
        verdict=verdict,
        rule=asdict(rule),
        reason=cause.reason,
        left_out=dict(planned.guarded.left_out),
        done_by=cause.by,
        asked_at=cause.at,
        correlation_id=cause.correlation_id,
    )
    chunks = BulkChunk.objects.bulk_create(
        BulkChunk(bulk=bulk, number=number, pairs=ids)
        for number, ids in enumerate(_chunks(planned.guarded.kept), 1)
    )
    for chunk in chunks:
        work.enqueue("decide chunk", chunk.pk, cause=cause)
    return bulk


def decide_chunk(job: Job) -> None:
    """Work: decide the reviews of a chunk in one transaction, as far as they still may be."""
    with transaction.atomic():
        job.hold()
        chunk = BulkChunk.objects.filter(pk=int(job.subject), decided_at=None).first()
        if chunk is None:
            return
        bulk = BulkDecision.objects.select_for_update().get(pk=chunk.bulk_id)
        if bulk.state != State.UNDER_WAY:
            return
        found = _decide(bulk, chunk.pairs, _cause_of(bulk, job.cause))
        chunk.decided, chunk.left_out = len(found.kept), dict(found.left_out)
        chunk.decided_at = job.cause.at
        chunk.save()
        if not bulk.chunks.filter(decided_at=None).exists():
            bulk.state, bulk.finished_at = State.DONE, job.cause.at
            bulk.save(update_fields=["state", "finished_at"])


@transaction.atomic
def revert(bulk_id: uuid.UUID, *, cause: Cause) -> BulkDecision:
    """Take a bulk decision back, all of it, or nothing: one that is done, or that got stuck.

    Workers do it.
    """
    bulk = BulkDecision.objects.select_for_update().get(pk=bulk_id)
    if bulk.state != State.DONE and not (bulk.state == State.UNDER_WAY and stuck(bulk)):
        raise BulkRefusedError(
            gettext("it is {state}").format(state=inside(bulk.get_state_display()))
        )
    bulk.state, bulk.reverted_by, bulk.problem = State.REVERTING, cause.by, ""
    bulk.save(update_fields=["state", "reverted_by", "problem"])
    by_the_way = replace(cause, correlation_id=bulk.correlation_id)
    work.enqueue("revert bulk", bulk.pk, cause=by_the_way)
    return bulk


def revert_all(job: Job) -> None:
    """Work: undo every action of a bulk decision, the last first."""
    bulk = BulkDecision.objects.get(pk=uuid.UUID(job.subject))
    if bulk.state != State.REVERTING:
        return
    cause = replace(job.cause, by=bulk.reverted_by, reason="undo", request_id=f"bulk-{bulk.pk}")
    try:
        with transaction.atomic():
            job.hold()
            regret.undo_batch(bulk.pk, cause=cause)
            BulkDecision.objects.filter(pk=bulk.pk).update(
                state=State.REVERTED, finished_at=cause.at
            )
    except regret.UndoRefusedError as refused:
        with transaction.atomic():
            job.hold()
            left = bulk.chunks.filter(decided_at=None).exists()
            state = State.UNDER_WAY if left else State.DONE
            BulkDecision.objects.filter(pk=bulk.pk).update(state=state, problem=str(refused))


def stuck(bulk: BulkDecision) -> str:
    """Why workers gave up a part of what is to be done; "" when they did not."""
    going_on = bulk.state in (State.UNDER_WAY, State.REVERTING)
    return work.parked(_work_on(bulk)) if going_on else ""


def try_again(bulk: BulkDecision, *, cause: Cause) -> None:
    """Let workers try what they gave up. Raises BulkRefusedError when they gave up nothing."""
    if not stuck(bulk):
        raise BulkRefusedError(gettext("nothing of it was given up"))
    work.unpark(_work_on(bulk), cause=cause)


def _work_on(bulk: BulkDecision) -> QuerySet[Work]:
    chunks = [str(pk) for pk in bulk.chunks.values_list("pk", flat=True)]
    return Work.objects.filter(
        Q(kind="decide chunk", subject__in=chunks) | Q(kind="revert bulk", subject=str(bulk.pk))
    )


def counts(bulk: BulkDecision) -> Mapping[str, Any]:
    """How far a bulk decision is: reviews decided, left out by why, chunks done and in all."""
    chunks = list(bulk.chunks.values_list("pairs__len", "decided", "left_out", "decided_at"))
    left_out = Counter(bulk.left_out)
    for _, _, reasons, _ in chunks:
        left_out.update(reasons)
    return {
        "decided": sum(decided for _, decided, _, _ in chunks),
        "chosen": sum(count or 0 for count, _, _, _ in chunks),
        "left_out": left_out.most_common(),
        "done": sum(at is not None for *_, at in chunks),
        "chunks": len(chunks),
    }


def _chunks(pairs: Sequence[Placed]) -> Iterator[list[int]]:
    """Pairs in chunks; what would be merged together is never divided."""
    waiting: list[int] = []
    for component in in_components(pairs):
        if waiting and len(waiting) + len(component) > PAIRS_IN_A_CHUNK:
            yield waiting
            waiting = []
        waiting = waiting + [pair.pk for pair in component]
    if waiting:
        yield waiting


def _cause_of(bulk: BulkDecision, cause: Cause) -> Cause:
    return replace(
        cause,
        by=bulk.done_by,
        reason=bulk.reason,
        correlation_id=bulk.correlation_id,
        request_id=f"bulk-{bulk.pk}",
    )


def _decide(bulk: BulkDecision, pair_ids: Collection[int], cause: Cause) -> Guarded:
    verdict = Verdict(bulk.verdict)
    pairs = MatchPair.objects.filter(pk__in=pair_ids).order_by("pk")
    ends = {end for both in pairs.values_list("left_id", "right_id") for end in both}
    before = remembering.hold(golden.fed_by(sorted(ends)))
    found = guarded(bulk.domain, placed(pairs), verdict)
    if not found.kept:
        return found
    kept = list(pairs.filter(pk__in=[pair.pk for pair in found.kept]))
    made, superseded = decide_pairs(bulk.domain, kept, verdict, cause=cause)
    merging = set().union(*found.groups) if found.groups else set()
    if merging:
        merges = [Merge(ids, review.STEWARD) for ids in found.groups]
        golden.merge(bulk.domain, merges, cause=cause)
        settle(link.record_id for id_ in merging for link in before[id_])
    moved = {id_: links for id_, links in before.items() if id_ in merging}
    kind = StewardAction.Kind.MERGE if merging else StewardAction.Kind.DECIDE
    remembering.note_regrouping(kind, bulk.domain, moved, made, superseded, bulk.pk, cause)
    return found


def weights_of(domain: str) -> tuple[float, float]:
    """The band of bits in which reviews of a domain lie at most."""
    model = MODELS[domain]
    return model.review_at, max(model.merge_at, model.review_at)


def waiting_in(domain: str) -> int:
    """How many match reviews of a domain are open."""
    open_ = Q(domain=domain, state=MatchPair.State.PENDING)
    return MatchPair.objects.filter(open_).count()
