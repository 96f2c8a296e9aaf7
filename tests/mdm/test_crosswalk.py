from uuid import uuid4

import pytest

from mdm import crosswalk, golden, sources
from tests.factories import cause, golden_record, record, system

pytestmark = pytest.mark.django_db


def test_an_identifier_resolves_to_its_golden_record_and_all_siblings():
    made = golden_record(record("A"), record("1", source="ERP"))

    found = crosswalk.resolve("CRM", "client", "A")

    assert (found.status, found.golden_id, found.title) == ("active", made.pk, made.title)
    assert [(each.system, each.source_key) for each in found.identifiers] == [
        ("CRM", "A"),
        ("ERP", "1"),
    ]


def test_an_identifier_that_no_system_sent_is_unknown():
    system("CRM")

    assert crosswalk.resolve("CRM", "client", "A").status == "unknown"


def test_a_source_record_without_a_golden_record_is_unmatched():
    record("A")

    found = crosswalk.resolve("CRM", "client", "A")

    assert (found.status, found.golden_id) == ("unmatched", None)


def test_an_identifier_that_its_system_deleted_is_inactive_and_still_resolves():
    crm = record("A")
    made = golden_record(crm, record("1", source="ERP"))
    sources.inactivate([crm.pk], cause=cause())
    golden.rebuild("client", [made.pk], cause=cause())

    found = crosswalk.resolve("CRM", "client", "A")

    assert (found.status, found.golden_id) == ("inactive", made.pk)


def test_an_id_that_never_was_leads_nowhere():
    assert crosswalk.follow(uuid4()) is None


def test_references_resolve_together_in_one_query(django_assert_num_queries):
    made = {key: golden_record(record(key)).pk for key in "ABC"}

    with django_assert_num_queries(1):
        found = crosswalk.resolve_references(
            "client", [("CRM", "A"), ("CRM", "C"), ("ERP", "A"), ("CRM", "Z")]
        )

    assert found == {("CRM", "A"): made["A"], ("CRM", "C"): made["C"]}
