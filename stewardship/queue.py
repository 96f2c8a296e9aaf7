"""Opening stewardship tasks for what needs a person, and closing those that no longer do."""

from matching.models import MatchPair
from mdm import relationships
from mdm.bulk import execute
from mdm.models import EffectiveRate, Event, Relationship
from mdm.work import Job
from stewardship.models import StewardshipTask

Kind = StewardshipTask.Kind


def open_match_reviews(job: Job) -> None:
    """Work: one stewardship task for each pair of a match run that waits for a person."""
    event = Event.objects.get(pk=int(job.subject))
    execute(
        """
        INSERT INTO stewardship_stewardshiptask
            (kind, domain, subject, summary, correlation_id, state, opened_at)
        SELECT %s, p.domain, p.id::text, round(p.match_weight::numeric, 1) || ' bits',
               %s, 'open', %s
        FROM matching_matchpair p WHERE p.run_id = %s AND p.state = 'pending'
        ON CONFLICT (kind, subject) WHERE state = 'open' DO UPDATE SET summary = excluded.summary
        """,
        [Kind.MATCH_REVIEW, event.correlation_id, event.at, event.content["run"]],
    )
    _close_settled(event)


def open_contested_rates(job: Job) -> None:
    """Work: one stewardship task for each rate that came to overlap another one."""
    event = Event.objects.get(pk=int(job.subject))
    StewardshipTask.objects.bulk_create(
        (
            StewardshipTask(
                kind=Kind.CONTESTED_RATE,
                domain="rate",
                subject=rate,
                summary="Overlaps another rate of the same scope and role",
                correlation_id=event.correlation_id,
                opened_at=event.at,
            )
            for rate in event.content["rates"]
        ),
        ignore_conflicts=True,
    )


def close_settled_rates(job: Job) -> None:
    """Work: nobody needs to look at rates that no longer overlap another one."""
    event = Event.objects.get(pk=int(job.subject))
    contested = EffectiveRate.objects.filter(state=EffectiveRate.State.CONTESTED)
    still = set(map(str, contested.values_list("golden_id", flat=True)))
    StewardshipTask.objects.filter(
        kind=Kind.CONTESTED_RATE, state="open", subject__in=set(event.content["rates"]) - still
    ).update(state="done", done_at=event.at)


_UNCLEAR = {
    "held_back": "Would close a circle of parents, and is held back",
    "several_parents": "Has different parents on the same day",
    "ambiguous": "Was said of a golden record that came apart: whose is it?",
}


def open_unclear_relationships(job: Job) -> None:
    """Work: one stewardship task for each relationship, or child of several, that is unclear."""
    event = Event.objects.get(pk=int(job.subject))
    StewardshipTask.objects.bulk_create(
        (
            StewardshipTask(
                kind=Kind.RELATIONSHIP,
                domain=event.domain,
                subject=subject,
                summary=summary,
                correlation_id=event.correlation_id,
                opened_at=event.at,
            )
            for name, summary in _UNCLEAR.items()
            for subject in event.content.get(name, ())
        ),
        ignore_conflicts=True,
    )


def close_settled_relationships(job: Job) -> None:
    """Work: nobody needs to look at relationships that are clear by now."""
    event = Event.objects.get(pk=int(job.subject))
    ids = event.content.get("relationships", [])
    held = Relationship.objects.filter(pk__in=ids, withdrawn_at=None, held_back="circle")
    unclear = {*held.values_list("pk", flat=True), *relationships.still_unclear(ids)}
    settled = {*map(str, set(ids) - unclear), *event.content.get("golden_ids", [])}
    StewardshipTask.objects.filter(
        kind=Kind.RELATIONSHIP, state="open", subject__in=settled
    ).update(state="done", done_at=event.at)


def _close_settled(event: Event) -> None:
    """Close reviews of pairs that a run, or a person, settled otherwise."""
    execute(
        """
        UPDATE stewardship_stewardshiptask t SET state = 'done', done_at = %s
        FROM matching_matchpair p
        WHERE t.kind = %s AND t.state = 'open' AND t.domain = %s AND t.subject = p.id::text
          AND p.state <> %s
        """,
        [event.at, Kind.MATCH_REVIEW, event.domain, MatchPair.State.PENDING],
    )
