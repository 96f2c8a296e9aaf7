import json
from urllib.parse import quote

import pytest
from django.db import connection

from mdm import crosswalk
from mdm.api import quick
from tests.factories import golden_record, record
from tests.wsgi import asked

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/xref/CRM/client/A"
CHANGING = {"Date", "X-Correlation-ID", "X-Request-ID", "traceparent", "RateLimit"}
WHOLE = {"accept": "application/json, text/html;q=0.1"}  # no plain question: it goes the whole way


def nothing_else(_environ, _start):
    raise AssertionError("it went the whole way")


def asked_quickly(caller, address, headers=None):
    return asked(caller, address, headers, whole=nothing_else)


def test_the_quick_way_answers_as_the_whole_one_does(machine):
    golden_record(record("A"), record("1", source="ERP"))
    caller = machine("client:read", "see:internal")

    quick, whole = asked_quickly(caller, ADDRESS), asked(caller, ADDRESS, WHOLE)

    assert json.loads(quick.content) == json.loads(whole.content)
    told = [{name: value for name, value in each.items() if name not in CHANGING}
            for each in (quick, whole)]  # fmt: skip
    assert told[0] == told[1]
    assert quick["RateLimit"] > whole["RateLimit"]


@pytest.mark.parametrize("key", ["a/b c%d", "Größe 会社", "x" * 512])
def test_a_key_of_any_letters_goes_the_quick_way(machine, key):
    golden_record(record(key))

    answer = asked_quickly(machine("client:read"), f"/api/v1/xref/CRM/client/{quote(key)}")

    assert json.loads(answer.content)["source_key"] == key


def test_ids_that_the_caller_offers_come_back(machine):
    golden_record(record("A"))
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    answer = asked_quickly(
        machine("client:read"), ADDRESS, {"x-correlation-id": "case-17", "traceparent": trace}
    )

    assert answer["X-Correlation-ID"] == "case-17"
    assert answer["traceparent"].split("-")[1] == trace.split("-")[1]


@pytest.mark.parametrize(
    ("scopes", "address", "status"),
    [
        (("client:read",), "/api/v1/xref/CRM/client/Z", 404),
        (("client:read",), "/api/v1/xref/CRM/client/%ff", 404),
        (("client:read",), "/api/v1/xref/CRM/client/%00", 400),
        (("contact:read",), ADDRESS, 403),
        ((), ADDRESS, 403),
        (("client:read",), f"{ADDRESS}?as_of=nonsense", 400),
    ],
)
def test_refusals_are_those_of_the_whole_way(machine, scopes, address, status):
    golden_record(record("A"))

    answer = asked(machine(*scopes), address)

    assert (answer.status_code, answer["content-type"]) == (status, "application/problem+json")


def test_a_question_takes_one_query_once_the_key_is_known(machine, django_assert_num_queries):
    golden_record(record("A"))
    caller = machine("client:read")
    asked_quickly(caller, ADDRESS)

    with django_assert_num_queries(1):
        asked_quickly(caller, ADDRESS)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_database_has_ended_is_made_anew(machine):
    golden_record(record("A"))
    caller = machine("client:read")
    before = asked_quickly(caller, ADDRESS)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    finally:
        other.close()

    after = asked_quickly(caller, ADDRESS)

    assert (before.status_code, after.status_code) == (200, 200)
    assert after.content == before.content


def test_a_caller_that_asks_too_much_is_told_so(machine, settings):
    settings.API_RATE = "2/min"
    golden_record(record("A"))
    caller = machine("client:read")

    answers = [asked(caller, ADDRESS) for _ in range(3)]

    assert [each.status_code for each in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"]


def test_an_address_that_no_host_of_the_hub_has_is_refused(machine):
    golden_record(record("A"))

    answer = asked(machine("client:read"), ADDRESS, {"host": "elsewhere.example"})

    assert (answer.status_code, answer["content-type"]) == (400, "application/problem+json")


def test_where_tls_is_asked_for_a_question_without_it_is_sent_on(machine, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SECURE_HSTS_SECONDS = 60
    golden_record(record("A"))
    caller = machine("client:read")

    sent_on = asked(caller, ADDRESS)
    secure = [asked_quickly(caller, ADDRESS, {"x-forwarded-proto": "https"}),
              asked(caller, ADDRESS, {"x-forwarded-proto": "https", **WHOLE})]  # fmt: skip

    assert sent_on.status_code == 301
    assert [each["Strict-Transport-Security"] for each in secure] == ["max-age=60"] * 2


def test_what_fails_on_the_quick_way_goes_the_whole_one(machine, monkeypatch):
    golden_record(record("A"))
    caller = machine("client:read", "see:internal")
    monkeypatch.setattr(quick, "xref_answer", lambda *_: 1 / 0)

    assert json.loads(asked(caller, ADDRESS).content)["status"] == "active"


def test_what_fails_on_both_ways_is_a_problem(machine, monkeypatch):
    caller = machine("client:read")
    monkeypatch.setattr(crosswalk, "resolve", lambda *_: 1 / 0)

    answer = asked(caller, ADDRESS)

    assert (answer.status_code, answer["content-type"]) == (500, "application/problem+json")
