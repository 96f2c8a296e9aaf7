"""A value that failed validation is kept, loses to a valid one, and stands when it is alone."""

import pytest

from mdm.models import GoldenRecord, SourceRecord
from tests.factories import feed, load, ownership

pytestmark = pytest.mark.django_db

MAPPING = {
    "key": "Id",
    "attributes": [
        {"attribute": "legal_name", "column": "Name"},
        {"attribute": "website", "column": "Site"},
    ],
}


@pytest.fixture
def feeds():
    ownership("client", "CRM", "ERP")
    return feed(mapping=MAPPING), feed(source="ERP", mapping=MAPPING)


def test_an_invalid_value_of_a_strong_source_loses_to_a_valid_one_of_a_weaker_one(feeds):
    crm, erp = feeds
    load(crm, "Id,Name,Site\nA,Acme Tools Ltd,see LinkedIn\n")
    assert golden().attributes["website"] == "see LinkedIn"

    load(erp, "Id,Name,Site\n1,Acme Tools Ltd,acme.com\n")

    assert golden().attributes["website"] == "https://acme.com"


def test_a_value_that_is_corrected_is_no_longer_doubtful(feeds):
    crm, _ = feeds
    load(crm, "Id,Name,Site\nA,Acme Tools Ltd,see LinkedIn\n")
    assert record().doubtful == ["website"]

    load(crm, "Id,Name,Site\nA,Acme Tools Ltd,acme.com\n")

    assert (record().doubtful, record().attributes["website"]) == ([], "https://acme.com")


def test_a_value_that_is_cleared_leaves_no_doubt(feeds):
    crm, _ = feeds
    load(crm, "Id,Name,Site\nA,Acme Tools Ltd,see LinkedIn\n")

    load(crm, "Id,Name,Site\nA,Acme Tools Ltd,\n")

    assert record().doubtful == []
    assert "website" not in record().attributes


def test_doubt_stays_while_other_values_change(feeds):
    crm, _ = feeds
    load(crm, "Id,Name,Site\nA,Acme Tools Ltd,see LinkedIn\n")
    names = feed(mapping={"key": "Id", "attributes": MAPPING["attributes"][:1]})

    load(names, "Id,Name\nA,Acme Tools plc\n")

    assert record().doubtful == ["website"]


def golden():
    return GoldenRecord.objects.standing().get()


def record():
    return SourceRecord.objects.get(system__code="CRM")
