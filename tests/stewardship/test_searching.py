import json

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from matching.domains import MODELS
from matching.index.keeping import bring_up_to_date
from mdm.bulk import execute, fetch
from stewardship import searching
from tests.factories import golden_record, merge_goldens, record
from tests.stewardship.waiting import task

pytestmark = pytest.mark.django_db


def text(answer):
    return answer.content.decode()


@pytest.fixture
def viewer(sign_in):
    return sign_in("viewer")


@pytest.mark.parametrize("query", ["acme", "ACME T", "A-1", "crm:A-1"])
def test_names_are_found_by_their_beginning_and_records_by_their_id(viewer, query):
    made = golden_record(record("A-1", legal_name="Acme Tools Ltd"))
    golden_record(record("B-2", legal_name="Beta Partners"))

    page = text(viewer.get("/search", {"q": query}, follow=True))

    assert str(made.pk) in page
    assert "Beta Partners" not in page


def test_an_old_golden_id_leads_to_the_record_that_it_was_merged_into(viewer):
    one, other = golden_record(record("A")), golden_record(record("B"))
    survivor = merge_goldens(one, other)
    old = ({one.pk, other.pk} - {survivor}).pop()

    answer = viewer.get("/search", {"q": str(old)})

    assert answer.url == f"/client/{survivor}"


def test_match_keys_find_a_name_that_begins_otherwise(viewer):
    made = golden_record(record("A", legal_name="Acme Tools Ltd"))
    bring_up_to_date(MODELS["client"], at=timezone.now())

    hits = searching.at_once(User.objects.get(username="viewer"), "Tools Acme Ltd")

    assert [hit.golden_id for hit in hits] == [made.pk]


def test_typing_errors_are_forgiven_by_the_second_wave(viewer):
    golden_record(record("A", legal_name="Northwind Logistics"))

    first = text(viewer.get("/search", {"q": "nortwind"}))
    second = text(viewer.get("/search/alike", {"q": "nortwind"}))

    assert "Northwind" not in first
    assert "Northwind Logistics" in second


def test_people_are_found_by_e_mail_by_whoever_may_see_e_mails(sign_in):
    sign_in("steward"), sign_in("viewer")
    made = golden_record(
        record(
            "P", domain="contact", given_name="Zoe", family_name="Quist", emails=["zoe@acme.com"]
        )
    )
    bring_up_to_date(MODELS["contact"], at=timezone.now())
    actors = [User.objects.get(username=name) for name in ("steward", "viewer")]

    found = [searching.at_once(actor, "zoe@acme.com") for actor in actors]

    assert [[hit.golden_id for hit in hits] for hits in found] == [[made.pk], []]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("+442079460000", True),
        ("+44 20 7946 0000", True),
        ("+44 (0)20 7946-0000", True),
        ("0044 20 7946 0000", True),
        ("+44 20 7946 0001", False),
    ],
)
def test_a_phone_number_is_found_however_it_is_written(sign_in, query, found):
    steward = sign_in("steward")
    made = golden_record(
        record("P", domain="contact", family_name="Quist", phones=["+442079460000"])
    )
    bring_up_to_date(MODELS["contact"], at=timezone.now())

    page = text(steward.get("/search", {"q": query}))

    assert (str(made.pk) in page) == found


def test_a_firm_is_found_by_its_phone_number(sign_in):
    steward = sign_in("steward")
    made = golden_record(record("A", legal_name="Acme Ltd", phone="+442079460000"))
    bring_up_to_date(MODELS["client"], at=timezone.now())

    assert str(made.pk) in text(steward.get("/search", {"q": "+44 20 7946 0000"}))


@pytest.mark.parametrize("query", ["zoe@acme.com", "Zoe@ACME.com "])
def test_the_page_of_a_search_shows_whose_e_mail_it_is(sign_in, query):
    steward = sign_in("steward")
    golden_record(record("P", domain="contact", family_name="Quist", emails=["zoe@acme.com"]))
    bring_up_to_date(MODELS["contact"], at=timezone.now())

    assert "Quist" in text(steward.get("/search", {"q": query}))


