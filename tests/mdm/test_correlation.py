"""One id follows a business transaction from its first touch to the last log line."""

import json
import logging
from io import StringIO

import pytest
from django.test import Client
from structlog.stdlib import ProcessorFormatter

from matching.models import MatchRun
from mdm import tracing, work
from mdm.bulk import execute
from mdm.cause import accept_correlation_id, mint_correlation_id
from mdm.feeds import batches
from mdm.models import Event, FeedBatch, Work
from stewardship import golden_pages
from stewardship.models import StewardshipTask
from tests.factories import batch, cause, feed, golden_record, record

pytestmark = pytest.mark.django_db

OURS = "opp-2026-0042"
TRACE = "0af7651916cd43dd8448eb211c80319c"
OFFERED = f"00-{TRACE}-b7ad6b7169203331-01"
CLIENTS = "Id,Name\nA,Acme Ltd\nB,Acme Group Ltd\nC,\n"


@pytest.fixture
def logged(capfd):
    """The lines logged so far, each read as JSON: the hub's own, and then those of libraries."""
    (home,) = (each for each in logging.getLogger().handlers if is_of_the_hub(each))
    own, of_libraries = StringIO(), StringIO()
    handler = logging.StreamHandler(of_libraries)
    handler.setFormatter(home.formatter)
    logging.getLogger().addHandler(handler)

    def lines():
        own.write(capfd.readouterr().err)
        both = own.getvalue() + of_libraries.getvalue()
        return [json.loads(line) for line in both.splitlines()]

    yield lines
    logging.getLogger().removeHandler(handler)


def is_of_the_hub(handler):
    return isinstance(handler.formatter, ProcessorFormatter)


def requests_of(lines):
    return [line for line in lines if line["event"] == "request"]


def send(text, **who):
    """A file, received and taken through all that it sets off."""
    home = feed(largest_changed_share=1)
    made = batches.receive(home, "a.csv", [text.encode()], cause=cause(**who))
    work.drain()
    return made


def test_an_id_is_minted_at_the_first_touch_and_never_twice():
    minted = {mint_correlation_id() for _ in range(100)}

    assert len(minted) == 100
    assert all(accept_correlation_id(each) == each for each in minted)


@pytest.mark.parametrize("offered", [OURS, "ts-3f9a1c0b7d2e4f60", "a:b.c_d-1", "x" * 64])
def test_a_well_formed_id_is_taken_over(client, offered):
    answer = client.get("/healthz", headers={"x-correlation-id": offered})

    assert answer["x-correlation-id"] == offered


@pytest.mark.parametrize(
    "offered", ["", "abc", "x" * 65, "two words", "a;DROP TABLE", "<script>", "-abcd", "ünïcødé"]
)
def test_any_other_id_is_replaced(client, offered):
    answer = client.get("/healthz", headers={"x-correlation-id": offered})

    assert answer["x-correlation-id"].startswith("ts-")


@pytest.mark.parametrize("address", ["/", "/client", "/nowhere", "/api/v1/xref/CRM/client/A"])
def test_every_answer_carries_an_id_refusals_too(client, address):
    assert client.get(address)["x-correlation-id"].startswith("ts-")


def test_a_problem_of_the_api_names_the_id(machine):
    answer = machine("*:read").get("/api/v1/xref/CRM/client/A", headers={"x-correlation-id": OURS})

    assert answer.json()["correlation_id"] == answer["x-correlation-id"] == OURS


def test_an_id_goes_from_batch_to_work_events_match_and_stewardship():
    made = send(CLIENTS, correlation_id=OURS)

    assert made.correlation_id == OURS
    for rows in (Work, Event, MatchRun, StewardshipTask):
        assert set(rows.objects.values_list("correlation_id", flat=True)) == {OURS}, rows


def test_a_trace_goes_from_a_request_to_work_its_logs_and_the_events_that_others_read(
    machine, logged, settings
):
    feed("crm", mode="delta")
    caller = machine("*:read", "client:send", "feeds:read")
    settings.WORK = {**settings.WORK, "match": "mdm.feeds.batches.nonsense"}

    answer = caller.post(
        "/api/v1/sources/CRM/client/records",
        {"records": [{"Id": "A", "Name": "Acme Ltd"}]},
        "application/json",
        headers={"traceparent": OFFERED},
    )
    work.drain()

    assert traces([answer["traceparent"]]) == {TRACE}
    found = caller.get("/api/v1/changes").json()["changes"]
    spans = [each["traceparent"] for each in found]
    assert traces(spans) == {TRACE}
    assert answer["traceparent"] in spans
    assert len(set(spans)) > 1  # the work has spans of its own
    assert traces(Work.objects.values_list("traceparent", flat=True)) == {TRACE}
    (failure,) = [line for line in logged() if line["event"] == "work failed"]
    assert failure["trace_id"] == TRACE


def traces(spans):
    return {tracing.trace_id(each) for each in spans}


def test_what_nobody_asked_for_has_a_trace_of_its_own(machine):
    send(CLIENTS)
    golden_record(record("Z"))

    found = machine("*:read").get("/api/v1/changes").json()["changes"]

    assert len(traces(each["traceparent"] for each in found)) > 1


