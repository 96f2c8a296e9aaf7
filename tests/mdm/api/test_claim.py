import orjson
import pytest

from mdm.models import ApiClient, GoldenRecord
from tests.factories import feed, golden_record, merge_goldens, record, system

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


def test_an_identifier_is_claimed_for_a_golden_record_as_it_was_seen(machine, made):
    caller, address = machine(*MAY), f"/api/v1/golden/client/{made.pk}"
    etag = caller.get(address)["ETag"]

    first = put(caller, "E1", made, headers={"if-match": etag})
    again = put(caller, "E1", made, headers={"if-match": etag})
    late = put(caller, "E2", made, headers={"if-match": etag})
    new = put(caller, "E2", made, headers={"if-match": caller.get(address)["ETag"]})

    assert [each.status_code for each in (first, again, late, new)] == [201, 200, 412, 201]
    assert late.json()["type"] == "/problems/precondition-failed"


def test_a_refused_claim_leaves_nothing_behind(machine, made):
    caller = machine(*MAY)

    late = put(caller, "E1", made, headers={"if-match": '"v9-0"'})

    assert late.status_code == 412
    assert caller.get("/api/v1/xref/ERP/client/E1").status_code == 404


def test_what_was_merged_away_is_not_claimed_for_by_whoever_saw_it_before(machine, made):
    caller, other = machine(*MAY), golden_record(record("B"))
    etags = [caller.get(f"/api/v1/golden/client/{each.pk}")["ETag"] for each in (made, other)]
    merge_goldens(made, other)
    [gone] = [each for each in (made, other) if GoldenRecord.objects.get(pk=each.pk).merged_into_id]

    seen = put(caller, "E1", gone, headers={"if-match": ", ".join(etags)})
    unseen = put(caller, "E1", gone)

    assert (seen.status_code, unseen.status_code) == (412, 201)
