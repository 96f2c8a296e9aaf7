import pytest

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
