"""Opening stewardship tasks for what needs a person, and closing those that no longer do."""

from collections.abc import Sequence

from django.db.models import Count
from django.utils.translation import gettext_noop

from matching import contradictions
from matching.models import MatchPair, SuspectCluster
from mdm import relationships
from mdm.bulk import execute, fetch
from mdm.domains import entity_type
from mdm.models import EffectiveRate, Event, FeedBatch, FeedRow, Override, Relationship
from mdm.work import Job
from stewardship import weighing
from stewardship.models import StewardshipTask, StewardshipTaskQuerySet
from stewardship.routing import steward_of

Kind = StewardshipTask.Kind


_REVIEWS = """
    INSERT INTO stewardship_stewardshiptask
        (kind, domain, subject, summary, systems, match_weight, correlation_id, state, opened_at)
    SELECT 'match_review', p.domain, p.id::text, round(p.match_weight::numeric, 1) || ' bits',
           ARRAY(SELECT DISTINCT s.code FROM mdm_sourcerecord r
                 JOIN mdm_sourcesystem s ON s.id = r.system_id
                 WHERE r.id IN (p.left_id, p.right_id) ORDER BY 1),
           p.match_weight, %s, 'open', %s
    FROM matching_matchpair p WHERE {} AND p.state = 'pending'
    ON CONFLICT (kind, subject) WHERE state = 'open'
    DO UPDATE SET summary = excluded.summary, match_weight = excluded.match_weight
"""


_BETWEEN = """
    WITH held AS (
        SELECT DISTINCT other.record_id FROM mdm_crosswalklink own
        JOIN mdm_crosswalklink other
            ON other.golden_id = own.golden_id AND other.unlinked_at IS NULL
        WHERE own.record_id = ANY(%s) AND own.unlinked_at IS NULL
    )
    SELECT p.id FROM matching_matchpair p
    JOIN held l ON l.record_id = p.left_id JOIN held r ON r.record_id = p.right_id
"""


def open_match_reviews(job: Job) -> None:
    """Work: one stewardship task for each pair of a match run that waits for a person."""
    event = Event.objects.get(pk=int(job.subject))
    execute(
        _REVIEWS.format("p.run_id = %s"),
        [event.correlation_id, event.at, event.content["run"]],
    )
    weighing.ask(event.domain, cause=job.cause)
    _close_settled(event)


def follow_decision(job: Job) -> None:
    """Work: ask about the pairs that a decision, or its end, left open, and about no other.

    What was merged or taken apart with it has settled more pairs, or fewer, than the decision.
    """
    event = Event.objects.get(pk=int(job.subject))
    between = fetch(_BETWEEN, [event.content.get("records", [])])
    pairs = sorted({*event.content.get("pairs", []), *(pk for (pk,) in between)})
    if execute(_REVIEWS.format("p.id = ANY(%s)"), [event.correlation_id, event.at, pairs]):
        weighing.ask(event.domain, cause=job.cause)
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
    _open(job, Kind.CONTRADICTION, named, event)
    gone = set(waiting.values_list("subject", flat=True)) - named.keys()
    _close(Kind.CONTRADICTION, sorted(gone), event)


def follow_suspects(job: Job) -> None:
    """Work: a stewardship task for each suspect cluster that nobody has settled."""
    event = Event.objects.get(pk=int(job.subject))
    suspects = SuspectCluster.objects.filter(domain=event.domain, settled_at=None)
    named = {str(each.pk): "; ".join(each.findings) for each in suspects}
    _open(job, Kind.SUSPECT_CLUSTER, named, event)
    _name_systems_of_suspects(event)
    waiting = StewardshipTask.objects.filter(
        kind=Kind.SUSPECT_CLUSTER, domain=event.domain, state="open"
    )
    gone = set(waiting.values_list("subject", flat=True)) - named.keys()
    _close(Kind.SUSPECT_CLUSTER, sorted(gone), event)


def _name_systems_of_suspects(event: Event) -> None:
    execute(
        """
        UPDATE stewardship_stewardshiptask t SET systems = ARRAY(
            SELECT DISTINCT s.code FROM mdm_sourcerecord r
            JOIN mdm_sourcesystem s ON s.id = r.system_id WHERE r.id = ANY(c.members) ORDER BY 1)
        FROM matching_suspectcluster c
        WHERE t.kind = %s AND t.state = 'open' AND t.domain = %s AND t.subject = c.id::text
          AND t.systems = '{}'
        """,
        [Kind.SUSPECT_CLUSTER, event.domain],
    )


def follow_quarantine(job: Job) -> None:
    """Work: one stewardship task for each batch of a feed with rows that wait for a repair.

    It goes to the steward of the domain's rule in the ownership register.
    """
    event = Event.objects.get(pk=int(job.subject))
    feed = FeedBatch.objects.select_related("feed__system").get(pk=event.content["batch"]).feed
    waiting = FeedRow.objects.filter(batch__feed=feed, state=FeedRow.State.OPEN)
    counted = waiting.values_list("batch_id").annotate(count=Count("pk")).order_by("batch_id")
    named = {str(batch): f"{count} of {feed.name}, batch {batch}" for batch, count in counted}
    steward = steward_of(feed.domain, event.at.date()) if named else ""
    _open(job, Kind.QUARANTINE, named, event, systems=[feed.system.code], assignee=steward)
    open_ones = StewardshipTask.objects.open().filter(kind=Kind.QUARANTINE)
    for subject, summary in named.items():
        open_ones.filter(subject=subject).update(summary=summary)
    of_feed = FeedBatch.objects.filter(feed=feed, pk__in=map(int, _subjects(open_ones)))
    gone = {str(batch) for batch in of_feed.values_list("pk", flat=True)} - named.keys()
    _close(Kind.QUARANTINE, sorted(gone), event)


