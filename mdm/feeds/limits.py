"""The circuit breaker: what a batch would do, and whether that is usual enough to do unasked."""

from dataclasses import asdict, dataclass, field
from typing import Any

from mdm.bulk import copy_into, execute, fetch
from mdm.models import Feed, FeedBatch, FeedRow, SourceRecord

SAMPLE = 20
FEW_RECORDS = 20
"""Below this many known records, shares say nothing and no limit applies."""


@dataclass(slots=True)
class Prediction:
    """What applying a batch would do to the source records of its feed, with sample keys."""

    known: int = 0
    creates: int = 0
    updates: int = 0
    unchanged: int = 0
    inactivations: int = 0
    created_keys: list[str] = field(default_factory=list)
    updated_keys: list[str] = field(default_factory=list)
    inactivated_keys: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def objection(feed: Feed, prediction: Prediction) -> str:
    """Why the batch must wait for the feed's owner; "" when it need not."""
    if prediction.known < FEW_RECORDS:
        return ""
    reasons = []
    missing = prediction.inactivations / prediction.known
    if missing > feed.largest_inactivated_share:
        reasons.append(
            f"{prediction.inactivations:,} of {prediction.known:,} known records "
            f"({missing:.0%}) are missing; the limit is {feed.largest_inactivated_share:.0%}"
        )
    changed = prediction.updates / prediction.known
    if changed > feed.largest_changed_share:
        reasons.append(
            f"{prediction.updates:,} of {prediction.known:,} known records "
            f"({changed:.0%}) would change; the limit is {feed.largest_changed_share:.0%}"
        )
    return "; ".join(reasons)


_COMPARE = """
    CREATE TEMP TABLE compared ON COMMIT DROP AS
    SELECT l.key, CASE
        WHEN r.id IS NULL THEN 'create'
        WHEN v.content_hash = l.hash AND r.inactive_at IS NULL THEN 'same'
        ELSE 'update' END AS outcome
    FROM landed l
    LEFT JOIN mdm_sourcerecord r
      ON r.system_id = %s AND r.domain = %s AND r.source_key = l.key
    LEFT JOIN LATERAL (
        SELECT content_hash FROM mdm_sourcerecordversion
        WHERE record_id = r.id AND feed_id = %s ORDER BY number DESC LIMIT 1
    ) v ON true
"""

_MISSING = """
    SELECT r.id, r.source_key FROM mdm_sourcerecord r
    WHERE r.home_feed_id = %s AND r.inactive_at IS NULL AND r.version > 0
      AND NOT EXISTS (SELECT FROM landed l WHERE l.key = r.source_key)
    ORDER BY r.source_key
"""


def predict(batch: FeedBatch, hashes: dict[str, bytes]) -> tuple[Prediction, list[int]]:
    """What applying rows with these keys and content hashes would do.

    Also returns the ids of the records that a full snapshot no longer has and that its feed
    therefore ends.
    """
    feed = batch.feed
    records = SourceRecord.objects.filter(system=feed.system, domain=feed.domain)
    if not records.exists():
        return Prediction(creates=len(hashes), created_keys=list(hashes)[:SAMPLE]), []
    execute("CREATE TEMP TABLE landed (key text PRIMARY KEY, hash bytea) ON COMMIT DROP")
    copy_into("landed", ("key", "hash"), hashes.items())
    execute(_COMPARE, [feed.system_id, feed.domain, feed.pk])
    counts = dict(fetch("SELECT outcome, count(*) FROM compared GROUP BY outcome"))
    missing = fetch(_MISSING, [feed.pk]) if _ends_missing(batch) else []
    prediction = Prediction(
        known=records.filter(home_feed=feed, inactive_at=None, version__gt=0).count(),
        creates=counts.get("create", 0),
        updates=counts.get("update", 0),
        unchanged=counts.get("same", 0),
        inactivations=len(missing),
        created_keys=_sample("create"),
        updated_keys=_sample("update"),
        inactivated_keys=[key for _, key in missing[:SAMPLE]],
    )
    execute("DROP TABLE landed, compared")
    return prediction, [id_ for id_, _ in missing]


def _ends_missing(batch: FeedBatch) -> bool:
    """Whether what a batch lacks was deleted: a row of which no key is known may be any record."""
    feed = batch.feed
    if feed.mode != Feed.Mode.SNAPSHOT or feed.deletes == Feed.Deletes.IGNORE or batch.partial:
        return False
    quarantined = batch.rows.filter(outcome=FeedRow.Outcome.QUARANTINED)
    return not quarantined.filter(source_key="").exists()


def _sample(outcome: str) -> list[str]:
    rows = fetch(
        "SELECT key FROM compared WHERE outcome = %s ORDER BY key LIMIT %s", [outcome, SAMPLE]
    )
    return [row[0] for row in rows]
