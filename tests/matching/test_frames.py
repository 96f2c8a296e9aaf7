import numpy as np
import pytest
from django.db import DataError
from psycopg import sql

from matching.domains import MODELS
from matching.domains.generic import generic_model
from matching.engine.constraints import ALONE
from matching.frames import _read, load
from mdm import golden
from mdm.golden import Merge
from tests.factories import LATER, cause, feed, golden_record, record
from tests.factories import load as load_file

pytestmark = pytest.mark.django_db

PROJECTS = generic_model("project", name="name", keys=["client", "code"])


def value(records, column, row=0):
    return records.frame.values(column, row)


def test_a_domain_without_records_is_an_empty_frame():
    records = load(MODELS["client"])

    assert len(records.frame) == 0
    assert len(records.versions) == len(records.golden) == 0


def test_records_come_in_order_of_their_ids_with_their_versions():
    crm = feed()
    load_file(crm, "Id,Name\n1,Acme\n2,Beta\n")
    load_file(crm, "Id,Name\n1,Acme\n2,Beta Ltd\n")

    records = load(MODELS["client"])

    assert np.all(np.diff(records.frame.record_ids) > 0)
    assert records.versions.tolist() == [1, 2]


def test_records_of_one_golden_record_share_a_number_and_unlinked_ones_have_none():
    together = record("A"), record("B")
    golden_record(*together)
    golden_record(record("C"))
    record("D")

    first, second, third, fourth = load(MODELS["client"]).golden

    assert first == second != third
    assert fourth == ALONE


def test_only_records_of_the_domain_are_read():
    record("A")
    record("P", domain="contact", family_name="Lee")

    assert len(load(MODELS["contact"]).frame) == 1


@pytest.mark.parametrize(
    "name",
    [
        'Say "Cheese", Ltd',
        "two\nlines",
        "two\r\nlines",
        "Ünïcødé 株式会社",
        "\\N",
        "NULL",
        "a,b;c\td",
    ],
)
def test_any_text_comes_through_as_it_is_stored(name):
    model = generic_model("project", name="name", keys=["code"])
    record("A", domain="project", name=name, code="same")
    record("B", domain="project", name=name, code="same")

    records = load(model)

    assert len(records.frame) == 2
    assert value(records, "name", 0) == value(records, "name", 1) != ()


def test_what_a_source_does_not_say_is_missing_and_so_is_an_empty_text():
    record("A", domain="project", name="Roof", code="")

    records = load(PROJECTS)

    assert value(records, "code") == value(records, "client") == ()


def test_parts_of_an_address_and_items_of_a_list_are_read_by_path():
    address = {
        "kind": "billing",
        "lines": ["1 High Street"],
        "postcode": "AB1 2CD",
        "country": "GB",
    }
    record("A", addresses=[address], former_names=["Old Acme", "Older Acme"])

    records = load(MODELS["client"])

    assert value(records, "postcode") == ("ab12cd",)
    assert any("old acme" in each for each in value(records, "name"))


def test_a_reference_is_the_golden_record_that_it_means_now():
    client = golden_record(record("C1"), record("E1", source="ERP"))
    for number, (system, key) in enumerate([("CRM", "C1"), ("ERP", "E1")]):
        reference = {"system": system, "key": key}
        record(f"P{number}", domain="project", name="Roof", client=reference)

    records = load(PROJECTS)

    assert value(records, "client", 0) == value(records, "client", 1)
    assert value(records, "client", 0)[0] == client.pk.hex


def test_a_reference_follows_its_client_into_a_merge():
    first, second = golden_record(record("C1")), golden_record(record("C2"))
    for key in ("C1", "C2"):
        record(f"P{key}", domain="project", name="Roof", client={"system": "CRM", "key": key})
    merge = Merge(frozenset([first.pk, second.pk]), "steward")
    before = load(PROJECTS)

    golden.merge("client", [merge], cause=cause(at=LATER))

    after = load(PROJECTS)
    assert value(before, "client", 0) != value(before, "client", 1)
    assert value(after, "client", 0) == value(after, "client", 1)


def test_a_reference_to_what_never_arrived_is_as_the_source_wrote_it():
    for system in ("CRM", "ERP"):
        reference = {"system": system, "key": "C9"}
        record("P", source=system, domain="project", name="Roof", client=reference)

    records = load(PROJECTS)

    assert value(records, "client", 0) != value(records, "client", 1)
    assert value(records, "client", 0) == ("crmc9",)


def test_what_goes_wrong_while_records_are_read_is_told_as_for_any_query():
    with pytest.raises(DataError):
        _read(sql.SQL("COPY (SELECT 1 / 0 AS id) TO STDOUT (FORMAT csv, HEADER)").format())
