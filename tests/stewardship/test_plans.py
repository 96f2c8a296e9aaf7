"""What a search asks for is read along indexes, however many records there are."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from matching.domains import MODELS
from matching.index.keeping import bring_up_to_date
from mdm import crosswalk
from mdm.bulk import execute
from stewardship import searching
from tests.factories import golden_record, record
from tests.plans import MANY, multiply, plans_of, read_along, read_whole

pytestmark = pytest.mark.django_db

RECORDS = {"mdm_sourcerecord", "mdm_crosswalklink", "mdm_goldenrecord"}


@pytest.fixture
def steward(sign_in):
    sign_in("steward")
    return User.objects.get(username="steward")


@pytest.fixture
def found():
    """A golden record with an e-mail and a phone number, among very many others."""
    one = record(
        "A-1", domain="contact", given_name="Zoe", family_name="Quist",
        emails=["zoe@acme.com"], phones=["+442079460000"],
    )  # fmt: skip
    made = golden_record(one)
    bring_up_to_date(MODELS["contact"], at=timezone.now())
    for table, changes in {
        "mdm_goldenrecord": "'id', md5(n::text)::uuid, 'search_text', md5(n::text)",
        "mdm_sourcerecord": "'id', 1000000 + n, 'source_key', 'X' || n",
        "mdm_crosswalklink": (
            "'id', 1000000 + n, 'record_id', 1000000 + n, 'golden_id', md5(n::text)::uuid"
        ),
    }.items():
        multiply(table, changes)
    return made


def fill_index(domain):
    """Keys, forms and counts of very many others in the match index."""
    for kind, columns in {
        "keys": "n, 0, 1000000 + n", "forms": "1000000 + n, 1, '[]'", "counts": "n, 2"
    }.items():  # fmt: skip
        table = f"matching_index_{domain}_{kind}"
        execute(f"INSERT INTO {table} SELECT {columns} FROM generate_series(1, {MANY}) n")
        execute(f"ANALYZE {table}")


def test_a_search_for_what_is_spelt_alike_reads_along_trigrams(steward, found):
    steps = plans_of(lambda: searching.alike(steward, "zoe qist"))

    assert "golden_records_by_trigram" in read_along(steps)
    assert not read_whole(steps) & RECORDS


@pytest.mark.parametrize("query", ["A-1", "crm:A-1"])
def test_an_id_of_any_system_is_looked_up(steward, found, query):
    steps = plans_of(lambda: list(searching._by_key(["client", "contact"], query)))

    assert not read_whole(steps) & RECORDS


def test_ids_and_references_are_resolved_along_indexes(found):
    steps = plans_of(
        lambda: (
            crosswalk.resolve("CRM", "contact", "A-1"),
            crosswalk.resolve_golden(found.pk),
            crosswalk.resolve_across([("contact", "CRM", "A-1")]),
        )
    )

    assert not read_whole(steps) & RECORDS


@pytest.mark.parametrize("query", ["zoe@acme.com", "+44 20 7946 0000"])
def test_e_mails_and_phone_numbers_are_found_by_match_keys(steward, found, query):
    fill_index("contact")

    steps = plans_of(lambda: searching.at_once(steward, query))

    tables = {f"matching_index_contact_{kind}" for kind in ("keys", "forms", "counts")}
    assert not read_whole(steps) & (tables | RECORDS)
    assert any("matching_index_contact_keys" in each for each in read_along(steps))