def _subjects(tasks: StewardshipTaskQuerySet) -> list[str]:
    return list(tasks.values_list("subject", flat=True))


def open_contested_rates(job: Job) -> None:
    """Work: one stewardship task for each rate that came to overlap another one."""
    event = Event.objects.get(pk=int(job.subject))
    overlaps = gettext_noop("Overlaps another rate of the same scope and role")
    _open(job, Kind.CONTESTED_RATE, dict.fromkeys(event.content["rates"], overlaps), event)


def close_settled_rates(job: Job) -> None:
    """Work: nobody needs to look at rates that no longer overlap another one."""
    event = Event.objects.get(pk=int(job.subject))
    contested = EffectiveRate.objects.filter(state=EffectiveRate.State.CONTESTED)
    still = set(map(str, contested.values_list("golden_id", flat=True)))
    _close(Kind.CONTESTED_RATE, sorted(set(event.content["rates"]) - still), event)


_UNCLEAR = {
    "held_back": gettext_noop("Would close a circle of parents, and is held back"),
    "several_parents": gettext_noop("Has different parents on the same day"),
    "ambiguous": gettext_noop("Was said of a golden record that came apart: whose is it?"),
}


def open_unclear_relationships(job: Job) -> None:
    """Work: one stewardship task for each relationship, or child of several, that is unclear."""
    event = Event.objects.get(pk=int(job.subject))
    for name, summary in _UNCLEAR.items():
        _open(job, Kind.RELATIONSHIP, dict.fromkeys(event.content.get(name, ()), summary), event)


def close_settled_relationships(job: Job) -> None:
    """Work: nobody needs to look at relationships that are clear by now."""
    event = Event.objects.get(pk=int(job.subject))
    ids = event.content.get("relationships", [])
    held = Relationship.objects.filter(pk__in=ids, withdrawn_at=None, held_back="circle")
    unclear = {*held.values_list("pk", flat=True), *relationships.still_unclear(ids)}
    settled = {*map(str, set(ids) - unclear), *event.content.get("golden_ids", [])}
    _close(Kind.RELATIONSHIP, sorted(settled), event)


def _open(
    job: Job,
    kind: StewardshipTask.Kind,
    named: dict[str, str],
    event: Event,
    systems: Sequence[str] = (),
    assignee: str = "",
) -> None:
    """Tasks for these subjects, each with its summary, unless they are open already."""
    StewardshipTask.objects.bulk_create(
        (
            StewardshipTask(
                kind=kind,
                domain=event.domain,
                subject=subject,
                summary=summary,
                systems=list(systems),
                assignee=assignee,
                correlation_id=event.correlation_id,
                opened_at=event.at,
            )
            for subject, summary in named.items()
        ),
        ignore_conflicts=True,
    )
    weighing.ask(event.domain, cause=job.cause)


def open_contested_pins(job: Job) -> None:
    """Work: one stewardship task for each pin whose sources came to say something else."""
    event = Event.objects.get(pk=int(job.subject))
    declared = entity_type(event.domain)
    contested = Override.objects.contested(event.at).filter(pk__in=event.content["overrides"])
    named = {
        str(override): f"{declared[attribute].label} is pinned; sources now say something else"
        for override, attribute in contested.order_by("pk").values_list("pk", "attribute")
    }
    _open(job, Kind.CONTESTED_PIN, named, event)


def close_settled_pins(job: Job) -> None:
    """Work: nobody needs to look at pins that are ended, confirmed, or beat what they did."""
    event = Event.objects.get(pk=int(job.subject))
    asked = set(map(str, event.content["overrides"]))
    contested = Override.objects.contested(event.at).filter(pk__in=asked)
    still = set(map(str, contested.values_list("pk", flat=True)))
    _close(Kind.CONTESTED_PIN, sorted(asked - still), event)


def _close(kind: StewardshipTask.Kind, subjects: list[str], event: Event) -> None:
    StewardshipTask.objects.filter(kind=kind, state="open", subject__in=subjects).update(
        state="done", done_at=event.at, done_by=event.by
    )


def _close_settled(event: Event) -> None:
    """Close reviews of pairs that a run, or a person, settled otherwise."""
    execute(
        """
        UPDATE stewardship_stewardshiptask t SET state = 'done', done_at = %s, done_by = %s
        FROM matching_matchpair p
        WHERE t.kind = %s AND t.state = 'open' AND t.domain = %s AND t.subject = p.id::text
          AND p.state <> %s
        """,
        [event.at, event.by, Kind.MATCH_REVIEW, event.domain, MatchPair.State.PENDING],
    )
