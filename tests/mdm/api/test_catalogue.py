"""What is deprecated says so on every answer, and who calls what is counted."""

import json
import os
import socket
import subprocess
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from mdm.api import counting, openapi, operations
from mdm.api.operations import LifeCycle, Stage
from mdm.embedded import web
from mdm.governance import usage
from mdm.governance.keys import mint_key
from mdm.models import ApiClient, ApiUsage
from tests.factories import golden_record, record
from tests.wsgi import asked

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/xref/CRM/client/A"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
AHEAD = datetime(2100, 1, 1, tzinfo=UTC)
NEXT = "/api/v2/identifiers/{system}/{domain}/{source_key}"
HEADERS = {
    "Deprecation": "@1767225600",
    "Sunset": "Fri, 01 Jan 2100 00:00:00 GMT",
    "Link": f'<{NEXT}>; rel="successor-version",'
    ' </api/v1/docs#resolve>; rel="deprecation"; type="text/html"',
}


@pytest.fixture
def counted(settings, monkeypatch):
    """Calls are counted, and written when the test says so."""
    settings.API_USAGE_SECONDS = 3600
    monkeypatch.setattr(counting, "_start", lambda: None)
    counting._counted.clear()
    yield counting.flush
    counting._counted.clear()


@pytest.fixture
def live(monkeypatch):
    """Gives an operation a life of its own."""

    def live(operation, **life):
        monkeypatch.setitem(operations.OPERATIONS, ("v1", operation), LifeCycle(**life))
        openapi.document.cache_clear()

    yield live
    openapi.document.cache_clear()


