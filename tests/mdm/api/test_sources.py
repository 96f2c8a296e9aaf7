import threading
import time
from uuid import UUID

import orjson
import pytest
from django.db import connections
from django.utils import timezone

from mdm import work
from mdm.api import tokens, waiting
from mdm.feeds import batches
from mdm.models import ApiClient, Event, FeedBatch, SourceRecord, SourceRecordVersion, Work
from tests.concurrency import at_once
from tests.factories import cause, feed, golden_of, golden_record, record, system

pytestmark = pytest.mark.django_db

MAY = ("client:read", "client:send", "see:internal")
ACME = {"Id": "C1", "Name": "Acme Ltd"}


def send(caller, records, where="CRM/client", headers=None, **more):
    body = orjson.dumps({"records": records, **more})
    address = f"/api/v1/sources/{where}/records"
    return caller.post(address, body, "application/json", headers=headers)


def job(caller, answer):
    return caller.get(answer["Location"]).json()


@pytest.fixture
def crm():
    return feed("crm", mode="delta")


def test_records_are_taken_in_by_the_road_of_their_feed_and_the_job_ends_with_the_match(
    machine, crm
):
    caller = machine(*MAY)

    answer = send(caller, [ACME, {"Id": "C2", "Name": "Beta AG"}])
    before = job(caller, answer)
    work.drain()
    after = job(caller, answer)

    assert (answer.status_code, before["state"], after["state"]) == (202, "running", "done")
    assert (after["received"], after["outcomes"]["created"]) == (2, 2)
    assert None not in golden_of(*SourceRecord.objects.all())
    assert FeedBatch.objects.get().received_by.startswith("client:")


def test_the_same_record_again_is_unchanged(machine, crm):
    caller = machine(*MAY)
    send(caller, [ACME])
    work.drain()

    again = send(caller, [ACME])
    work.drain()

    assert job(caller, again)["outcomes"]["unchanged"] == 1
    assert SourceRecordVersion.objects.count() == 1


def test_what_cannot_be_taken_in_says_which_record_which_field_and_what_mends_it(machine, crm):
    caller = machine(*MAY)

    answer = send(caller, [ACME, {"Id": "C2", "Name": ""}, {"Name": "Keyless"}])
    work.drain()

    found = job(caller, answer)
    assert (found["state"], found["outcomes"]["quarantined"]) == ("done", 2)
    assert {each["source_key"] for each in found["problems"]} == {"C2", ""}
    assert all(each["remedy"] for each in found["problems"])


def test_a_sent_record_does_not_end_those_that_were_not_sent(machine):
    of = feed("crm", mode="snapshot")
    golden_record(other := record("C9"))
    assert other.home_feed == of

    send(machine(*MAY), [ACME])
    work.drain()

    other.refresh_from_db()
    assert other.inactive_at is None


def test_the_same_idempotency_key_gets_the_stored_answer(machine, crm):
    caller, key = machine(*MAY), {"Idempotency-Key": "k1"}

    first, again = send(caller, [ACME], headers=key), send(caller, [ACME], headers=key)
    other = send(caller, [{**ACME, "Name": "Other"}], headers=key)
    stranger = send(machine(*MAY), [ACME], headers=key)

    assert again.json() == first.json()
    assert again["Location"] == first["Location"] != stranger["Location"]
    assert (other.status_code, other.json()["type"]) == (422, "/problems/unprocessable")
    assert FeedBatch.objects.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}])
def test_fifty_identical_posts_at_once_make_one_record_and_one_event(machine, headers):
    feed("crm", mode="delta")
    caller = machine(*MAY)
    caller.get("/api/v1/nowhere")

    codes = at_once(*[lambda: send(caller, [ACME], headers=headers).status_code] * 50)
    while FeedBatch.objects.filter(matched_at=None).exists():  # some work was put off for a second
        work.drain()
        time.sleep(0.1)

    assert set(codes) <= {202, 409}
    assert SourceRecord.objects.count() == SourceRecordVersion.objects.count() == 1
    assert Event.objects.filter(type="source_records.changed").count() == 1
    assert Event.objects.filter(type="golden.created").count() == 1


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_one_record_gets_its_golden_id(machine):
    feed("crm", mode="delta")
    caller, stop = machine(*MAY), threading.Event()

    def worker():
        while not stop.is_set():
            work.drain()
            time.sleep(0.02)
        connections.close_all()

    thread = threading.Thread(target=worker)
    thread.start()
    try:
        answer = send(caller, [ACME], headers={"Prefer": "respond-async, wait=30"})
    finally:
        stop.set()
        thread.join()

    said = answer.json()
    assert (answer.status_code, said["state"], said["source_key"]) == (200, "done", "C1")
    assert golden_of(SourceRecord.objects.get()) == [UUID(said["golden_id"])]


