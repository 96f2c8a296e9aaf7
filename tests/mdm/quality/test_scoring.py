"""What a scoring counts, recomputed from the raw tables record by record, in another way."""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from mdm import work
from mdm.attribute_types import Reference
from mdm.bulk import fetch
from mdm.domains import ENTITY_TYPES
from mdm.models import (
    CrosswalkLink,
    Event,
    FeedBatch,
    GoldenRecord,
    OwnershipRule,
    QualityRun,
    QualityScore,
    SourceRecord,
    SourceSystem,
    Work,
)
from mdm.quality import scorecard, scoring
from mdm.quality.failing import Failing
from mdm.quality.rules import rules_of
from mdm.quality.scorecard import Tally
from mdm.schema import Dimension
from tests.factories import (
    NOW,
    cause,
    golden_record,
    ownership,
    record,
    reference,
    work_in_hand,
)

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


@pytest.fixture
def people():
    """Contacts, whose lists and addresses are looked into, and projects with their dates."""
    acme = record("ACME", legal_name="Acme")
    golden_record(acme)
    one = record(
        "P1", domain="contact", family_name="Lee", emails=["ann@x.example", "Ann@x.example"],
        address={"kind": "main", "city": "Ulm"}, client=reference(acme), national_id="1",
    )  # fmt: skip
    other = record(
        "P2", source="ERP", domain="contact", family_name="LEE", emails=["ann@x.example"],
        address={"kind": "main", "city": "Ulm", "country": "DE"}, national_id="1",
    )  # fmt: skip
    golden_record(one, other)
    golden_record(record("P3", domain="contact", family_name="Berg", national_id="1"))
    for key, end in (("J1", "2025-01-01"), ("J2", "2027-01-01")):
        dates = {"start_date": "2026-01-01", "end_date": end}
        golden_record(record(key, domain="project", name="Audit", code="A", **dates))


@pytest.mark.parametrize("domain", ["contact", "project", "rate"])
def test_figures_of_other_domains_are_recounted_too(people, domain):
    run = scored(domain)

    assert figures(run) == by_hand(domain, run.scored_at)


def test_a_figure_and_the_rows_behind_it_agree_page_by_page(mixed, people):
    for domain in ENTITY_TYPES:
        run = scored(domain)
        rules = rules_of(ENTITY_TYPES[domain])
        for each in run.scores.all():
            asked = Failing(domain, rules[each.rule], each.system_id, run.scored_at)
            found, after = [], ""
            while page := asked.ids(after, 2):
                found += page
                after = str(page[-1])
            assert len(found) == len(set(found)) == each.failed, each.rule
            assert [row[0] for row in fetch(asked.query())] == found


def test_a_rule_of_source_records_alone_is_not_asked_of_golden_ones():
    rule = rules_of(ENTITY_TYPES["client"])["timeliness.touched"]

    with pytest.raises(LookupError):
        Failing("client", rule, None, NOW).ids("", 1)


def test_people_and_weights_are_those_of_the_moment(mixed):
    ownership("client", "CRM")
    OwnershipRule.objects.update(steward="Sue")
    wanted = dict.fromkeys(Dimension, 1) | {Dimension.VALIDITY: 4}
    scoring.weigh("client", wanted, cause=cause(at=timezone.now()))
    work.drain()
    before = QualityRun.objects.latest("pk")
    scoring.weigh("client", dict.fromkeys(Dimension, 2), cause=cause(at=timezone.now()))
    OwnershipRule.objects.update(withdrawn_at=timezone.now())
    work.drain()

    named = before.scores.get(rule="validity.lei", system__code="CRM")
    assert (named.weight, named.accountable, named.steward) == (4, "Ann", "Sue")
    assert before.scores.filter(rule="timeliness.touched", system__code="ERP").get().weight == 1
    after = QualityRun.objects.latest("pk")
    assert set(after.scores.values_list("weight", flat=True)) == {2}
    assert after.scores.get(rule="validity.lei", system__code="CRM").accountable == ""
    said = Event.objects.filter(type="quality.weighed").order_by("pk").first()
    assert said.content["weights"]["validity"] == 4


@pytest.mark.parametrize("weight", [-1, 0])
def test_weights_that_weigh_nothing_are_refused(weight):
    with pytest.raises(ValueError, match="weights"):
        scoring.weigh("client", dict.fromkeys(Dimension, weight), cause=cause())


def test_a_scoring_that_lost_its_lease_keeps_nothing(mixed):
    scoring.ask(["client"], cause=cause())
    job = work_in_hand(scoring.WORK)
    work.cancel(job.work_id, cause=cause())

    with pytest.raises(work.LeaseLostError):
        scoring.score(job)

    assert not QualityRun.objects.exists()


def test_the_sweep_asks_for_domains_with_golden_records_once_a_night():
    golden_record()
    night = datetime(2026, 11, 20, 2, tzinfo=UTC)

    for hours in (0, 1, 23, 24):
        scoring.ask_at_night(night + timedelta(hours=hours))
        Work.objects.filter(kind=scoring.WORK).update(state="done")

    assert list(
        Work.objects.filter(kind=scoring.WORK).order_by("pk").values_list("subject", "created_at")
    ) == [("client", night), ("client", night + timedelta(hours=24))]


def tally(dimension, checked, failed, weight=1):
    return Tally(Dimension(dimension), checked, failed, weight)


@pytest.mark.parametrize(
    ("tallies", "score"),
    [
        ([], None),
        ([tally("validity", 10, 1)], 0.9),
        ([tally("validity", 10, 1), tally("validity", 90, 0)], 0.99),
        ([tally("validity", 10, 5, 3), tally("timeliness", 10, 0, 1)], 0.625),
        ([tally("validity", 10, 5, 0), tally("timeliness", 10, 0, 1)], 1.0),
        ([tally("validity", 10, 5, 0)], None),
    ],
)
def test_a_score_is_the_weighted_mean_of_its_dimensions(tallies, score):
    assert scorecard.score(tallies) == (score if score is None else pytest.approx(score))
