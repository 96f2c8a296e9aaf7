import pytest
from django.db import connection

from mdm import crosswalk
from mdm.api import quick
from tests.factories import golden_record, record

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/xref/CRM/client/A"
CHANGING = {"Date", "X-Correlation-ID", "X-Request-ID", "traceparent", "RateLimit"}
WHOLE = {"accept": "application/json, text/html;q=0.1"}  # no plain question: it goes the whole way


def test_the_quick_way_answers_as_the_whole_one_does(machine):
    golden_record(record("A"), record("1", source="ERP"))
    caller = machine("client:read", "see:internal")

    quick, whole = caller.get(ADDRESS), caller.get(ADDRESS, headers=WHOLE)

    assert quick.json() == whole.json()
    told = [{name: value for name, value in each.items() if name not in CHANGING}
            for each in (quick, whole)]  # fmt: skip
    assert told[0] == told[1]
    assert quick["RateLimit"] > whole["RateLimit"]


@pytest.mark.parametrize(
    ("scopes", "address", "status"),
    [
        (("client:read",), "/api/v1/xref/CRM/client/Z", 404),
        (("contact:read",), ADDRESS, 403),
        ((), ADDRESS, 403),
        (("client:read",), f"{ADDRESS}?as_of=nonsense", 400),
    ],
)
def test_refusals_are_those_of_the_whole_way(machine, scopes, address, status):
    golden_record(record("A"))

    answer = machine(*scopes).get(address)

    assert (answer.status_code, answer["content-type"]) == (status, "application/problem+json")


def test_a_question_takes_one_query_once_the_key_is_known(machine, django_assert_num_queries):
    golden_record(record("A"))
    caller = machine("client:read")
    caller.get(ADDRESS)

    with django_assert_num_queries(1):
        caller.get(ADDRESS)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_database_has_ended_is_made_anew(machine):
    golden_record(record("A"))
    caller = machine("client:read")
    before = caller.get(ADDRESS)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    finally:
        other.close()

    after = caller.get(ADDRESS)

    assert (before.status_code, after.status_code) == (200, 200)
    assert after.json() == before.json()


def test_a_caller_that_asks_too_much_is_told_so(machine, settings):
    settings.API_RATE = "2/min"
    golden_record(record("A"))
    caller = machine("client:read")

    answers = [caller.get(ADDRESS) for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"]


def test_an_address_that_no_host_of_the_hub_has_is_refused(machine):
    golden_record(record("A"))

    answer = machine("client:read").get(ADDRESS, headers={"host": "elsewhere.example"})

    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")


def test_what_fails_on_the_quick_way_goes_the_whole_one(machine, monkeypatch):
    golden_record(record("A"))
    caller = machine("client:read", "see:internal")
    monkeypatch.setattr(quick, "xref_answer", lambda *_: 1 / 0)

    assert caller.get(ADDRESS).json()["status"] == "active"


def test_what_fails_on_both_ways_is_a_problem(machine, monkeypatch):
    caller = machine("client:read")
    monkeypatch.setattr(crosswalk, "resolve", lambda *_: 1 / 0)

    answer = caller.get(ADDRESS)

    assert (answer.status_code, answer["content-type"]) == (500, "application/problem+json")
