import orjson
import pytest

from tests.factories import feed, golden_record, record

pytestmark = pytest.mark.django_db

MAY = ("*:read", "client:send", "client:match", "client:claim", "client:steward", "see:internal")


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/api/v1/xref/CRM/client/A%00", "source_key"),
        ("/api/v1/xref/CRM/client?key=A%00", "key"),
        ("/api/v1/xref/translate?domain=client&from=CRM:A%00&to=ERP", "from"),
        ("/api/v1/xref/translate?domain=client&from=CRM:A&to=E%00", "to"),
        ("/api/v1/golden/client?legal_name=A%00", "legal_name"),
        ("/api/v1/golden/client?search=%00", "search"),
        ("/api/v1/events/golden%00", "event_type"),
        ("/api/v1/nowhere%00", "address"),
    ],
)
def test_nul_in_an_address_is_a_problem_that_names_the_parameter(machine, address, field):
    answer = machine(*MAY).get(address)

    said = answer.json()
    assert (answer.status_code, said["type"]) == (400, "/problems/invalid")
    assert answer["content-type"] == "application/problem+json"
    assert [each["field"] for each in said["errors"]] == [field]


@pytest.mark.parametrize(
    ("method", "address", "body", "field"),
    [
        ("post", "sources/CRM/client/records", {"records": [{"Id": "A", "Name": "x\0"}]},
         "records[0].Name"),
        ("post", "sources/CRM/client/records?feed=c%00", {"records": [{"Id": "A"}]}, "feed"),
        ("post", "client/match", {"attributes": {"former_names": ["a", "b\0"]}},
         "attributes.former_names[1]"),
        ("post", "client/match", {"attributes": {"legal_name\0": "a"}}, "attributes.legal_name"),
        ("post", "xref/resolve",
         {"items": [{"system": "CRM", "domain": "client", "source_key": "\0"}]},
         "items[0].source_key"),
        ("put", "xref/CRM/client?key=A%00", {"golden_id": "x"}, "key"),
        ("post", "client/decisions", {"left": {"system": "C\0"}}, "left.system"),
        ("post", "xref/resolve", "\0", "body"),
    ],
)  # fmt: skip
def test_nul_in_a_body_is_a_problem_that_names_its_place(machine, method, address, body, field):
    feed("crm", mode="delta")
    ask = getattr(machine(*MAY), method)

    answer = ask(f"/api/v1/{address}", orjson.dumps(body), "application/json")

    assert answer.status_code == 400, answer.content
    assert [each["field"] for each in answer.json()["errors"]] == [field]


def test_a_reason_with_nul_is_refused(machine):
    made = golden_record(record("A"))
    body = orjson.dumps({"attribute": "industry", "value": "Mining", "reason": "why\0"})

    answer = machine(*MAY).post(f"/api/v1/golden/client/{made.pk}/pin", body, "application/json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "reason")


def test_pages_refuse_it_too(sign_in):
    assert sign_in("steward").get("/search?q=%00").status_code == 400
