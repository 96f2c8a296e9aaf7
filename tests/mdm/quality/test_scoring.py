"""What a scoring counts, recomputed from the raw tables record by record, in another way."""

import re
from collections import Counter, defaultdict
from datetime import timedelta

import pytest
from django.utils import timezone

from mdm import work
from mdm.attribute_types import Reference
from mdm.domains import ENTITY_TYPES
from mdm.models import (
    CrosswalkLink,
    FeedBatch,
    GoldenRecord,
    QualityRun,
    QualityScore,
    SourceRecord,
    SourceSystem,
)
from mdm.quality import scoring
from tests.factories import cause, golden_record, record

pytestmark = pytest.mark.django_db

VAT, OTHER = "GB123456789", "GB987654321"


def scored(domain="client"):
    scoring.ask([domain], cause=cause(at=timezone.now()))
    work.drain()
    return QualityRun.objects.filter(domain=domain).latest("pk")


def figures(run):
    """Checked and failed by system (None: golden records) and rule."""
    return {
        (code, rule): (checked, failed)
        for code, rule, checked, failed in run.scores.values_list(
            "system__code", "rule", "checked", "failed"
        )
    }


@pytest.fixture
def mixed():
    """Clients with something wrong in every dimension, and records that do not count."""
    now = timezone.now()
    record("A", tax_id=VAT, industry="Law", website="https://a.example", status="active")
    record("B", tax_id=VAT, industry="Law", updated_at=now - timedelta(days=400))
    record("C", registration_number="1", register="X", addresses=[{"kind": "main", "city": "Ulm"}])
    record("D", registration_number="1", register="Y", lei="not an LEI", phone="+4420")
    record("E", registration_number="1", register="X", email_domain="NONSENSE")
    record("1", source="ERP", tax_id=OTHER, industry="Law", updated_at=now)
    record("2", source="ERP", tax_id=VAT, industry="Advice", duns="123456789")
    record("3", source="ERP", addresses=[{"kind": "main", "country": "DE"}], duns="12")
    gone = record("Z", tax_id=VAT)
    SourceRecord.objects.filter(pk=gone.pk).update(inactive_at=now)
    taken = record("Y", tax_id=VAT)
    SourceRecord.objects.filter(pk=taken.pk).update(condition="withdrawn")
    SourceRecord.objects.filter(source_key="E").update(doubtful=["email_domain"])
    SourceRecord.objects.filter(source_key="D").update(doubtful=["lei"])
    of = {each.source_key: each for each in SourceRecord.objects.all()}
    for members in ("A1", "B2Z", "C", "D3", "E", "Y"):
        golden_record(*(of[key] for key in members))
    golden = GoldenRecord.objects.get(links__record=taken)
    GoldenRecord.objects.filter(pk=golden.pk).update(status="tombstone")
    SourceSystem.objects.filter(code="ERP").update(freshness_hours=24)


def by_hand(domain, now):
    """The same figures, record by record in Python: what is checked, and what fails."""
    declared = ENTITY_TYPES[domain]
    found = defaultdict(lambda: [0, 0])

    def note(who, rule, fails):
        found[who, rule][0] += 1
        found[who, rule][1] += bool(fails)

    live = [
        each
        for each in SourceRecord.objects.filter(domain=domain).select_related("system")
        if each.inactive_at is None and each.condition != "withdrawn" and each.version
    ]
    goldens = [
        each
        for each in GoldenRecord.objects.filter(domain=domain)
        if each.merged_into_id is None and each.status not in ("inactive", "tombstone")
    ]
    stated = [(each.system.code, each) for each in live] + [(None, each) for each in goldens]
    for name, attribute in declared.by_name.items():
        unit = [each.name for each in declared.unit_of(name)]

        def key(each, unit=unit):
            return tuple(str(each.attributes.get(part)) for part in unit)

        times = Counter((who, key(each)) for who, each in stated if name in each.attributes)
        for who, each in stated:
            value = each.attributes.get(name)
            if attribute.required or attribute.critical:
                note(who, f"completeness.{name}", value is None)
            if value is None:
                continue
            if who and attribute.is_one_text:
                note(who, f"validity.{name}", name in each.doubtful)
            if attribute.is_unique:
                note(who, f"uniqueness.{name}", times[who, key(each)] > 1)
            if form := attribute.type.form():
                items = value if attribute.many else [value]
                part = attribute.type.form_part
                said = [item.get(part, "") if part else str(item) for item in items]
                note(who, f"conformity.{name}", not all(re.fullmatch(form, it) for it in said))
        if attribute.many or isinstance(attribute.type, Reference):
            continue
        said = defaultdict(list)
        for link in CrosswalkLink.objects.filter(unlinked_at=None, record__in=live):
            each = next(one for one in live if one.pk == link.record_id)
            if name in each.attributes:
                said[link.golden_id].append((each.system.code, each.attributes[name]))
        for members in said.values():
            if len({system for system, _ in members}) > 1:
                differs = len({str(value) for _, value in members}) > 1
                note(None, f"consistency.{name}", differs)
                for system, _ in members:
                    note(system, f"consistency.{name}", differs)
    for rule in declared.rules:
        for who, each in stated:
            if rule.attribute in each.attributes:
                code = f"validity.{rule.attribute}.{'-'.join(rule.reads).replace('_', '-')}"
                note(who, code, rule.breaks(each.attributes))
    for each in live:
        if hours := each.system.freshness_hours:
            batches = FeedBatch.objects.filter(feed__system=each.system, feed__domain=domain)
            newest = max(batch.received_at for batch in batches)
            late = newest < now - timedelta(hours=hours)
            note(each.system.code, "timeliness.delivered", late)
        if declared.fresh_days:
            said_at = each.source_updated_at or each.changed_at
            old = said_at < now - timedelta(days=declared.fresh_days)
            note(each.system.code, "timeliness.touched", old)
    return {which: tuple(counts) for which, counts in found.items()}


def test_every_figure_is_what_a_count_record_by_record_finds(mixed):
    run = scored()

    assert figures(run) == by_hand("client", run.scored_at)
    assert (run.source_records, run.golden_records) == (8, 5)
    failing = {each.dimension for each in QualityScore.objects.filter(failed__gt=0)}
    assert failing == {
        "completeness", "validity", "uniqueness", "consistency", "timeliness", "conformity",
    }  # fmt: skip
