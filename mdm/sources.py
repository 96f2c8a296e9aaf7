"""The only way in: source records are stored, versioned and never lost, a set at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from mdm import events, relationships
from mdm.bulk import as_array, copy_in, copy_into, execute, fetch, reserve_ids
from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.governance import breaches
from mdm.governance.breaches import Change
from mdm.governance.ownership import OnBreach, ranking
from mdm.models import ExposureFact, Feed, FeedBatch, SourceRecord, SourceRecordVersion
from mdm.policy import in_force
from mdm.schema import Attributes

CREATED, UPDATED, UNCHANGED, STALE = "created", "updated", "unchanged", "stale"
UNKNOWN_KEY, INCOMPLETE = "unknown key", "incomplete"
EXPECTED = 0
"""The version of a record that was claimed and has not arrived yet."""

_RECORD = (
    "id", "system_id", "domain", "source_key", "attributes", "doubtful", "source_updated_at",
    "version", "home_feed_id", "created_at", "changed_at",
)  # fmt: skip
_VERSION = (
    "record_id", "number", "raw", "content_hash", "source_updated_at", "changed_values",
    "batch_id", "feed_id", "received_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Arrival:
    """One standardised record as it comes in; an attribute that is None is explicitly empty.

    `doubtful` names the attributes whose values failed validation and came in as they are.
    """

    source_key: str
    raw: str
    content_hash: bytes
    attributes: Attributes
    source_updated_at: datetime | None
    exposures: Sequence[Any] = ()
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the hub holds under a key that arrives, and what this feed sent last for it."""

    id: int
    attributes: Attributes
    version: int
    doubtful: frozenset[str]
    inactive: bool
    withdrawn: bool
    content_hash: bytes | None
    source_updated_at: datetime | None


@dataclass(slots=True)
class Upserted:
    """What became of each arrival, in order, and which records are new or say something new."""

    outcomes: list[str]
    created_ids: list[int]
    changed_ids: list[int]


@transaction.atomic
def upsert(feed: Feed, batch: FeedBatch, arrivals: Sequence[Arrival], *, cause: Cause) -> Upserted:
    """Store `arrivals` of one feed, whose keys differ from each other.

    An arrival equal to what this feed sent last is unchanged; one that its source dates earlier
    than what the feed sent before is stale. Attributes that the feed does not mention stay.
    """
    stored = _stored(feed, [arrival.source_key for arrival in arrivals], lock=True)
    outcomes = [_outcome(feed, stored.get(each.source_key), each) for each in arrivals]
    judged = list(zip(arrivals, outcomes, strict=True))
    fresh = [arrival for arrival, outcome in judged if outcome == CREATED]
    news = [
        _News.of(stored[arrival.source_key], arrival, feed.domain)
        for arrival, outcome in judged
        if outcome == UPDATED
    ]
    created = _create(feed, batch, fresh, cause)
    changed = _update(feed, batch, news, cause)
    _tell_breaches(feed, batch, news, set(changed), cause)
    _store_exposures(feed, fresh + [each.arrival for each in news])
    by_feed = replace(cause, by=f"feed:{feed.code}")
    relationships.project(feed.domain, [*created, *changed], cause=by_feed)
    return Upserted(outcomes, created, changed)


def expect(feed: Feed, source_key: str, *, cause: Cause) -> int | None:
    """A record that says nothing yet, under a key that its system has given out; its id.

    None when there is a record with that key; whoever creates it at the same time is waited for.
    """
    rows = fetch(
        """
        INSERT INTO mdm_sourcerecord (system_id, domain, source_key, attributes, version,
            home_feed_id, created_at, changed_at)
        VALUES (%s, %s, %s, '{}', %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id
        """,
        [feed.system_id, feed.domain, source_key, EXPECTED, feed.pk, cause.at, cause.at],
    )
    return rows[0][0] if rows else None


def preview(feed: Feed, arrivals: Sequence[Arrival]) -> list[str]:
    """What `upsert` would make of each arrival; writes nothing."""
    stored = _stored(feed, [arrival.source_key for arrival in arrivals], lock=False)
    return [_outcome(feed, stored.get(each.source_key), each) for each in arrivals]


@transaction.atomic
def inactivate(record_ids: Sequence[int], *, cause: Cause) -> None:
    """Mark source records that their source no longer has; their values stay for the record."""
    execute(
        """
        UPDATE mdm_sourcerecord r SET inactive_at = %s, changed_at = %s
        FROM (SELECT id FROM mdm_sourcerecord WHERE id = ANY(%s) AND inactive_at IS NULL
              ORDER BY id FOR NO KEY UPDATE) living WHERE r.id = living.id
        """,
        [cause.at, cause.at, list(record_ids)],
    )
    relationships.end(record_ids, cause=cause)


