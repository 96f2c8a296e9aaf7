"""A hub with something of everything, in which every invariant holds."""

from mdm import golden, overrides
from mdm.golden import Merge
from mdm.models import FeedBatch, SourceRecord
from tests.factories import LATER, cause, feed, golden_of, golden_record, load, record

CLIENTS = "Id,Name\nA,Acme Ltd\nB,Acme Group Ltd\nC,Beta LLP\nC2,Beta LLP\nD,\n"
PROJECTS = {"key": "Id", "attributes": [{"attribute": "name", "column": "Name"}]}
RATE = {
    "scope": "firm",
    "labour_category": "Architect",
    "unit": "hour",
    "currency": "USD",
    "amount": "100",
}


def fill():
    """Something matched, waiting, merged, pinned, priced and quarantined."""
    load(feed(), CLIENTS)
    load(feed(domain="project", mapping=PROJECTS), "Id,Name\nP,New roof\n")
    first, second = golden_record(record("M1")), golden_record(record("M2"))
    ids = frozenset([first.pk, second.pk])
    golden.merge("client", [Merge(ids, "match")], cause=cause(at=LATER))
    pinned = golden_of(SourceRecord.objects.get(source_key="C"))[0]
    overrides.set_override(pinned, "legal_name", "Beta", reason="so", cause=cause(at=LATER))
    for start, end in (("2026-01-01", "2026-06-30"), ("2026-07-01", "2026-12-31")):
        golden_record(record(source="RATES", domain="rate", **RATE, start_date=start, end_date=end))
    FeedBatch.objects.update(matched_at=LATER)
