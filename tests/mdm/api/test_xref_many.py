import orjson
import pytest

from matching import decisions
from matching.models import ClusterDecision
from mdm import golden, lifecycle
from mdm.golden import Merge
from mdm.models import SourceRecord
from tests.factories import (
    LATER,
    cause,
    golden_of,
    golden_record,
    merge_goldens,
    record,
    split_off,
    steward_links,
)

pytestmark = pytest.mark.django_db

ALL = ("*:read", "see:internal", "see:personal", "see:restricted")


def post(caller, address, body):
    return caller.post(f"/api/v1/xref/{address}", orjson.dumps(body), "application/json")


def asked(key, system="CRM", **more):
    return {"system": system, "domain": "client", "source_key": key, **more}


@pytest.mark.parametrize(
    "key",
    ["a/b", "/a", "a//b", "a b", "100%", "%2F", "a\nb", "Ünïcødé 株式会社", "x" * 512, "..", "?#"],
)
def test_any_key_can_be_asked_for_as_a_parameter(machine, key):
    golden_record(record(key))

    answer = machine(*ALL).get("/api/v1/xref/CRM/client", {"key": key})

    assert (answer.status_code, answer.json()["source_key"]) == (200, key)


def test_a_missing_key_parameter_is_a_problem_that_names_it(machine):
    answer = machine(*ALL).get("/api/v1/xref/CRM/client")

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "key"


def of_an_active():
    golden_record(record("A"))


def of_an_inactive():
    golden_record(record("A"))
    SourceRecord.objects.update(inactive_at=LATER)


def of_a_suspect():
    golden_record(doubted := record("A"))
    lifecycle.set_condition([doubted.pk], "suspect", cause=cause(at=LATER))


def of_a_draft():
    golden_record(proposed := record("A"))
    lifecycle.set_condition([proposed.pk], "draft", cause=cause(at=LATER))


def of_a_tombstone():
    golden_record(gone := record("A"))
    lifecycle.set_condition([gone.pk], "withdrawn", cause=cause(at=LATER))


def of_an_unmatched():
    record("A")


def of_an_unknown():
    golden_record(record("B"))


@pytest.mark.parametrize(
    ("fixture", "status"),
    [
        (of_an_active, "active"),
        (of_an_inactive, "inactive"),
        (of_a_suspect, "suspect"),
        (of_a_draft, "draft"),
        (of_a_tombstone, "tombstone"),
        (of_an_unmatched, "unmatched"),
        (of_an_unknown, "unknown"),
    ],
)
def test_every_status_of_an_identifier_has_its_fixture(machine, fixture, status):
    fixture()

    (found,) = post(machine(*ALL), "resolve", {"items": [asked("A")]}).json()["items"]

    assert found["status"] == status


def test_every_status_of_a_golden_id_has_its_fixture(machine):
    wanderer = record("W")
    first = golden_record(record("A"), record(), record())
    second = golden_record(record("B"), wanderer)
    merge_goldens(first, second)
    caller, address = machine(*ALL), f"/api/v1/golden/client/{second.pk}/xref"

    redirected = caller.get(address).json()["status"]
    split_off(wanderer)
    split = caller.get(address).json()["status"]

    assert (redirected, split) == ("redirected", "split")


def test_a_translation_to_several_is_ambiguous(machine):
    golden_record(record("A"), record("8", source="ERP"), record("7", source="ERP"))

    answer = post(machine(*ALL), "translate", {"items": [asked("A", to="ERP"), asked("Z", to="X")]})

    one, other = answer.json()["items"]
    assert (one["status"], [each["source_key"] for each in one["identifiers"]]) == (
        "ambiguous",
        ["8", "7"],
    )
    assert (other["status"], answer.json()["not_found"]) == ("unknown", [1])


def test_many_are_resolved_in_their_order_with_one_statement(
    machine, django_assert_max_num_queries
):
    golden_record(record("A"), record("1", source="ERP"))
    golden_record(record("B"))
    caller = machine(*ALL)
    body = {"items": [asked("B"), asked("Z"), asked("1", "ERP"), asked("A")]}
    caller.get("/api/v1/nowhere")  # the key is known from now on

    with django_assert_max_num_queries(1):
        answer = post(caller, "resolve", body)

    found = answer.json()
    assert [each["source_key"] for each in found["items"]] == ["B", "Z", "1", "A"]
    assert found["not_found"] == [1]
    assert found["items"][2]["golden_id"] == found["items"][3]["golden_id"]


def test_each_item_may_have_its_own_moment(machine):
    first, second = golden_record(record("A")), golden_record(record("B"))
    golden.merge(
        "client", [Merge(frozenset([first.pk, second.pk]), "match")], cause=cause(at=LATER)
    )
    before = {"as_of": "2026-06-15"}

    found = post(machine(*ALL), "resolve", {"items": [asked("B", **before), asked("B")]}).json()

    assert [each["golden_id"] for each in found["items"]] == [str(second.pk), str(first.pk)]


def test_more_than_goes_in_one_call_is_refused_with_the_limit_and_the_remedy(machine):
    answer = post(machine(*ALL), "resolve", {"items": [asked("A")] * 10_001})

    said = answer.json()
    assert (answer.status_code, said["limit"]) == (413, 10_000)
    assert said["type"] == "/problems/too-many-items"
    assert "send 2 calls" in said["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "body"),
        ({}, "items"),
        ({"items": ["CRM:A"]}, "items"),
        ({"items": [asked("A"), {"system": "CRM", "domain": "client"}]}, "items[1].source_key"),
        ({"items": [asked(7)]}, "items[0].source_key"),
        ({"items": [asked("A", as_of="yesterday")]}, "items[0].as_of"),
        ({"items": [], "as_of": 7}, "as_of"),
    ],
)
def test_a_question_that_cannot_be_read_names_the_field(machine, body, field):
    answer = post(machine(*ALL), "resolve", body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_what_is_no_json_is_a_problem(machine):
    answer = machine(*ALL).post("/api/v1/xref/resolve", b'{"a": NaN}', "application/json")

    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/parse-error")


def test_a_domain_that_the_key_may_not_see_refuses_the_call(machine):
    body = {"items": [asked("A"), {**asked("A"), "domain": "contact"}]}

    answer = post(machine("client:read"), "resolve", body)

    assert answer.status_code == 403
    assert "'contact'" in answer.json()["detail"]


def test_the_decision_behind_a_link_of_a_steward_is_told(machine):
    one, other = record("A"), record("B")
    steward_links(one, other)
    made = decisions.decide_groups(
        "client", [[one.pk, other.pk]], ClusterDecision.Verdict.MATCH, cause=cause()
    )
    golden_record(record("C"))

    found = post(machine(*ALL), "resolve", {"items": [asked("A"), asked("C")]}).json()["items"]

    assert golden_of(one) == golden_of(other)
    assert [each["decision"] for each in found] == [f"group decision {made.pk}", None]


@pytest.mark.parametrize("name", ["not-found", "conflict"])
def test_every_type_of_problem_says_for_everybody_what_mends_it(client, name):
    said = client.get(f"/problems/{name}").json()

    assert said["type"] == f"/problems/{name}"
    assert said["remedy"]


def test_another_type_of_problem_says_which_ones_there_are(client):
    answer = client.get("/problems/nonsense")

    assert answer.status_code == 404
    assert "/problems/not-found" in answer.json()["known"]
