"""What people decided about pairs of source records: recorded, superseded, never edited."""

from django.db import transaction

from matching.models import Decision, MatchPair
from mdm import events
from mdm.bulk import fetch
from mdm.cause import Cause
from mdm.models import SourceRecord

Pair = tuple[int, int]


class DecisionRefusedError(RuntimeError):
    """A decision that cannot stand as things are: why, in words for the person who decides."""


@transaction.atomic
def decide(
    first_id: int, second_id: int, verdict: Decision.Verdict, *, reason: str = "", cause: Cause
) -> Decision:
    """Record what a person decided about two source records; an earlier decision is superseded.

    *No match* on two records of one golden record is refused: take one out of it first.
    """
    left_id, right_id = sorted((first_id, second_id))
    records = list(
        SourceRecord.objects.select_for_update().filter(pk__in=(left_id, right_id)).order_by("pk")
    )
    if len({record.pk for record in records}) < 2 or records[0].domain != records[1].domain:
        raise DecisionRefusedError("a decision is about two source records of one domain")
    if verdict == Decision.Verdict.NO_MATCH and _are_together(left_id, right_id):
        raise DecisionRefusedError("the records are in one golden record; take one out of it first")
    pair = MatchPair.objects.filter(left=left_id, right=right_id).first()
    Decision.objects.live().filter(left=left_id, right=right_id).update(superseded_at=cause.at)
    decision = Decision.objects.create(
        left_id=left_id,
        right_id=right_id,
        domain=records[0].domain,
        verdict=verdict,
        reason=reason,
        evidence=_evidence(pair),
        decided_by=cause.by,
        decided_at=cause.at,
    )
    MatchPair.objects.filter(left=left_id, right=right_id).update(state=MatchPair.State.DECIDED)
    content = {"records": [left_id, right_id], "verdict": str(verdict), "decision": decision.pk}
    events.record("decision.made", domain=decision.domain, content=content, cause=cause)
    return decision


def apart(domain: str) -> list[Pair]:
    """Pairs of source record ids that people decided are different things."""
    return _pairs(domain, Decision.Verdict.NO_MATCH)


def together(domain: str) -> list[Pair]:
    """Pairs of source record ids that people decided are one thing."""
    return _pairs(domain, Decision.Verdict.MATCH)


def _pairs(domain: str, verdict: Decision.Verdict) -> list[Pair]:
    live = Decision.objects.live().filter(domain=domain, verdict=verdict)
    return list(live.order_by("pk").values_list("left_id", "right_id"))


def _are_together(left_id: int, right_id: int) -> bool:
    rows = fetch(
        "SELECT count(DISTINCT golden_id), count(*) FROM mdm_crosswalklink"
        " WHERE record_id IN (%s, %s) AND unlinked_at IS NULL",
        [left_id, right_id],
    )
    return rows == [(1, 2)]


def _evidence(pair: MatchPair | None) -> dict[str, object]:
    """The evidence as it stood, without values."""
    if pair is None:
        return {}
    return {
        "run": pair.run_id,
        "match_weight": pair.match_weight,
        "levels": pair.levels,
        "weights": pair.weights,
        "versions": [pair.left_version, pair.right_version],
        "kept_apart_by": pair.kept_apart_by,
    }
