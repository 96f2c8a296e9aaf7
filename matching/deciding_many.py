"""One verdict on many pairs at once: set-based, for whoever has checked that it may be given."""

from collections.abc import Sequence

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
    ends = {(pair.left_id, pair.right_id) for pair in pairs}
    records = sorted({record_id for both in ends for record_id in both})
    live = Decision.objects.live().filter(left__in=records, right__in=records)
    superseded = [each for each in live if (each.left_id, each.right_id) in ends]
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
    content = {
        "records": records,
        "verdict": str(verdict),
        "decisions": [each.pk for each in made],
        "pairs": settle(records),
    }
    events.record("decision.made", domain=domain, content=content, cause=cause)
    return made, superseded
