"""What the hub asks matching about: the decision behind a link, the work on a match."""

from django.db.models import Q

from matching.models import MatchChunk, MatchRange, MatchRun

DECISION = """
    SELECT decision FROM (
        SELECT 'group decision ' || d.id AS decision, d.decided_at
        FROM matching_decidedmember m JOIN matching_clusterdecision d ON d.id = m.decision_id
        WHERE m.record_id = {record} AND d.verdict = 'match' AND d.decided_at <= {at}
        AND (d.superseded_at IS NULL OR d.superseded_at > {at})
        UNION ALL
        SELECT 'decision ' || id, decided_at FROM matching_decision
        WHERE (left_id = {record} OR right_id = {record}) AND verdict = 'match'
        AND decided_at <= {at} AND (superseded_at IS NULL OR superseded_at > {at})
    ) made ORDER BY decided_at DESC LIMIT 1
"""
"""Which decision stands behind a steward's link, as SQL for whoever reads the crosswalk."""


def work_on(batch_id: int) -> Q:
    """The work on runs that are not over and match what a feed batch changed."""
    under_way = MatchRun.State.under_way()
    runs = MatchRun.objects.filter(state__in=under_way, report__batches__contains=[batch_id])
    ids = list(runs.values_list("pk", flat=True))
    work = Q(kind="finish match", subject__in=[*map(str, ids)])
    parts = {"apply match": MatchChunk.objects, "compare range": MatchRange.objects}
    for kind, rows in parts.items() if ids else ():
        subjects = rows.filter(run__in=ids).values_list("pk", flat=True)
        work |= Q(kind=kind, subject__in=[*map(str, subjects)])
    return work
