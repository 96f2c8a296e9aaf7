"""Opening stewardship tasks for what needs a person, and closing those that no longer do."""

from matching.models import MatchPair
from mdm.bulk import execute
from mdm.domains import entity_type
from mdm.models import EffectiveRate, Event, Override
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


def open_contested_pins(job: Job) -> None:
    """Work: one stewardship task for each pin whose sources came to say something else."""
    event = Event.objects.get(pk=int(job.subject))
    declared = entity_type(event.domain)
    contested = Override.objects.contested(event.at).filter(pk__in=event.content["overrides"])
    StewardshipTask.objects.bulk_create(
        (
            StewardshipTask(
                kind=Kind.CONTESTED_PIN,
                domain=event.domain,
                subject=str(override),
                summary=f"{declared[attribute].label} is pinned; sources now say something else",
                correlation_id=event.correlation_id,
                opened_at=event.at,
            )
            for override, attribute in contested.order_by("pk").values_list("pk", "attribute")
        ),
        ignore_conflicts=True,
    )


def close_settled_pins(job: Job) -> None:
    """Work: nobody needs to look at pins that are ended, confirmed, or beat what they did."""
    event = Event.objects.get(pk=int(job.subject))
    asked = set(map(str, event.content["overrides"]))
    contested = Override.objects.contested(event.at).filter(pk__in=asked)
    still = set(map(str, contested.values_list("pk", flat=True)))
    StewardshipTask.objects.filter(
        kind=Kind.CONTESTED_PIN, state="open", subject__in=asked - still
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
