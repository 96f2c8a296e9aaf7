"""Plain functions that make what a test needs; every argument has a sensible default."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from matching import rematching
from matching.models import MatchPair, MatchRun
from mdm import events, golden, sources, work
from mdm.cause import Cause
from mdm.feeds import batches
from mdm.golden import Link, Merge
from mdm.models import (
    CrosswalkLink,
    Feed,
    FeedBatch,
    FeedMapping,
    GoldenRecord,
    OwnershipRule,
    SourceRecord,
    SourceSystem,
    Work,
)
from mdm.sources import Arrival
from mdm.work import Job

_numbers = itertools.count(1)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


def cause(**changes: Any) -> Cause:
    return Cause(**{"at": NOW, "by": "user:ann", "correlation_id": "ts-test", **changes})


def system(code: str = "CRM", **changes: Any) -> SourceSystem:
    values = {"name": code, "kind": "other", "owner": "Ann", "created_at": NOW, **changes}
    return SourceSystem.objects.get_or_create(code=code, defaults=values)[0]


def feed(code: str = "", *, source: str = "CRM", domain: str = "client", **changes: Any) -> Feed:
    mapping = changes.pop("mapping", {"key": "Id", "attributes": NAME_ONLY[domain]})
    values = {
        "name": code or "a feed",
        "system": system(source),
        "domain": domain,
        "owner": "Ann",
        "deletes": "consensus",
        **changes,
    }
    made = Feed.objects.create(code=code or f"feed-{next(_numbers)}", **values)
    FeedMapping.objects.create(
        feed=made, version=1, specification=mapping, created_at=NOW, created_by="ann"
    )
    return made


NAME_ONLY = {
    "client": [{"attribute": "legal_name", "column": "Name"}],
    "contact": [{"attribute": "family_name", "column": "Name"}],
    "project": [{"attribute": "name", "column": "Name"}],
    "rate": [],
}


def batch(of: Feed | None = None, **changes: Any) -> FeedBatch:
    of = of or feed()
    values = {
        "file_name": "a.csv",
        "correlation_id": "ts-test",
        "received_by": "user:ann",
        "state": "applied",
        "received_at": NOW,
        **changes,
    }
    return FeedBatch.objects.create(feed=of, mapping=of.mappings.get(version=1), **values)


def arrival(key: str, updated_at: datetime | None = None, **attributes: Any) -> Arrival:
    raw = orjson.dumps(attributes).decode()
    return Arrival(key, raw, hash(raw).to_bytes(16, signed=True), attributes, updated_at)


def record(
    key: str = "",
    *,
    source: str = "CRM",
    domain: str = "client",
    updated_at: datetime | None = None,
    **attributes: Any,
) -> SourceRecord:
    """A source record that arrived, not linked yet."""
    key = key or f"K{next(_numbers)}"
    home = Feed.objects.filter(system__code=source, domain=domain).first()
    home = home or feed(source=source, domain=domain)
    if domain == "client":
        attributes.setdefault("legal_name", f"Client {key}")
    arrived = arrival(key, updated_at, **attributes)
    sources.upsert(home, batch(home), [arrived], cause=cause())
    return SourceRecord.objects.get(system__code=source, domain=domain, source_key=key)


def send_again(
    of: SourceRecord,
    *,
    at: datetime = LATER,
    updated_at: datetime | None = None,
    **attributes: Any,
) -> SourceRecord:
    """The record once more from its own feed, with what it says now; None empties an attribute."""
    arrived = arrival(of.source_key, updated_at, **attributes)
    sources.upsert(of.home_feed, batch(of.home_feed), [arrived], cause=cause(at=at))
    of.refresh_from_db()
    return of


def reference(to: SourceRecord) -> dict[str, str]:
    """The record as another one names it."""
    return {"system": to.system.code, "key": to.source_key}


def golden_record(*members: SourceRecord, at: datetime | None = None) -> GoldenRecord:
    """A golden record of these source records; each is made a second after the one before."""
    members = members or (record(),)
    at = at or NOW + timedelta(seconds=next(_numbers))
    links = [Link(member.pk, "new") for member in members]
    (id_,) = golden.create(members[0].domain, [links], cause=cause(at=at))
    return GoldenRecord.objects.get(pk=id_)


def merge_goldens(*goldens: GoldenRecord, at: datetime = LATER) -> UUID:
    """Golden records of one domain merged by a steward; the id that goes on."""
    ids = frozenset(each.pk for each in goldens)
    (survivor,) = golden.merge(goldens[0].domain, [Merge(ids, "steward")], cause=cause(at=at))
    return survivor


def split_off(*members: SourceRecord, at: datetime | None = None) -> GoldenRecord:
    """These source records as a golden record of their own, out of the one that has them."""
    at = at or LATER + timedelta(seconds=next(_numbers))
    ids = [each.pk for each in members]
    live = CrosswalkLink.objects.filter(record__in=ids, unlinked_at=None)
    left = set(live.values_list("golden_id", flat=True))
    live.update(unlinked_at=at)
    made = golden_record(*members, at=at)
    golden.rebuild(members[0].domain, left, cause=cause(at=at))
    return made


def ownership(
    domain: str,
    *codes: str,
    attribute: str = "",
    segment: str = "",
    since: date = date(2000, 1, 1),
) -> None:
    """The order of systems for an attribute, or for the whole domain."""
    for place, code in enumerate(codes, 1):
        OwnershipRule.objects.create(
            domain=domain,
            attribute=attribute,
            segment=segment,
            system=system(code),
            place=place,
            accountable="Ann",
            valid_on=DateRange(since, None),
            recorded_at=NOW - timedelta(days=3_000),
        )


def load(of: Feed, text: str, name: str = "records.csv", **options: Any) -> FeedBatch:
    """A file taken through everything that it sets off: read, applied, matched, reviews opened."""
    received = batches.receive(of, name, [text.encode()], cause=cause(), **options)
    work.drain()
    received.refresh_from_db()
    return received


def match(domain: str = "client") -> MatchRun | None:
    """The run that matches what has arrived in a domain, applied; None when nothing had."""
    before = MatchRun.objects.count()
    ask_for_match(domain)
    work.drain()
    found = MatchRun.objects.filter(domain=domain, state="finished").order_by("-pk").first()
    return found if MatchRun.objects.count() > before else None


def rematch(domain: str = "client") -> MatchRun:
    """The run that matches a domain anew, applied."""
    rematching.ask(domain, cause=cause())
    work.drain()
    return MatchRun.objects.filter(domain=domain, rematch=True).latest("pk")


def steward_links(*records: SourceRecord) -> UUID:
    """A golden record that a person made of these source records."""
    links = [Link(each.pk, "steward") for each in records]
    (id_,) = golden.create(records[0].domain, [links], cause=cause())
    return id_


def ask_for_match(domain: str = "client") -> None:
    """Work that waits to match a domain, as after a batch that changed records."""
    events.record("source_records.changed", domain=domain, content={}, cause=cause())


def pair_of(one: SourceRecord, other: SourceRecord) -> MatchPair | None:
    """What matching keeps of two source records, in whichever order they came."""
    left, right = sorted((one.pk, other.pk))
    return MatchPair.objects.filter(left=left, right=right).first()


def golden_of(*records: SourceRecord) -> list[UUID | None]:
    """The golden id that each source record belongs to now."""
    found = {each.pk: None for each in records}
    links = CrosswalkLink.objects.filter(record__in=records, unlinked_at=None)
    return list({**found, **dict(links.values_list("record_id", "golden_id"))}.values())


def work_in_hand(kind: str) -> Job:
    """The one piece of work of a kind, claimed by a worker that has not done anything yet."""
    lease, until = uuid4(), timezone.now() + timedelta(minutes=1)
    waiting = Work.objects.filter(kind=kind, state="waiting")
    work_id, subject, correlation_id = waiting.values_list("pk", "subject", "correlation_id").get()
    waiting.update(state="running", lease=lease, leased_until=until)
    by = cause(at=timezone.now(), by=f"job:{kind}", correlation_id=correlation_id)
    return Job(work_id, lease, kind, subject, by)
