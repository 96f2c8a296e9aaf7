"""What people decided about source records, as pages list it: on pairs and on groups alike."""

from django.db.models import Count, Q, QuerySet

from matching.decisions import Made
from matching.models import ClusterDecision, Decision

NEWEST = 20
"""How many decisions a page lists."""


def about(record_id: int) -> list[Made]:
    """What was decided about a source record, newest first, with what no longer holds."""
    pairs = Decision.objects.filter(Q(left=record_id) | Q(right=record_id))
    groups = ClusterDecision.objects.filter(members__record=record_id)
    return _newest(pairs.select_related("left__system", "right__system"), groups)


def between(left_id: int, right_id: int) -> list[Made]:
    """What was decided about a pair, or about groups that say whether its two are one thing.

    A group that was kept apart from another says nothing of two that are both in it.
    """
    pairs = Decision.objects.filter(left=left_id, right=right_id)
    naming = ClusterDecision.objects.filter(members__record__in=(left_id, right_id))
    counted = naming.annotate(
        named=Count("members"), sides=Count("members__side", distinct=True)
    ).filter(named=2)
    one_thing = Q(verdict=ClusterDecision.Verdict.MATCH)
    return _newest(pairs, counted.filter(one_thing | Q(sides=2)))


def _newest(pairs: QuerySet[Decision], groups: QuerySet[ClusterDecision]) -> list[Made]:
    found: list[Made] = list(pairs.order_by("-decided_at")[:NEWEST])
    found += groups.order_by("-decided_at")[:NEWEST]
    return sorted(found, key=lambda each: each.decided_at, reverse=True)[:NEWEST]
