"""What one system has and another lacks, counted in another way."""

from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from mdm.models import (
    CrosswalkLink,
    EffectiveRate,
    ExposureFact,
    GoldenRecord,
    SourceRecord,
    SourceSystem,
)
from tests.factories import (
    NOW,
    golden_record,
    record,
    reference,
)
from tests.stewardship.reports.reading import (
    column,
    made,
)
from tests.stewardship.waiting import waiting_pair

pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds():
    record("X", domain="client")
    record("Y", source="ERP", domain="client")
    SourceSystem.objects.filter(code="CRM").update(kind="crm")
    SourceSystem.objects.filter(code="ERP").update(kind="erp")


def test_loose_ends_are_those_that_a_count_by_record_finds(kinds):
    both = golden_record(record("A"), record("1", source="ERP"))
    golden_record(record("B"))
    golden_record(record("2", source="ERP"))
    known = SourceRecord.objects.get(source_key="A")
    whole = record(
        "P1", source="ERP", domain="project", name="Audit", client=reference(known),
        contract_number="C-1",
    )  # fmt: skip
    golden_record(whole)
    golden_record(record("P2", source="ERP", domain="project", name="Tax"))

    found = made("loose-ends")

    expected = Counter()
    for golden in GoldenRecord.objects.filter(domain="client"):
        links = CrosswalkLink.objects.filter(golden=golden, unlinked_at=None)
        codes = set(links.values_list("record__system__code", flat=True))
        expected["client in ERP, not in CRM"] += codes == {"ERP"}
        expected["client in CRM, not in ERP"] += codes == {"CRM"}
    projects = GoldenRecord.objects.filter(domain="project")
    expected["project without a client"] = sum("client" not in p.attributes for p in projects)
    expected["project without a contract"] = sum(
        "contract_number" not in p.attributes for p in projects
    )
    expected["project without a rate"] = projects.count()
    totals = dict(found.totals)
    assert totals.pop("duplicate still open") == 0
    assert totals == expected
    assert Counter(column(found, "what")) == +expected
    assert both.title not in column(found, "record")


def test_a_project_whose_client_has_a_rate_has_one(kinds):
    known = record("A")
    client = golden_record(known)
    golden_record(
        record("P1", source="ERP", domain="project", name="Audit", client=reference(known))
    )
    EffectiveRate.objects.create(
        golden=client, scope="client", scope_key=str(client.pk), role="audit", unit="hour",
        labour_category="Audit", currency="GBP", amount=100, period=DateRange(date(2026, 1, 1)),
    )  # fmt: skip

    assert dict(made("loose-ends").totals)["project without a rate"] == 0


def test_a_pair_that_waits_is_a_duplicate_that_is_still_open_with_the_money_on_both_sides():
    pair = waiting_pair()
    for record_id, amount in ((pair.left_id, 100), (pair.right_id, 25)):
        ExposureFact.objects.create(
            record_id=record_id, kind="open_receivables", as_of=NOW.date(), amount=amount,
            currency="GBP",
        )  # fmt: skip

    found = made("loose-ends")

    assert dict(found.totals)["duplicate still open"] == 1
    [open_one] = [row for row in found.rows if row.values[0] == "duplicate still open"]
    assert open_one.values[1:] == ("Acme Brands / Acme Group", Decimal(125))
    assert open_one.url == f"/pairs/{pair.pk}"