@transaction.atomic
def restate(
    feed: Feed, batch: FeedBatch, restated: Sequence[tuple[int, int, Arrival]], *, cause: Cause
) -> None:
    """Append a version to records of which what was sent is read otherwise now.

    `restated` holds ids, versions, and all that each record says. Its life stays as it is.
    """
    _restate_values(restated, cause)
    versions = [(id_, version + 1, said, True) for id_, version, said in restated]
    _copy_versions(feed, batch, versions, cause)


def _restate_values(restated: Sequence[tuple[int, int, Arrival]], cause: Cause) -> None:
    execute(
        "CREATE TEMP TABLE restated (id bigint, attributes jsonb, doubtful varchar(64)[])"
        " ON COMMIT DROP"
    )
    copy_into(
        "restated",
        ("id", "attributes", "doubtful"),
        ((id_, _json(said.attributes), as_array(said.doubtful)) for id_, _, said in restated),
    )
    execute(
        """
        UPDATE mdm_sourcerecord r
        SET attributes = s.attributes, doubtful = s.doubtful, version = r.version + 1,
            changed_at = %s
        FROM restated s WHERE r.id = s.id
        """,
        [cause.at],
    )
    execute("DROP TABLE restated")


@dataclass(frozen=True, slots=True)
class _News:
    """An arrival that says something else than the record it belongs to.

    `after` is what the record says now, `doubted` the attributes of which that is doubtful.
    """

    known: _Stored
    arrival: Arrival
    after: Attributes
    doubted: frozenset[str]

    @classmethod
    def of(cls, known: _Stored, arrival: Arrival, domain: str) -> "_News":
        """An explicit null clears where the policy allows."""
        declared = entity_type(domain)
        after = dict(known.attributes)
        for name, value in arrival.attributes.items():
            if value is not None:
                after[name] = value
            elif declared[name].null_clears:
                after.pop(name, None)
        kept = known.doubtful - {
            name for name, value in arrival.attributes.items() if value is not None
        }
        return cls(known, arrival, after, (kept | arrival.doubtful) & after.keys())

    @property
    def differs(self) -> bool:
        """Whether the record says something else than before, or comes back to life."""
        known = self.known
        alive = not known.inactive and not known.withdrawn
        return not alive or self.after != known.attributes or self.doubted != known.doubtful


def _tell_breaches(
    feed: Feed, batch: FeedBatch, news: Sequence[_News], changed: set[int], cause: Cause
) -> None:
    """Keep what the feed changed though its system does not own it, and tell of it.

    What was claimed and arrives now changes nothing yet.
    """
    changes = [
        Change(each.known.id, each.known.attributes, each.after)
        for each in news
        if each.known.id in changed and each.known.version != EXPECTED
    ]
    if not changes:
        return
    rules = in_force(feed.domain).entity_type
    register = ranking(feed.domain, cause.at.date(), rules)
    made = breaches.record(register, batch, changes, at=cause.at)
    if made:
        proposed = [each.pk for each in made if each.outcome == OnBreach.PROPOSE]
        content = {"breaches": [each.pk for each in made], "proposed": proposed}
        events.record("ownership.breached", domain=feed.domain, content=content, cause=cause)


def _stored(feed: Feed, keys: list[str], *, lock: bool) -> dict[str, _Stored]:
    """The records under `keys` with this feed's last version, locked in the order of ids.

    The lock lets foreign keys to the records be checked: a merge that does so must not wait for a
    feed that waits for it.
    """
    rows = fetch(
        f"""
        SELECT r.source_key, r.id, r.attributes::text, r.version, nullif(r.doubtful, '{{}}'),
               r.inactive_at IS NOT NULL, r.condition = 'withdrawn', v.content_hash,
               v.source_updated_at
        FROM mdm_sourcerecord r
        LEFT JOIN LATERAL (
            SELECT content_hash, source_updated_at FROM mdm_sourcerecordversion
            WHERE record_id = r.id AND feed_id = %s ORDER BY number DESC LIMIT 1
        ) v ON true
        WHERE r.system_id = %s AND r.domain = %s AND r.source_key = ANY(%s)
        ORDER BY r.id {"FOR NO KEY UPDATE OF r" if lock else ""}
        """,  # noqa: S608
        [feed.pk, feed.system_id, feed.domain, sorted(keys)],
    )
    return {
        key: _Stored(id_, orjson.loads(attributes), version, frozenset(doubtful or ()), *rest)
        for key, id_, attributes, version, doubtful, *rest in rows
    }


def _outcome(feed: Feed, known: _Stored | None, arrival: Arrival) -> str:
    if known is None:
        return _outcome_of_new(feed, arrival)
    if known.version == EXPECTED and not _is_complete(feed, arrival):
        return INCOMPLETE
    if known.content_hash is not None and known.content_hash == arrival.content_hash:
        return UPDATED if known.inactive else UNCHANGED
    before, now = known.source_updated_at, arrival.source_updated_at
    if before is not None and now is not None and now < before:
        return STALE
    return UPDATED


