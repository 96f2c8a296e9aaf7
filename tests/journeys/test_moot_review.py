"""A review is no longer asked for when the answer is there."""

import pytest
from django.utils import timezone

from matching.models import MatchPair
from mdm import invariants, work
from mdm.cause import Cause
from mdm.feeds import batches
from stewardship.models import StewardshipTask
from tests.factories import feed

pytestmark = pytest.mark.django_db

ATTRIBUTES = [
    {"attribute": name, "column": name}
    for name in ("given_name", "family_name", "role", "emails", "phones")
] + [{"attribute": "address", "parts": {"line1": "street", "city": "city", "postcode": "postcode"}}]
HEADER = "id,given_name,family_name,role,emails,phones,street,city,postcode"
TWO_WHO_MAY_BE_ONE = """
1,Ingrid,Brown,Legal Counsel,ingrid.brown@golex.example,+12025115736,134 Ridge Lane,Washington,20059
2,Ingrid,Brown,Lawyer,ingrid_brown@favia.example,,41 Birch Lane,Washington,20000
"""
ONE_WHO_IS_BOTH = """
3,Ingrid,Brown,Legal Counsel,ingrid_brown@favia.example,+12025115736,41 Birch Lane,Washington,20000
"""


def test_a_pair_that_waits_is_settled_when_a_third_record_brings_it_together():
    load("CRM", TWO_WHO_MAY_BE_ONE)
    waiting = MatchPair.objects.get(state="pending")
    assert StewardshipTask.objects.filter(state="open", subject=str(waiting.pk)).exists()

    load("ERP", ONE_WHO_IS_BOTH)

    assert [each.name for each in invariants.check() if each.count] == []
    assert not StewardshipTask.objects.filter(state="open").exists()


def load(source: str, rows: str) -> None:
    contacts = feed(
        source=source, domain="contact", mapping={"key": "id", "attributes": ATTRIBUTES}
    )
    content = (HEADER + rows).encode()
    cause = Cause(timezone.now(), "user:ann", "ts-test")
    batches.receive(contacts, "contacts.csv", [content], cause=cause)
    work.drain()