def until(holds, seconds=60):
    """Waits for what comes true in another process."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(httpx.TransportError):
            if holds():
                return
        time.sleep(0.1)
    raise AssertionError("it did not come true")


def stop(process):
    """End a server, which heeds no TERM while a worker of it starts."""
    for _ in range(6):
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=20)
            return
    raise AssertionError("it did not stop")


def told(answer):
    return {name: answer[name] for name in HEADERS if name in answer}


def test_nothing_that_ships_is_deprecated(machine):
    golden_record(record("A"))

    assert told(machine("client:read").get(ADDRESS)) == {}
    assert {life.stage(timezone.now()) for life in operations.VERSIONS.values()} == {Stage.ACTIVE}


@pytest.mark.parametrize(
    ("scopes", "address", "status"),
    [
        (("client:read",), ADDRESS, 200),
        (("client:read",), "/api/v1/xref/CRM/client/Z", 404),
        (("client:read",), f"{ADDRESS}?as_of=nonsense", 400),
        (("contact:read",), ADDRESS, 403),
    ],
)
def test_every_answer_of_what_is_deprecated_says_so(live, machine, scopes, address, status):
    golden_record(record("A"))
    live("resolve", deprecated_at=SINCE, sunset_at=AHEAD, successor=NEXT)
    caller = machine(*scopes)

    for answer in (caller.get(address), asked(caller, address)):
        assert (answer.status_code, told(answer)) == (status, HEADERS)


def test_a_stranger_and_whoever_only_wants_the_head_are_told_too(live, machine, client):
    golden_record(record("A"))
    live("resolve", deprecated_at=SINCE, sunset_at=AHEAD, successor=NEXT)

    assert told(client.get(ADDRESS)) == told(machine("client:read").head(ADDRESS)) == HEADERS


def test_other_operations_at_the_same_address_live_on(live, machine):
    live("resolve", deprecated_at=SINCE)

    assert told(machine("client:read", "client:claim").put(ADDRESS)) == {}


def test_past_its_sunset_an_operation_names_its_successor(live, machine, client):
    golden_record(record("A"))
    live("resolve", deprecated_at=SINCE, sunset_at=SINCE, successor=NEXT)

    caller = machine("client:read")
    for answer in (caller.get(ADDRESS), asked(caller, ADDRESS)):
        assert (answer.status_code, answer["content-type"]) == (410, "application/problem+json")
        said = json.loads(answer.content)
        assert (said["type"], said["successor"]) == ("/problems/gone", NEXT)
        assert "resolve of v1 ended on 2026-01-01" in said["detail"]
        assert answer["Deprecation"] == HEADERS["Deprecation"]
    assert client.get(ADDRESS).status_code == 401


def test_a_version_that_ends_takes_its_operations_along_but_those_with_a_life_of_their_own(
    live, machine, monkeypatch
):
    golden_record(record("A"))
    gone = LifeCycle(deprecated_at=SINCE, sunset_at=SINCE)
    monkeypatch.setitem(operations.VERSIONS, "v1", gone)
    live("resolve", deprecated_at=SINCE, sunset_at=AHEAD)
    caller = machine("client:read")

    assert caller.get(ADDRESS).status_code == 200
    assert caller.get("/api/v1/domains").status_code == 410


def test_the_document_marks_what_is_deprecated(live):
    live("resolve", deprecated_at=SINCE, sunset_at=AHEAD)

    address = openapi.document()["paths"]["/api/v1/xref/{system}/{domain}/{source_key}"]

    assert address["get"]["deprecated"] is True
    assert "410" in address["get"]["responses"]
    assert "deprecated" not in address["put"]


def test_a_sunset_without_a_deprecation_before_it_is_no_life():
    with pytest.raises(ValueError, match="after a deprecation"):
        LifeCycle(sunset_at=AHEAD)


def test_calls_are_counted_for_each_consumer_and_operation(counted, machine, sign_in):
    golden_record(record("A"))
    one, other = machine("client:read"), machine("*:read")
    for _ in range(2):
        asked(one, ADDRESS)  # the quick way
    one.get(ADDRESS)
    other.get("/api/v1/xref/CRM/client/Z")
    sign_in("viewer").get("/api/v1/domains")
    machine().get("/api/v1/nonsense")

    counted()

    found = ApiUsage.objects.values_list("version", "operation", "calls").order_by("-calls", "pk")
    assert sorted(found) == [("v1", "domains", 1), ("v1", "resolve", 1), ("v1", "resolve", 3)]
    assert ApiUsage.objects.filter(consumer=usage.PEOPLE).get().operation == "domains"


def test_calls_of_nobody_known_are_not_counted(counted, client):
    client.get(ADDRESS)

    assert counted() == 0


def test_a_call_costs_no_statement_and_all_are_written_in_one(
    counted, machine, django_assert_num_queries
):
    golden_record(record("A"))
    caller = machine("client:read")
    caller.get(ADDRESS)

    with django_assert_num_queries(1):  # the answer itself
        caller.get(ADDRESS)
    with django_assert_num_queries(1):
        counted()
    with django_assert_num_queries(0):
        counted()


def test_what_several_processes_count_adds_up(counted):
    place = (timezone.now().date(), "v1", "resolve", "ERP")

    usage.add([(place, 2)])
    usage.add([(place, 3), ((*place[:3], "PSA"), 1)])

    assert [(each.consumer, each.calls) for each in usage.since(place[0])] == [
        ("ERP", 5),
        ("PSA", 1),
    ]


def test_what_cannot_be_written_is_kept(counted, monkeypatch):
    counting.note("v1", "resolve", "ERP")
    with monkeypatch.context() as broken:
        broken.setattr(usage, "add", lambda _: 1 / 0)
        assert counted() == 0

    assert counted() == 1
    assert ApiUsage.objects.get().calls == 1


def test_old_usage_is_forgotten(counted, settings):
    today = timezone.now().date()
    for days in (0, settings.API_USAGE_DAYS, settings.API_USAGE_DAYS + 1):
        usage.add([((today - timedelta(days=days), "v1", "resolve", "ERP"), 1)])

    assert usage.forget_old(today) == 1


def test_the_catalogue_tells_a_key_of_its_own_calls_and_an_overseer_of_all(counted, live, machine):
    golden_record(record("A"))
    live("resolve", deprecated_at=SINCE, sunset_at=AHEAD, successor=NEXT)
    one, other, overseer = machine("client:read"), machine("client:read"), machine("usage:read")
    one.get(ADDRESS)
    other.get(ADDRESS)
    other.get(ADDRESS)

    def resolve(caller):
        answer = caller.get("/api/v1/catalogue").json()
        return next(each for each in answer["operations"] if each["operation"] == "resolve")

    own = resolve(one)
    assert (own["state"], own["successor"]) == ("deprecated", NEXT)
    assert (own["deprecated_at"], own["sunset_at"]) == (SINCE.isoformat(), AHEAD.isoformat())
    assert (own["method"], own["calls"]) == ("GET", 1)
    assert [each["calls"] for each in resolve(overseer)["usage"]] == [2, 1]
    [version] = overseer.get("/api/v1/catalogue").json()["versions"]
    assert (version["version"], version["state"]) == ("v1", "active")
    assert version["calls"] >= 5


@pytest.mark.parametrize("days", ["0", "401", "x"])
def test_the_catalogue_is_asked_for_days_that_are_kept(machine, days):
    answer = machine("usage:read").get("/api/v1/catalogue", {"days": days})

    assert answer.status_code == 400


def test_the_catalogue_is_found_where_machines_look_for_it(client, settings):
    settings.PUBLIC_ADDRESS = "https://hub.example"

    answer = client.get("/.well-known/api-catalog")

    assert answer["content-type"].startswith("application/linkset+json; profile=")
    catalogue, version = answer.json()["linkset"]
    assert catalogue["item"] == [{"href": "https://hub.example/api/v1/"}]
    assert version["anchor"] == "https://hub.example/api/v1/"
    assert version["service-desc"][0]["href"] == "https://hub.example/api/v1/openapi.json"
    head = client.head("/.well-known/api-catalog")
    assert (head.status_code, 'rel="api-catalog"' in head["Link"]) == (200, True)
    assert client.post("/.well-known/api-catalog").status_code in (403, 405)


@pytest.mark.django_db(transaction=True)
def test_servers_write_what_they_counted_every_moment_and_when_they_are_stopped():
    key, key_hash = mint_key()
    ApiClient.objects.create(
        name="ERP", key_hash=key_hash, scopes=["client:read"], created_at=timezone.now()
    )
    url = urlsplit(os.environ["DATABASE_URL"])
    database = connection.settings_dict["NAME"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environment = {
        **os.environ,
        "DATABASE_URL": url._replace(path=f"/{database}").geturl(),
        "API_USAGE_SECONDS": "3",
    }
    process = subprocess.Popen(web.server(port), env=environment, cwd=settings.ROOT)
    called = count()

    def ask():
        answer = httpx.get(
            f"http://127.0.0.1:{port}/api/v1/domains",
            headers={"authorization": f"Bearer {key}"},
            timeout=60,  # a server that starts answers late; to give up would count twice
        )
        next(called)
        return answer.status_code == 200

    def counted():
        return sum(ApiUsage.objects.values_list("calls", flat=True))

    try:
        until(ask)
        for _ in range(20):
            assert ask()
        until(lambda: counted() == 21)
        for _ in range(20):
            assert ask()
    finally:
        stop(process)

    assert (counted(), next(called)) == (41, 41)
    assert set(ApiUsage.objects.values_list("consumer", flat=True)) == {"ERP"}
