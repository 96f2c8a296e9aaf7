"""Decisions on many pairs at once: set-based, for whoever has checked that they may be made."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction

from matching.models import Decision, MatchPair
from matching.settling import settle
from mdm import events
from mdm.cause import Cause


@transaction.atomic
def decide_pairs(
    domain: str, pairs: Sequence[MatchPair], verdict: Decision.Verdict, *, cause: Cause
) -> tuple[list[Decision], list[Decision]]:
    """Record the verdict on each pair; returns the decisions made, and those superseded.

    The caller holds the source records, and has found that nothing contradicts the verdict.
    """
    superseded = in_force_on(pairs)
    Decision.objects.filter(pk__in=[each.pk for each in superseded]).update(
        superseded_at=cause.at, superseded_by=cause.by
    )
    made = Decision.objects.bulk_create(
        Decision(
            left_id=pair.left_id,
            right_id=pair.right_id,
            domain=domain,
            verdict=verdict,
            reason=cause.reason,
            evidence=pair.evidence,
            decided_by=cause.by,
            decided_at=cause.at,
        )
        for pair in pairs
    )
    _record(domain, verdict, made, cause)
    return made, superseded


@transaction.atomic
def renew_undecided(
    domain: str, ended: Sequence[Decision], *, cause: Cause
) -> list[tuple[Decision, Decision]]:
    """Let decisions hold again that left open what two records are; each with what it is now.

    They go by the evidence that they were made on: of a pair with more by now people are asked.
    The caller holds the source records, and has found that nothing is decided on these pairs.
    """
    made = Decision.objects.bulk_create(
        Decision(
            left_id=each.left_id,
            right_id=each.right_id,
            domain=domain,
            verdict=each.verdict,
            reason_code=each.reason_code,
            reason=each.reason,
            evidence=each.evidence,
            decided_by=each.decided_by,
            decided_at=cause.at,
        )
        for each in ended
    )
    by_verdict: dict[str, list[Decision]] = defaultdict(list)
    for each in made:
        by_verdict[each.verdict].append(each)
    for verdict, together in by_verdict.items():
        _record(domain, verdict, together, cause)
    return list(zip(ended, made, strict=True))


def in_force_on(pairs: Iterable[MatchPair | Decision]) -> list[Decision]:
    """The decisions that hold on the very pairs, or on those of other decisions."""
    ends = {(pair.left_id, pair.right_id) for pair in pairs}
    left, right = {left for left, _ in ends}, {right for _, right in ends}
    live = Decision.objects.live().filter(left__in=left, right__in=right)
    return [each for each in live if (each.left_id, each.right_id) in ends]


def _record(domain: str, verdict: str, made: Sequence[Decision], cause: Cause) -> None:
    """Bring the pairs in step, and tell what was decided."""
    records = sorted({end for each in made for end in (each.left_id, each.right_id)})
    content = {
        "records": records,
        "verdict": str(verdict),
        "decisions": [each.pk for each in made],
        "pairs": settle(records),
    }
    events.record("decision.made", domain=domain, content=content, cause=cause)
