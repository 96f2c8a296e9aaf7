from functools import partial

import orjson
import pytest
from django.db import transaction
from django.utils import timezone

from mdm import overrides
from mdm.models import CrosswalkLink, GoldenRecord
from tests.concurrency import in_background, wait_until_blocked
from tests.factories import cause, golden_of, golden_record, record

pytestmark = pytest.mark.django_db

MAY = ("client:steward", "see:internal", "see:personal", "see:restricted")
WHY = {"reason": "looked it up"}


def post(caller, address, body, **more):
    return caller.post(f"/api/v1/{address}", orjson.dumps(body), "application/json", **more)


def named(of):
    return {"system": of.system.code, "source_key": of.source_key}


def merged(caller, *goldens):
    body = {"ids": [str(each.pk) for each in goldens]}
    token = post(caller, "golden/client/merge/preview", body).json()["token"]
    return post(caller, "golden/client/merge", {**body, **WHY, "token": token})


def test_golden_records_are_previewed_merged_and_put_back(machine):
    one, other = record("A"), record("B")
    first, second = golden_record(one), golden_record(other)
    caller = machine(*MAY)
    body = {"ids": [str(first.pk), str(second.pk)]}

    seen = post(caller, "golden/client/merge/preview", body).json()
    standing = GoldenRecord.objects.standing().count()
    done = merged(caller, first, second)
    together = golden_of(one, other)
    undone = post(caller, f"actions/{done.json()['id']}/undo", WHY)

    assert standing == 2
    assert [len(each["members"]) for each in seen["outcomes"]] == [2]
    assert seen["led_elsewhere"] == {str(second.pk): str(first.pk)}
    assert (done.status_code, together) == (200, [first.pk, first.pk])
    assert done.json()["done_by"].startswith("client:")
    assert undone.json()["undone_at"]
    assert golden_of(one, other) == [first.pk, second.pk]


def test_a_merge_is_refused_when_something_changed_since_its_preview(machine):
    first, second, third = (golden_record(record(key)) for key in "ABC")
    caller = machine(*MAY)
    body = {"ids": [str(first.pk), str(second.pk)]}
    token = post(caller, "golden/client/merge/preview", body).json()["token"]
    merged(caller, first, third)

    answer = post(caller, "golden/client/merge", {**body, **WHY, "token": token})

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")


def test_a_preview_of_what_is_refused_says_why_though_it_gives_no_reason(machine):
    made = golden_record(record("A"))
    body = {"groups": [[named(record("B"))]]}

    answer = post(machine(*MAY), f"golden/client/{made.pk}/separate/preview", body)

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unprocessable")


def test_source_records_are_taken_out_as_previewed(machine):
    stays, leaves = record("A"), record("B")
    made = golden_record(stays, leaves)
    caller, address = machine(*MAY), f"golden/client/{made.pk}/separate"
    body = {"groups": [[named(leaves)]]}

    seen = post(caller, f"{address}/preview", body).json()
    done = post(caller, address, {**body, **WHY, "token": seen["token"]})

    assert done.status_code == 200
    assert len(seen["outcomes"]) == 2
    assert golden_of(stays)[0] == made.pk != golden_of(leaves)[0]


