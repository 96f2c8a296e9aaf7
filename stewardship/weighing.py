"""How much money hangs on what open stewardship tasks are about: the inbox ranks them by it."""

from mdm.bulk import execute
from mdm.cause import Cause
from mdm.governance.exposure import LAST_FACTS
from mdm.models import Event, FeedBatch
from mdm.work import Job, enqueue

# A subject is an id of another kind for each kind of task: cast only where it is one
_WEIGH = f"""
    WITH asked AS (
        SELECT id, kind, subject FROM stewardship_stewardshiptask
        WHERE state = 'open' AND domain = %s AND (%s OR at_stake IS NULL)
    ), about AS (
        SELECT a.id, l.golden_id FROM asked a
        JOIN matching_matchpair p
            ON p.id = CASE WHEN a.kind = 'match_review' THEN a.subject::bigint END
        JOIN mdm_crosswalklink l ON l.record_id IN (p.left_id, p.right_id)
            AND l.unlinked_at IS NULL
        UNION
        SELECT a.id, c.golden_id FROM asked a JOIN matching_suspectcluster c
            ON c.id = CASE WHEN a.kind = 'suspect_cluster' THEN a.subject::bigint END
        UNION
        SELECT a.id, o.golden_id FROM asked a JOIN mdm_override o
            ON o.id = CASE WHEN a.kind = 'contested_pin' THEN a.subject::bigint END
        UNION
        SELECT a.id, l.golden_id FROM asked a JOIN mdm_ownershipbreach b
            ON b.id = CASE WHEN a.kind = 'proposed_change' THEN a.subject::bigint END
        JOIN mdm_crosswalklink l ON l.record_id = b.record_id AND l.unlinked_at IS NULL
        UNION
        SELECT a.id, unnest(m.golden_ids) FROM asked a JOIN stewardship_mergeconsent m
            ON m.id = CASE WHEN a.kind = 'second_person' THEN a.subject::bigint END
    ), held AS (
        SELECT a.id, e.currency, sum(e.amount) AS amount
        FROM about a JOIN mdm_crosswalklink l ON l.golden_id = a.golden_id AND l.unlinked_at IS NULL
        {LAST_FACTS}
        GROUP BY 1, 2
    ), weighed AS (
        SELECT a.id, coalesce(jsonb_object_agg(h.currency, h.amount::text)
                              FILTER (WHERE h.amount IS NOT NULL), '{{}}') AS at_stake,
               greatest(max(h.amount), 0) AS most
        FROM asked a LEFT JOIN held h USING (id) GROUP BY 1
    )
    UPDATE stewardship_stewardshiptask t SET at_stake = w.at_stake, most_at_stake = w.most
    FROM weighed w WHERE t.id = w.id AND t.at_stake IS DISTINCT FROM w.at_stake
"""  # noqa: S608


def ask(domain: str, *, cause: Cause) -> None:
    """Let the tasks of a domain that were just opened be weighed."""
    enqueue("weigh new tasks", domain, cause=cause)


def weigh_new(job: Job) -> None:
    """Work: weigh the open tasks of a domain that were never weighed; the subject is the domain."""
    _weigh(job.subject, job)


def weigh_again(job: Job) -> None:
    """Work: weigh all open tasks of a domain after what may have changed what hangs on them."""
    event = Event.objects.get(pk=int(job.subject))
    batch = event.content.get("batch")
    mapping = FeedBatch.objects.get(pk=batch).mapping if batch is not None else None
    if mapping is None or mapping.specification.get("exposures"):
        _weigh(event.domain, job, again=True)


def _weigh(domain: str, job: Job, *, again: bool = False) -> None:
    execute(_WEIGH, [domain, again, job.cause.at.date()])