def test_who_waits_in_vain_gets_the_job(machine, crm):
    answer = send(machine(*MAY), [ACME], headers={"Prefer": "wait=1"})

    assert (answer.status_code, answer.json()["state"]) == (202, "running")


def test_two_jobs_of_one_business_case_do_not_mix(machine, crm):
    feed("erp", source="ERP", mode="delta")
    caller, case = machine("*:read", *MAY), {"X-Correlation-ID": "case-1"}
    first, second = send(caller, [ACME], headers=case), send(caller, [ACME], "ERP/client", case)
    Work.objects.filter(kind="read feed", subject=second.json()["id"]).update(
        state="parked", problem="x"
    )

    running, stopped = job(caller, first)["state"], job(caller, second)["state"]
    work.drain()
    batches.release(int(second.json()["id"]), cause=cause(at=timezone.now()))
    work.drain()

    assert (running, stopped) == ("running", "stopped")
    assert [job(caller, each)["state"] for each in (first, second)] == ["done", "done"]


@pytest.mark.parametrize("kind", ["match", "apply match"])
def test_a_job_of_which_the_match_is_given_up_is_stopped(machine, crm, kind):
    caller = machine(*MAY)
    answer = send(caller, [ACME])
    while others := list(Work.objects.filter(state="waiting").exclude(kind=kind)):
        for each in others:
            work.perform(each.pk)

    Work.objects.filter(kind=kind).update(state="parked", problem="x")

    assert job(caller, answer)["state"] == "stopped"


@pytest.mark.parametrize("prefer", ["wait=" + "9" * 5_000, "wait=²", "wait=-1", "wait", "wait=x"])
def test_a_preference_that_makes_no_sense_is_no_preference(machine, crm, prefer):
    assert send(machine(*MAY), [ACME], headers={"Prefer": prefer}).status_code == 202


def test_who_finds_no_place_to_wait_gets_the_job_at_once(machine, crm, monkeypatch):
    monkeypatch.setattr(waiting, "_places", threading.BoundedSemaphore(1))
    started = time.monotonic()

    with waiting.a_place() as free:
        answer = send(machine(*MAY), [ACME], headers={"Prefer": "wait=20"})

    assert (free, answer.status_code, answer.json()["state"]) == (True, 202, "running")
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("records", "status", "said"),
    [
        ([], 400, "at least one"),
        (["x"], 400, "list of objects"),
        ([ACME] * 1_001, 413, "1,000 go in one call"),
    ],
)
def test_what_is_no_list_of_records_is_refused(machine, crm, records, status, said):
    answer = send(machine(*MAY), records)

    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_a_system_without_a_feed_is_told_so(machine, crm):
    caller = machine(*MAY)

    assert send(caller, [ACME], "ERP/client").status_code == 422
    assert send(caller, [ACME], "CRM/contact").status_code == 403


def test_a_key_of_one_system_sends_for_no_other(machine, crm):
    caller = machine(*MAY)
    ApiClient.objects.update(system=system("ERP"))

    assert send(caller, [ACME]).status_code == 403


def test_a_key_that_only_reads_sends_nothing_and_sees_no_job(machine, crm):
    answer = send(machine(*MAY), [ACME])
    reader = machine("client:read")

    assert send(reader, [ACME]).status_code == 403
    assert reader.get(answer["Location"]).status_code == 403


def test_where_the_policy_asks_for_it_nobody_creates_without_a_search(machine, crm, settings):
    settings.CREATE_AFTER_SEARCH = ["client"]
    caller = machine(*MAY)
    client = ApiClient.objects.get()

    without = send(caller, [ACME])
    forged = send(caller, [ACME], match_token="nonsense")
    others = send(caller, [ACME], match_token=tokens.sign("client", "client-0"))
    accepted = send(caller, [ACME], match_token=tokens.sign("client", f"client-{client.pk}"))
    work.drain()
    update = send(caller, [{**ACME, "Name": "Acme Limited"}])

    assert (without.status_code, without.json()["type"]) == (428, "/problems/precondition-required")
    assert [each.status_code for each in (forged, others, accepted, update)] == [400, 400, 202, 202]


def test_a_match_token_lasts_a_quarter_of_an_hour(machine, crm, settings, monkeypatch):
    settings.CREATE_AFTER_SEARCH = ["client"]
    caller = machine(*MAY)
    token = tokens.sign("client", f"client-{ApiClient.objects.get().pk}")
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + 901)

    assert send(caller, [ACME], match_token=token).status_code == 400