def _outcome_of_new(feed: Feed, arrival: Arrival) -> str:
    if not feed.creates:
        return UNKNOWN_KEY
    return CREATED if _is_complete(feed, arrival) else INCOMPLETE


def _is_complete(feed: Feed, arrival: Arrival) -> bool:
    """Whether the arrival says all that a record cannot do without."""
    return all(arrival.attributes.get(name) for name in entity_type(feed.domain).required)


def _create(feed: Feed, batch: FeedBatch, fresh: list[Arrival], cause: Cause) -> list[int]:
    ids = reserve_ids(SourceRecord, len(fresh))
    shared = (feed.system_id, feed.domain)
    at = cause.at.isoformat()  # written once, not once a row
    dates = (1, feed.pk, at, at)
    copy_in(
        SourceRecord,
        _RECORD,
        (
            (
                id_,
                *shared,
                each.source_key,
                _json(each.attributes),
                as_array(each.doubtful),
                each.source_updated_at,
                *dates,
            )
            for id_, each in zip(ids, fresh, strict=True)
        ),
    )
    versions = [(id_, 1, each, True) for id_, each in zip(ids, fresh, strict=True)]
    _copy_versions(feed, batch, versions, cause)
    return ids


def _update(feed: Feed, batch: FeedBatch, news: list[_News], cause: Cause) -> list[int]:
    """Write new versions; returns the ids of records whose values, or life, changed.

    A withdrawn record that says something new is suspect: a person must have a look.
    """
    if not news:
        return []
    rows = [(each, each.differs) for each in news]
    execute(
        "CREATE TEMP TABLE incoming (id bigint, attributes jsonb, doubtful varchar(64)[],"
        " source_updated_at timestamptz, changed boolean) ON COMMIT DROP"
    )
    copy_into(
        "incoming",
        ("id", "attributes", "doubtful", "source_updated_at", "changed"),
        (
            (
                each.known.id,
                _json(each.after),
                as_array(each.doubted),
                each.arrival.source_updated_at,
                differs,
            )
            for each, differs in rows
        ),
    )
    execute(
        """
        UPDATE mdm_sourcerecord r
        SET attributes = i.attributes, doubtful = i.doubtful, version = r.version + 1,
            home_feed_id = CASE r.version WHEN 0 THEN %s ELSE r.home_feed_id END,
            inactive_at = NULL,
            condition = CASE r.condition WHEN 'withdrawn' THEN 'suspect' ELSE r.condition END,
            source_updated_at = coalesce(i.source_updated_at, r.source_updated_at),
            changed_at = CASE WHEN i.changed THEN %s ELSE r.changed_at END
        FROM incoming i WHERE r.id = i.id
        """,
        [feed.pk, cause.at],
    )
    execute("DROP TABLE incoming")
    versions = [
        (each.known.id, each.known.version + 1, each.arrival, differs) for each, differs in rows
    ]
    _copy_versions(feed, batch, versions, cause)
    return [each.known.id for each, differs in rows if differs]


def _copy_versions(
    feed: Feed, batch: FeedBatch, rows: list[tuple[int, int, Arrival, bool]], cause: Cause
) -> None:
    origin = (batch.pk, feed.pk, cause.at.isoformat())
    copy_in(
        SourceRecordVersion,
        _VERSION,
        (
            (
                id_, number, each.raw, each.content_hash, each.source_updated_at, changed, *origin
            )
            for id_, number, each, changed in rows
        ),
    )  # fmt: skip


def _store_exposures(feed: Feed, arrivals: Sequence[Arrival]) -> None:
    """Keep the money facts of arrivals that were taken in; a later one of a date replaces."""
    facts = [(each.source_key, fact) for each in arrivals for fact in each.exposures]
    if not facts:
        return
    ids = dict(
        SourceRecord.objects.filter(
            system=feed.system_id, domain=feed.domain, source_key__in={key for key, _ in facts}
        ).values_list("source_key", "id")
    )
    ExposureFact.objects.bulk_create(
        [
            ExposureFact(
                record_id=ids[key],
                kind=fact.kind,
                as_of=fact.as_of,
                amount=fact.amount,
                currency=fact.currency,
            )
            for key, fact in facts
        ],
        update_conflicts=True,
        unique_fields=["record", "kind", "as_of", "currency"],
        update_fields=["amount"],
    )


def _json(attributes: Attributes) -> str:
    """Stored attributes: without those that are explicitly empty."""
    return orjson.dumps(
        {name: value for name, value in attributes.items() if value is not None}
    ).decode()
