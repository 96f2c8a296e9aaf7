import orjson
import pytest

from mdm.models import ApiClient
from tests.factories import feed, golden_record, record, system

pytestmark = pytest.mark.django_db

MAY = ("client:read", "client:claim", "see:internal")


def put(caller, key, golden, **more):
    body = orjson.dumps({"golden_id": str(golden.pk)})
    return caller.put(f"/api/v1/xref/ERP/client/{key}", body, "application/json", **more)


@pytest.fixture
def made():
    feed("erp", source="ERP")
    return golden_record(record("A"))


def test_an_identifier_is_claimed_and_resolved(machine, made):
    caller = machine(*MAY)

    first, again = put(caller, "E/1", made), put(caller, "E/1", made)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["golden_id"] == str(made.pk)
    assert (first.json()["status"], first.json()["method"]) == ("active", "claim")
    assert caller.get("/api/v1/xref/ERP/client/E/1").json() == again.json()


def test_whoever_comes_second_is_told_both_golden_ids(machine, made):
    caller, other = machine(*MAY), golden_record(record("B"))
    put(caller, "E1", made)

    answer = put(caller, "E1", other)

    said = answer.json()
    assert (answer.status_code, said["type"]) == (409, "/problems/conflict")
    assert (said["claimed_for"], said["held_by"]) == (str(other.pk), [str(made.pk)])


def test_a_key_that_only_reads_does_not_claim(machine, made):
    assert put(machine("client:read"), "E1", made).status_code == 403


def test_a_key_of_one_system_does_not_claim_for_another(machine, made):
    caller = machine(*MAY)
    ApiClient.objects.update(system=system("CRM"))

    answer = put(caller, "E1", made)

    assert answer.status_code == 403
    assert "CRM" in answer.json()["detail"]


@pytest.mark.parametrize("key", ["x" * 513, " E1", "E1 "])
def test_what_no_feed_could_fill_is_not_claimed(machine, made, key):
    answer = put(machine(*MAY), key, made)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "source_key")


def test_a_golden_id_is_asked_for(machine, made):
    answer = machine(*MAY).put("/api/v1/xref/ERP/client?key=E1", b"{}", "application/json")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "golden_id")
