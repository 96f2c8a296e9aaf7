"""Plain functions that make what a test needs; every argument has a sensible default."""

import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from django.db.backends.postgresql.psycopg_any import DateRange

from mdm import golden, sources
from mdm.cause import Cause
from mdm.golden import Link
from mdm.models import (
    Feed,
    FeedBatch,
    FeedMapping,
    GoldenRecord,
    OwnershipRule,
    SourceRecord,
    SourceSystem,
)
from mdm.sources import Arrival

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


def golden_record(*members: SourceRecord, at: datetime | None = None) -> GoldenRecord:
    """A golden record of these source records; each is made a second after the one before."""
    members = members or (record(),)
    at = at or NOW + timedelta(seconds=next(_numbers))
    links = [Link(member.pk, "new") for member in members]
    (id_,) = golden.create(members[0].domain, [links], cause=cause(at=at))
    return GoldenRecord.objects.get(pk=id_)


def ownership(
    domain: str, *codes: str, attribute: str = "", since: date = date(2000, 1, 1)
) -> None:
    """The order of systems for an attribute, or for the whole domain."""
    for place, code in enumerate(codes, 1):
        OwnershipRule.objects.create(
            domain=domain,
            attribute=attribute,
            system=system(code),
            place=place,
            accountable="Ann",
            valid_on=DateRange(since, None),
        )
