"""The pages of data quality: figures lead to the very records, for those who may see them."""

import pytest
from django.utils import timezone

from mdm import work
from mdm.quality import scoring
from tests.factories import cause, golden_record, ownership, record

pytestmark = pytest.mark.django_db

VAT = "GB123456789"


def text(answer):
    return answer.content.decode()


def score(*domains):
    scoring.ask(domains or ["client"], cause=cause(at=timezone.now()))
    work.drain()


@pytest.fixture
def clients():
    ownership("client", "CRM", "ERP")
    golden_record(record("A", tax_id=VAT, industry="Law"), record("1", source="ERP", industry="X"))
    golden_record(record("B", tax_id=VAT))
    golden_record(record("C", phone="+442079460000"))
    score()


def test_the_scorecard_takes_few_queries_and_leads_to_rules_and_records(
    sign_in, clients, django_assert_max_num_queries
):
    owner = sign_in("domain-owner")
    with django_assert_max_num_queries(12):
        page = text(owner.get("/quality"))
    assert "/quality/client?dimension=uniqueness&amp;system=CRM" in page
    with django_assert_max_num_queries(12):
        rules = text(owner.get("/quality/client?dimension=uniqueness&system=CRM"))
    assert "/quality/client/failing?rule=uniqueness.tax_id&amp;system=CRM" in rules
    with django_assert_max_num_queries(12):
        rows = text(owner.get("/quality/client/failing?rule=uniqueness.tax_id&system=CRM"))
    assert "CRM:A" in rows
    assert "CRM:B" in rows
    assert "CRM:C" not in rows
    assert VAT in rows