@pytest.mark.parametrize("query", ["E-77", "erp:E-77", "ERP: E-77"])
def test_the_id_of_any_system_leads_to_the_golden_record(viewer, query):
    made = golden_record(record("A"), record("E-77", source="ERP"))
    golden_record(record("E-78", source="ERP"))

    answer = viewer.get("/search", {"q": query})

    assert answer.url == f"/client/{made.pk}"


@pytest.mark.parametrize(
    "query", ["northwnid logistics", "nothwind", "northwind logistcs", "north wind logistics"]
)
def test_a_name_is_found_whatever_is_mistyped_in_it(viewer, query):
    golden_record(record("A", legal_name="Northwind Logistics"))
    golden_record(record("B", legal_name="Contoso Partners"))

    page = text(viewer.get("/search", {"q": query, "alike": "1"}))

    assert "Northwind Logistics" in page
    assert "Contoso" not in page


def test_names_that_a_person_may_not_see_are_not_searched_by(viewer):
    golden_record(record("P", domain="contact", given_name="Zoe", family_name="Quist"))

    assert "Quist" not in text(viewer.get("/search", {"q": "zoe"}))
    assert "Quist" not in text(viewer.get("/search/alike", {"q": "zoe qist"}))


SEEDED = """
    INSERT INTO mdm_goldenrecord (id, domain, title, search_text, attributes, provenance, status,
                                  version, created_at, changed_at)
    SELECT gen_random_uuid(), 'client', 'x', md5(n::text), '{}', '{}', 'active', 1, now(), now()
    FROM generate_series(1, 20000) n
"""


def test_beginnings_of_names_are_read_along_their_index():
    execute(SEEDED)
    execute("ANALYZE mdm_goldenrecord")
    some = searching.beginning("client", "abcd").values("pk")[: searching.MOST]

    query, parameters = some.query.sql_with_params()
    ((plan,),) = fetch(f"EXPLAIN (FORMAT JSON) {query}", parameters)

    assert "golden_records_by_beginning" in json.dumps(plan)


def test_home_says_what_waits_and_keeps_to_its_budget(sign_in, django_assert_max_num_queries):
    steward = sign_in("steward")
    task(), task("contested_pin", assignee="steward")
    steward.get("/")

    with django_assert_max_num_queries(12):
        page = text(steward.get("/"))

    assert "Match review" in page
    assert "Mine: 1" in page


@pytest.mark.parametrize(
    "address", ["/search?q=acme", "/search?q=zoe@acme.com", "/search/alike?q=akme"]
)
def test_searches_keep_to_their_budget(sign_in, django_assert_max_num_queries, address):
    golden_record(record("A", legal_name="Acme Tools Ltd"))
    golden_record(record("P", domain="contact", family_name="Quist", emails=["zoe@acme.com"]))
    for model in MODELS.values():
        bring_up_to_date(model, at=timezone.now())
    steward = sign_in("steward")
    steward.get(address)

    with django_assert_max_num_queries(12):
        assert steward.get(address).status_code == 200


def test_the_second_wave_leaves_out_what_is_shown_already(viewer):
    made = golden_record(record("A", legal_name="Northwind Logistics"))

    page = text(viewer.get("/search/alike", {"q": "nortwind", "shown": made.pk.hex[-12:]}))

    assert "Northwind Logistics" not in page


def test_any_two_records_are_told_why_they_are_not_one(sign_in):
    record("A", legal_name="Acme Ltd"), record("B", legal_name="Zebra GmbH")

    page = text(
        sign_in("steward").get("/why-not", {"domain": "client", "left": "CRM:A", "right": "CRM:B"})
    )

    assert "Nothing brings them together" in page
    assert "bits are missing" in page


def test_a_golden_record_shows_whom_it_is_related_to_and_what_waits(sign_in):
    made = golden_record(record("A", legal_name="Acme"))
    golden_record(record("P", domain="project", name="Moon", client={"system": "CRM", "key": "A"}))
    task("relationship", subject=made.pk, summary="Has different parents on the same day")

    page = text(sign_in("steward").get(f"/client/{made.pk}"))

    assert "Moon" in page
    assert "Has different parents" in page