def test_a_value_is_pinned_unless_the_golden_record_has_changed(machine):
    made = golden_record(record("A", industry="Mining"))
    caller, address = machine(*MAY), f"golden/client/{made.pk}/pin"
    etag = caller.get(f"/api/v1/golden/client/{made.pk}")["ETag"]
    body = {"attribute": "industry", "value": "Steel", **WHY}

    done = post(caller, address, body, headers={"if-match": etag})
    late = post(caller, address, body, headers={"if-match": etag})

    made.refresh_from_db()
    assert (done.status_code, made.attributes["industry"]) == (200, "Steel")
    assert (late.status_code, late.json()["type"]) == (412, "/problems/precondition-failed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("deed", ["pin", "unpin", "separate"])
def test_what_changes_while_a_deed_waits_is_not_what_its_caller_saw(machine, deed):
    made = golden_record(record("A"), leaves := record("B"))
    caller, address = machine(*MAY), f"golden/client/{made.pk}"
    post(caller, f"{address}/pin", {"attribute": "industry", "value": "Steel", **WHY})
    etag = caller.get(f"/api/v1/{address}")["ETag"]
    groups = {"groups": [[named(leaves)]]}
    token = post(caller, f"{address}/separate/preview", groups).json()["token"]
    body = {"attribute": "industry", "value": "Mining", "token": token, **groups, **WHY}

    now, seen = cause(at=timezone.now()), partial(post, headers={"if-match": etag})
    with in_background() as start:
        with transaction.atomic():
            overrides.set_override(made.pk, "phone", "+442079460958", reason="x", cause=now)
            late = start(seen, caller, f"{address}/{deed}", body)
            start(wait_until_blocked, late).result(timeout=30)
        answer = late.result(timeout=30)

    assert (answer.status_code, answer.json()["type"]) == (412, "/problems/precondition-failed")


def test_an_etag_that_the_hub_never_gave_is_not_what_stands(machine):
    made = golden_record(record("A"))
    caller, address = machine(*MAY), f"golden/client/{made.pk}/pin"
    body = {"attribute": "industry", "value": "Steel", **WHY}

    answers = [
        post(caller, address, body, headers={"if-match": each})
        for each in (f'"v{"9" * 5_000}-0"', '"v١-0"', f'"v1-{"0" * 32}-0"', "x", "")
    ]

    assert [each.status_code for each in answers] == [412] * 5


def test_the_etag_of_another_golden_record_says_nothing_of_this_one(machine):
    made, other = golden_record(record("A")), golden_record(record("B"))
    caller = machine(*MAY)
    etag = caller.get(f"/api/v1/golden/client/{other.pk}")["ETag"]
    body = {"attribute": "industry", "value": "Steel", **WHY}

    answer = post(caller, f"golden/client/{made.pk}/pin", body, headers={"if-match": etag})

    assert answer.status_code == 412


@pytest.mark.parametrize(
    ("seen", "status"),
    [
        (["one before", "two"], 412),
        (["one before"], 412),
        (["one", "two"], 200),
        (["one before", "one"], 200),
        (["two"], 200),
        (["*"], 200),
        (["elsewhere"], 412),
    ],
)
@pytest.mark.parametrize("deed", ["merge", "decide"])
def test_merging_and_deciding_heed_what_the_caller_saw_of_any_of_the_golden_records(
    machine, deed, seen, status
):
    records = [record("A"), record("B"), record("C")]
    one, two, elsewhere = map(golden_record, records)
    caller, address = machine(*MAY), "/api/v1/golden/client"
    tags = {"*": "*", "one before": caller.get(f"{address}/{one.pk}")["ETag"]}
    post(caller, f"golden/client/{one.pk}/pin", {"attribute": "industry", "value": "Steel", **WHY})
    named_so = {"one": one, "two": two, "elsewhere": elsewhere}
    tags |= {name: caller.get(f"{address}/{each.pk}")["ETag"] for name, each in named_so.items()}
    ids = {"ids": [str(one.pk), str(two.pk)]}
    if deed == "merge":
        token = post(caller, "golden/client/merge/preview", ids).json()["token"]
        body = {**ids, **WHY, "token": token}
    else:
        body = {"left": named(records[0]), "right": named(records[1]), "verdict": "match", **WHY}
    place = {"merge": "golden/client/merge", "decide": "client/decisions"}[deed]

    answer = post(caller, place, body, headers={"if-match": ", ".join(map(tags.get, seen))})

    assert answer.status_code == status, answer.content


def test_a_pinned_value_is_let_go_and_that_can_be_undone(machine):
    made = golden_record(record("A", industry="Mining"))
    caller, address = machine(*MAY), f"golden/client/{made.pk}"
    pin = {"attribute": "industry", "value": "Steel", **WHY}
    post(caller, f"{address}/pin", pin)
    etag = caller.get(f"/api/v1/{address}")["ETag"]
    unpin = {"attribute": "industry", **WHY}

    done = post(caller, f"{address}/unpin", unpin, headers={"if-match": etag})
    let_go = caller.get(f"/api/v1/{address}").json()["attributes"]["industry"]
    late = post(caller, f"{address}/unpin", unpin, headers={"if-match": etag})
    again = post(caller, f"{address}/unpin", unpin)
    post(caller, f"actions/{done.json()['id']}/undo", WHY)

    assert (done.status_code, let_go) == (200, "Mining")
    assert [each.status_code for each in (late, again)] == [412, 404]
    assert caller.get(f"/api/v1/{address}").json()["attributes"]["industry"] == "Steel"


def test_records_are_not_taken_out_of_what_has_changed(machine):
    stays, leaves = record("A", industry="Mining"), record("B")
    made = golden_record(stays, leaves)
    caller, address = machine(*MAY), f"golden/client/{made.pk}"
    etag = caller.get(f"/api/v1/{address}")["ETag"]
    post(caller, f"{address}/pin", {"attribute": "industry", "value": "Steel", **WHY})
    body = {"groups": [[named(leaves)]]}
    token = post(caller, f"{address}/separate/preview", body).json()["token"]
    deed = {**body, **WHY, "token": token}

    late = post(caller, f"{address}/separate", deed, headers={"if-match": etag})
    done = post(caller, f"{address}/separate", deed)

    assert (late.status_code, done.status_code) == (412, 200)


def test_a_decision_is_recorded_and_a_contradiction_is_refused(machine):
    one, other = record("A"), record("B")
    made = golden_record(one, other)
    golden_record(apart := record("C"))
    caller = machine(*MAY)

    decided = post(caller, "client/decisions", {
        "left": named(one), "right": named(apart), "verdict": "no_match", **WHY})  # fmt: skip
    refused = post(caller, "client/decisions", {
        "left": named(one), "right": named(other), "verdict": "no_match", **WHY})  # fmt: skip

    assert decided.status_code == 200
    assert (refused.status_code, str(made.pk) in refused.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("golden/client/merge/preview", {"ids": ["x", "y"]}, "ids[0]"),
        ("golden/client/merge/preview", {"ids": []}, "ids"),
        ("golden/client/{id}/separate/preview", {"groups": []}, "groups"),
        ("golden/client/{id}/separate/preview", {"groups": [["x"]]}, "groups[0]"),
        ("golden/client/{id}/pin", {"attribute": "colour"}, "attribute"),
        ("golden/client/{id}/pin", {"attribute": "industry", **WHY}, "value"),
        ("golden/client/{id}/pin", {"attribute": "industry", "value": "x"}, "reason"),
        ("client/decisions", {"left": "x"}, "left"),
    ],
)
def test_what_cannot_be_read_names_the_field(machine, address, body, field):
    made = golden_record(record("A"))

    answer = post(machine(*MAY), address.format(id=made.pk), body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_a_hidden_attribute_is_not_pinned(machine):
    made = golden_record(record("A"))
    body = {"attribute": "tax_id", "value": "GB1", **WHY}

    answer = post(machine("client:steward"), f"golden/client/{made.pk}/pin", body)

    assert answer.status_code == 403


def test_each_domain_has_a_scope_of_its_own(machine):
    first, second = golden_record(record("A")), golden_record(record("B"))
    body = {"ids": [str(first.pk), str(second.pk)]}

    for scopes in (("client:read",), ("contact:steward", "client:read"), ("client:send",)):
        answer = post(machine(*scopes), "golden/client/merge/preview", body)
        assert answer.status_code == 403
    assert CrosswalkLink.objects.filter(unlinked_at=None).count() == 2