def test_an_event_from_before_there_were_traces_has_none(machine):
    execute(
        "INSERT INTO mdm_event (type, domain, content, at, by, correlation_id)"
        " VALUES ('suspects.found', 'client', '{}', now(), 'job:match', 'ts-old')"
    )

    (found,) = machine("client:read").get("/api/v1/changes").json()["changes"]

    assert "traceparent" not in found


def test_events_say_who_began_and_which_job_went_on():
    send(CLIENTS, correlation_id=OURS, by="user:ann")

    by = dict(Event.objects.values_list("type", "by"))
    assert by["feed_batch.received"] == "user:ann"
    assert by["golden.created"] == "job:apply match"


def test_what_fails_on_the_way_is_logged_under_the_id(logged, settings):
    settings.WORK = {**settings.WORK, "read feed": "mdm.feeds.batches.nonsense"}

    send(CLIENTS, correlation_id=OURS)

    (failure,) = [line for line in logged() if line["event"] == "work failed"]
    assert (failure["correlation_id"], failure["kind"]) == (OURS, "read feed")
    assert failure["level"] == "error"
    assert "nonsense" in failure["problem"]


def test_whoever_releases_a_batch_goes_on_under_its_id(sign_in):
    home = feed()
    received = batches.receive(home, "a.csv", [CLIENTS.encode()], cause=cause(correlation_id=OURS))
    FeedBatch.objects.filter(pk=received.pk).update(state="waiting")
    Work.objects.all().delete()

    sign_in("domain-owner").post(f"/feeds/batches/{received.pk}", {"action": "release"})
    work.drain()

    released = Event.objects.get(type="feed_batch.released")
    assert (released.by, released.correlation_id) == ("user:domain-owner", OURS)
    assert set(Work.objects.values_list("correlation_id", flat=True)) == {OURS}


def test_a_request_is_one_line_of_json_under_its_id(logged, sign_in):
    sign_in("viewer").get("/client", headers={"x-correlation-id": OURS})

    (line,) = requests_of(logged())
    assert line["correlation_id"] == OURS
    assert (line["view"], line["method"], line["status"]) == ("golden-list", "GET", 200)
    assert {"milliseconds", "timestamp", "level", "logger"} <= line.keys()


def test_one_request_leaves_no_id_behind_for_the_next(logged, client):
    client.get("/healthz", headers={"x-correlation-id": OURS})
    client.get("/healthz")

    first, second = requests_of(logged())
    assert first["correlation_id"] == OURS != second["correlation_id"]


def test_a_request_that_fails_is_answered_and_logged_under_its_id(logged, sign_in, monkeypatch):
    monkeypatch.setattr(golden_pages, "browse", lambda *_: 1 / 0)
    browser = sign_in("viewer")
    browser.raise_request_exception = False

    answer = browser.get("/client", headers={"x-correlation-id": OURS})

    failure = next(line for line in logged() if "exception" in line)
    assert (answer.status_code, answer["x-correlation-id"]) == (500, OURS)
    assert failure["correlation_id"] == OURS
    assert "ZeroDivisionError" in failure["exception"]
    assert "ZeroDivisionError" not in answer.content.decode()


def test_logs_hold_no_password_key_or_token(logged, machine, sign_in, settings):
    settings.METRICS_TOKEN = "metrics-token-1"
    sign_in("steward")
    caller = machine("*:read")
    key = caller.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")

    caller.get("/api/v1/xref/CRM/client/A")
    Client().post("/login", {"username": "steward", "password": "hunter2-hunter2"})
    Client().get("/metrics", headers={"authorization": "Bearer metrics-token-1"})
    Client().get("/api/v1/xref/CRM/client/A", headers={"authorization": "Bearer tsk_unknown-key"})

    text = json.dumps(logged())
    assert len(requests_of(logged())) == 4
    for secret in (key, "hunter2", "metrics-token-1", "tsk_unknown-key"):
        assert secret not in text


def test_logs_hold_no_values_of_records_neither_searched_nor_read_nor_refused(logged, sign_in):
    mapping = {
        "key": "Id",
        "attributes": [
            {"attribute": "family_name", "column": "Name"},
            {"attribute": "emails", "column": "Mail"},
        ],
    }
    home = feed(domain="contact", mapping=mapping)
    rows = "Id,Name,Mail\n1,Quackenbush,zeb@quack.example\n2,Quackenbush,zeb at quack\n"
    batches.receive(home, "people.csv", [rows.encode()], cause=cause())
    work.drain()
    made = golden_record(record("P", domain="contact", family_name="Quackenbush"))
    browser = sign_in("steward")

    browser.get("/contact", {"q": "Quackenbush"})
    browser.get(f"/contact/{made.pk}")
    browser.get(f"/feeds/batches/{FeedBatch.objects.first().pk}")

    assert len(requests_of(logged())) == 3
    assert "quack" not in json.dumps(logged()).lower()


def test_a_batch_shows_its_id_to_whoever_looks_for_it(sign_in):
    made = batch(correlation_id=OURS)

    assert OURS in sign_in("steward").get(f"/feeds/batches/{made.pk}").content.decode()
