"""Opening stewardship tasks for what needs a person, and closing those that no longer do."""

from matching import contradictions
from matching.models import MatchPair, SuspectCluster
from mdm import relationships
from mdm.bulk import execute
from mdm.domains import entity_type
from mdm.models import EffectiveRate, Event, Override, Relationship
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


def follow_decision(job: Job) -> None:
    """Work: ask about the pairs that a decision, or its end, left open, and about no other."""
    event = Event.objects.get(pk=int(job.subject))
    pairs = event.content.get("pairs", [])
    execute(
        """
        INSERT INTO stewardship_stewardshiptask
            (kind, domain, subject, summary, correlation_id, state, opened_at)
        SELECT %s, p.domain, p.id::text, round(p.match_weight::numeric, 1) || ' bits',
               %s, 'open', %s
        FROM matching_matchpair p WHERE p.id = ANY(%s) AND p.state = 'pending'
        ON CONFLICT (kind, subject) WHERE state = 'open' DO NOTHING
        """,
        [Kind.MATCH_REVIEW, event.correlation_id, event.at, pairs],
    )
    settled = MatchPair.objects.filter(pk__in=pairs).exclude(state=MatchPair.State.PENDING)
    _close(Kind.MATCH_REVIEW, [str(pk) for pk in settled.values_list("pk", flat=True)], event)


def follow_contradictions(job: Job) -> None:
    """Work: a stewardship task for each contradiction of decisions, while it lasts."""
    event = Event.objects.get(pk=int(job.subject))
    waiting = StewardshipTask.objects.filter(
        kind=Kind.CONTRADICTION, domain=event.domain, state="open"
    )
    records = event.content.get("records")
    if records is None or waiting.exists():
        found = contradictions.find(event.domain)
    else:
        found = contradictions.find_around(records)
    named = {contradictions.name_of(each): contradictions.in_short(each) for each in found}
    _open(Kind.CONTRADICTION, named, event)
    gone = set(waiting.values_list("subject", flat=True)) - named.keys()
    _close(Kind.CONTRADICTION, sorted(gone), event)


def follow_suspects(job: Job) -> None:
    """Work: a stewardship task for each suspect cluster that nobody has settled."""
    event = Event.objects.get(pk=int(job.subject))
    suspects = SuspectCluster.objects.filter(domain=event.domain, settled_at=None)
    named = {str(each.pk): "; ".join(each.findings) for each in suspects}
    _open(Kind.SUSPECT_CLUSTER, named, event)
    waiting = StewardshipTask.objects.filter(
        kind=Kind.SUSPECT_CLUSTER, domain=event.domain, state="open"
    )
    gone = set(waiting.values_list("subject", flat=True)) - named.keys()
    _close(Kind.SUSPECT_CLUSTER, sorted(gone), event)


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
    for name, summary in _UNCLEAR.items():
        _open(Kind.RELATIONSHIP, dict.fromkeys(event.content.get(name, ()), summary), event)


def close_settled_relationships(job: Job) -> None:
    """Work: nobody needs to look at relationships that are clear by now."""
    event = Event.objects.get(pk=int(job.subject))
    ids = event.content.get("relationships", [])
    held = Relationship.objects.filter(pk__in=ids, withdrawn_at=None, held_back="circle")
    unclear = {*held.values_list("pk", flat=True), *relationships.still_unclear(ids)}
    settled = {*map(str, set(ids) - unclear), *event.content.get("golden_ids", [])}
    _close(Kind.RELATIONSHIP, sorted(settled), event)


def _open(kind: StewardshipTask.Kind, named: dict[str, str], event: Event) -> None:
    """Tasks for these subjects, each with its summary, unless they are open already."""
    StewardshipTask.objects.bulk_create(
        (
            StewardshipTask(
                kind=kind,
                domain=event.domain,
                subject=subject,
                summary=summary,
                correlation_id=event.correlation_id,
                opened_at=event.at,
            )
            for subject, summary in named.items()
        ),
        ignore_conflicts=True,
    )


def open_contested_pins(job: Job) -> None:
    """Work: one stewardship task for each pin whose sources came to say something else."""
    event = Event.objects.get(pk=int(job.subject))
    declared = entity_type(event.domain)
    contested = Override.objects.contested(event.at).filter(pk__in=event.content["overrides"])
    named = {
        str(override): f"{declared[attribute].label} is pinned; sources now say something else"
        for override, attribute in contested.order_by("pk").values_list("pk", "attribute")
    }
    _open(Kind.CONTESTED_PIN, named, event)


def close_settled_pins(job: Job) -> None:
    """Work: nobody needs to look at pins that are ended, confirmed, or beat what they did."""
    event = Event.objects.get(pk=int(job.subject))
    asked = set(map(str, event.content["overrides"]))
    contested = Override.objects.contested(event.at).filter(pk__in=asked)
    still = set(map(str, contested.values_list("pk", flat=True)))
    _close(Kind.CONTESTED_PIN, sorted(asked - still), event)


def _close(kind: StewardshipTask.Kind, subjects: list[str], event: Event) -> None:
    StewardshipTask.objects.filter(kind=kind, state="open", subject__in=subjects).update(
        state="done", done_at=event.at
    )


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
