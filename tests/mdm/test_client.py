"""The Python client, against a server that listens."""

from base64 import b64encode

import httpx
import pytest

from mdm import client, work
from mdm.client import ProblemError, Touchstone
from mdm.models import ApiClient
from tests.factories import feed, golden_record, record

MAY = ("client:read", "client:claim", "client:send", "see:internal")


@pytest.fixture
def key(machine):
    return machine(*MAY).defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")


@pytest.fixture
def hub(live_server, key):
    with Touchstone(live_server.url, key) as hub:
        yield hub


@pytest.fixture
def impatient(monkeypatch):
    """Pauses that last no time; the seconds that they would have."""
    slept = []
    monkeypatch.setattr(client.time, "sleep", slept.append)
    return slept


def asked(key):
    return {"system": "CRM", "domain": "client", "source_key": key}


@pytest.mark.django_db(transaction=True)
def test_everything_against_a_live_server(hub, monkeypatch):
    monkeypatch.setattr(client, "MOST_AT_ONCE", 2)
    feed("erp", source="ERP")
    made = golden_record(record("a/b c"), record("1", source="ERP"))
    golden_record(record("B"))

    one = hub.resolve("CRM", "client", "a/b c")
    many = list(hub.resolve_many([asked("B"), asked("Z"), asked("a/b c")]))
    (translated,) = hub.translate_many([asked("a/b c")], "ERP")
    claimed = hub.claim("ERP", "client", "9", str(made.pk))
    listed = list(hub.golden_records("client", limit="1"))
    (job,) = hub.send("CRM", "client", [{"Id": "N", "Name": "New Ltd"}])
    work.drain()

    assert one["golden_id"] == str(made.pk)
    assert [each["status"] for each in many] == ["active", "unknown", "active"]
    assert [each["source_key"] for each in translated["identifiers"]] == ["1"]
    assert claimed["method"] == "claim"
    assert len(listed) == 2
    assert hub.golden("client", str(made.pk), include="identifiers")["identifiers"]
    assert hub.wait_for(job)["outcomes"]["created"] == 1
    with pytest.raises(ProblemError) as refused:
        hub.resolve("CRM", "client", "nobody")
    assert (refused.value.status, refused.value.type) == (404, "/problems/not-found")


def answering(*answers):
    """A hub that answers so, one after the other; and the requests that it got."""
    left, got = list(answers), []

    def answer(request):
        got.append(request)
        said = left.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    return Touchstone("http://hub", "tsk_x", transport=httpx.MockTransport(answer)), got


def test_a_busy_hub_is_asked_again_when_it_says(impatient):
    busy = httpx.Response(429, headers={"Retry-After": "7"})
    hub, got = answering(busy, httpx.ConnectError("no"), httpx.Response(200, json={"status": "x"}))

    assert hub.resolve("CRM", "client", "A") == {"status": "x"}
    assert len(got) == 3
    assert impatient[0] == 7


def test_a_repeated_sending_keeps_its_idempotency_key(impatient):
    hub, got = answering(httpx.Response(503), httpx.Response(202, json={"id": "1"}))

    assert hub.send("CRM", "client", [{"Id": "A"}]) == [{"id": "1"}]
    first, second = (each.headers["Idempotency-Key"] for each in got)
    assert first == second


def test_a_hub_that_stays_away_is_given_up(impatient):
    hub, got = answering(*(httpx.ConnectError("no") for _ in range(5)))

    with pytest.raises(httpx.ConnectError):
        hub.resolve("CRM", "client", "A")
    assert len(got) == 5


def test_what_is_refused_is_not_asked_again(impatient):
    hub, got = answering(httpx.Response(403))

    with pytest.raises(ProblemError, match="403 Forbidden"):
        hub.resolve("CRM", "client", "A")
    assert len(got) == 1


def token(text, seconds=600):
    said = {"access_token": text, "token_type": "Bearer", "expires_in": seconds, "scope": "x"}
    return httpx.Response(200, json=said)


FOUND = {"status": "active"}


def with_tokens(*answers):
    """The same for a client with access tokens; requests as where to, and what they show."""
    left, got = list(answers), []

    def answer(request):
        got.append((request.url.path.removeprefix("/api/v1/"), request.headers["Authorization"]))
        return left.pop(0)

    transport = httpx.MockTransport(answer)
    return Touchstone("http://hub", "tsk_x", client_id="a b", transport=transport), got


def test_a_client_with_a_name_shows_its_key_for_tokens_alone():
    hub, got = with_tokens(token("one"), *(httpx.Response(200, json=FOUND) for _ in range(2)))

    hub.resolve("CRM", "client", "A")
    hub.resolve("CRM", "client", "A")

    assert got == [
        ("oauth/token", "Basic " + b64encode(b"a+b:tsk_x").decode()),
        ("xref/CRM/client", "Bearer one"),
        ("xref/CRM/client", "Bearer one"),
    ]


def test_a_token_is_renewed_before_it_ends(monkeypatch):
    hub, got = with_tokens(
        token("one"), httpx.Response(200, json=FOUND), token("two"), httpx.Response(200, json=FOUND)
    )
    hub.resolve("CRM", "client", "A")
    now = client.time.monotonic()
    monkeypatch.setattr(client.time, "monotonic", lambda: now + 550)

    hub.resolve("CRM", "client", "A")

    assert [shown for _, shown in got][1::2] == ["Bearer one", "Bearer two"]


def test_a_token_that_is_refused_is_renewed_once():
    hub, got = with_tokens(
        token("one"), httpx.Response(200, json=FOUND),
        httpx.Response(401), token("two"), httpx.Response(401),
    )  # fmt: skip
    hub.resolve("CRM", "client", "A")

    with pytest.raises(ProblemError, match="401"):
        hub.resolve("CRM", "client", "A")
    assert [shown for _, shown in got][-1] == "Bearer two"
    assert len(got) == 5


def test_a_hub_too_busy_to_give_a_token_is_asked_again(impatient):
    hub, got = with_tokens(
        httpx.Response(429, headers={"Retry-After": "3"}),
        token("one"),
        httpx.Response(200, json=FOUND),
    )

    assert hub.resolve("CRM", "client", "A") == FOUND
    assert impatient == [3]
    assert len(got) == 3


@pytest.mark.django_db(transaction=True)
def test_tokens_of_a_live_server(live_server, key):
    name = ApiClient.objects.get().name
    golden_record(record("A"))

    with Touchstone(live_server.url, key, client_id=name, scope="client:read") as hub:
        assert hub.resolve("CRM", "client", "A")["status"] == "active"
    with (
        Touchstone(live_server.url, key, client_id=name, scope="rate:read") as hub,
        pytest.raises(ProblemError, match="400 invalid_scope: The key grants no more"),
    ):
        hub.resolve("CRM", "client", "A")
    with (
        Touchstone(live_server.url, "tsk_wrong", client_id=name) as hub,
        pytest.raises(ProblemError, match="401 invalid_client"),
    ):
        hub.resolve("CRM", "client", "A")
