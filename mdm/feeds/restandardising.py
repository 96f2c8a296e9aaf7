"""Reading again what sources sent, once the standardiser, a mapping or a placeholder has changed.

What was sent stays; a source record of which it now says something else gets one more version, in a
batch of its feed, so that it is matched and explained like any other change.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import orjson
from django.db import transaction

from mdm import events, golden, sources, work
from mdm.bulk import check_constraints, fetch
from mdm.cause import Cause
from mdm.domains import entity_type
from mdm.feeds.versions import Version, read, replayed
from mdm.models import Event, Feed, FeedBatch
from mdm.schema import Attributes, EntityType
from mdm.sources import Arrival
from mdm.standardise import VERSION
from mdm.work import Job

RECORDS_IN_A_CHUNK = 20_000

_RECORDS = """
    SELECT id, source_key, version, attributes::text, doubtful FROM mdm_sourcerecord
    WHERE domain = %s AND id > %s ORDER BY id LIMIT %s FOR UPDATE
"""
_VERSIONS = """
    SELECT record_id, feed_id, raw::text, content_hash, source_updated_at
    FROM mdm_sourcerecordversion WHERE record_id = ANY(%s) ORDER BY record_id, number
"""


@dataclass(slots=True)
class _Record:
    """A source record with its versions, the newest last."""

    id: int
    source_key: str
    version: int
    attributes: Attributes
    doubtful: frozenset[str]
    versions: list[Version] = field(default_factory=list)

    def said_again(self, declared: EntityType) -> Arrival | None:
        """The record as its versions now have it; None where that is as it is."""
        after, doubtful = replayed(
            self.versions, self.attributes, self.doubtful, self.attributes, declared
        )
        if after == self.attributes and doubtful == self.doubtful:
            return None
        last = self.versions[-1]
        return Arrival(
            self.source_key,
            last.raw,
            last.content_hash,
            after,
            last.source_updated_at,
            (),
            doubtful,
        )


def ask(domains: Iterable[str], *, cause: Cause) -> None:
    """Have all that was sent in `domains` read again under the present standardiser."""
    cause = replace(cause, rule_version=f"standardiser-{VERSION}")
    for domain in domains:
        events.record("restandardising.asked", domain=domain, content={}, cause=cause)


def restandardise(job: Job) -> None:
    """Work: read a chunk of source records again, and ask for the next one.

    The subject is the event's id, and the last record id of the chunk before.
    """
    event_id, _, after = job.subject.partition(":")
    event = Event.objects.get(pk=int(event_id))
    cause = replace(job.cause, rule_version=event.rule_version)
    with transaction.atomic():
        job.hold()
        records = _records(event.domain, int(after or 0))
        changed = _read_again(event.domain, records, cause)
        golden.rebuild(event.domain, golden.fed_by(changed), cause=cause)
        check_constraints()
        if len(records) == RECORDS_IN_A_CHUNK:
            work.enqueue(job.kind, f"{event.pk}:{records[-1].id}", cause=job.cause)


def _records(domain: str, after: int) -> list[_Record]:
    """The next source records of a domain with all that was sent for them, locked."""
    records = {
        id_: _Record(id_, key, version, orjson.loads(attributes), frozenset(doubtful))
        for id_, key, version, attributes, doubtful in fetch(
            _RECORDS, [domain, after, RECORDS_IN_A_CHUNK]
        )
    }
    for record_id, *version in fetch(_VERSIONS, [list(records)]):
        records[record_id].versions.append(Version(*version))
    return list(records.values())


def _read_again(domain: str, records: Sequence[_Record], cause: Cause) -> list[int]:
    """Store what source records now say; returns the ids of those that say something else."""
    declared = entity_type(domain)
    feeds = Feed.objects.filter(domain=domain).select_related("system").order_by("pk")
    for feed in feeds:
        own = [each for one in records for each in one.versions if each.feed_id == feed.pk]
        newest = feed.mappings.order_by("-version").first()
        if own and newest:
            read(feed, newest, own)
    news = [(each, said) for each in records if (said := each.said_again(declared))]
    for feed in feeds:
        _store(feed, [each for each in news if each[0].versions[-1].feed_id == feed.pk], cause)
    return [record.id for record, _ in news]


def _store(feed: Feed, news: Sequence[tuple[_Record, Arrival]], cause: Cause) -> None:
    """Append a version to each of these records, in a batch that waits to be matched."""
    if not news:
        return
    batch = FeedBatch.objects.create(
        feed=feed,
        mapping=feed.mappings.order_by("-version")[0],
        file_name=cause.rule_version,
        partial=True,
        correlation_id=cause.correlation_id,
        received_by=cause.by,
        received=len(news),
        updated=len(news),
        state=FeedBatch.State.APPLIED,
        received_at=cause.at,
        applied_at=cause.at,
    )
    restated = [(record.id, record.version, said) for record, said in news]
    sources.restate(feed, batch, restated, cause=cause)
    content = {"batch": batch.pk, "feed": feed.code, "dry_run": False}
    events.record("source_records.changed", domain=feed.domain, content=content, cause=cause)
