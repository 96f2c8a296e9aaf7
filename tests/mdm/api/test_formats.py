import pytest

from mdm import work
from mdm.models import FeedBatch, SourceRecord
from tests.factories import feed

pytestmark = pytest.mark.django_db

MAY = ("client:read", "client:send", "client:match", "see:internal")


@pytest.fixture
def send(machine):
    feed("crm", mode="delta")
    caller = machine(*MAY)
    address = "/api/v1/sources/CRM/client/records"
    return lambda body, **headers: caller.post(address, body, "application/json", headers=headers)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"records": [{"Id": "A"}, {"Id": "B", "Name": "x", "Name": "y"}]}', "records[1].Name"),
        ('{"records": [{"Id": "A", "at": {"Town": "x", "Town": "y"}}]}', "records[0].at.Town"),
        ('{"records": [{"Id": "A"}], "records": [{"Id": "B"}]}', "records"),
        ('{"records": [{"Id": "A"}, {"Id": "B", "x": ' + '{"x": ' * 40 + "1" + "}" * 41 + "]}",
         "records[1]"),
        ('{"records": [{"Id": "A", "a.b": 1, "a": {"b": 2}}]}', "records[0]"),
    ],
)  # fmt: skip
def test_a_body_that_says_a_thing_twice_or_too_deep_is_refused_with_its_place(send, body, field):
    answer = send(body, Prefer="wait=1")

    assert answer.status_code == 400, answer.content
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert not FeedBatch.objects.exists()


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999", "'x'", "01"])
def test_what_is_no_json_is_refused(send, value):
    answer = send(f'{{"records": [{{"Id": {value}}}]}}')

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/parse-error")


def test_a_long_number_loses_no_digit(send):
    send('{"records": [{"Id": 12345678901234567890123, "Name": "Acme Ltd"}]}')
    work.drain()

    assert SourceRecord.objects.get().source_key == "12345678901234567890123"


def test_a_key_that_is_a_list_is_no_key(send, settings):
    settings.CREATE_AFTER_SEARCH = ["client"]

    assert send('{"records": [{"Id": ["A", "B"]}, {"Name": "x"}]}').status_code == 428
