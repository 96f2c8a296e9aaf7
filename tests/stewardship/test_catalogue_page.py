from datetime import UTC, datetime

import pytest
from django.utils import timezone

from mdm import events
from mdm.api import openapi, operations
from mdm.api.operations import LifeCycle
from mdm.following.positions import place_events
from mdm.governance import usage
from mdm.models import ApiClient, Notice, Subscription
from tests.factories import cause

pytestmark = pytest.mark.django_db

TOLD = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def ending(monkeypatch):
    life = LifeCycle(
        deprecated_at=datetime(2026, 1, 1, tzinfo=UTC), successor="/api/v2/identifiers"
    )
    monkeypatch.setitem(operations.OPERATIONS, ("v1", "resolve"), life)
    openapi.document.cache_clear()
    yield
    openapi.document.cache_clear()


def text(answer):
    return " ".join(answer.content.decode().split())


def test_it_says_who_still_calls_what_is_deprecated(ending, sign_in):
    today = timezone.now().date()
    usage.add(
        [((today, "v1", "resolve", "old ERP"), 1234), ((today, "v1", "domains", usage.PEOPLE), 1)]
    )

    page = text(sign_in("auditor").get("/catalogue"))

    assert '<span class="identifier">old ERP</span> : 1,234 calls, last on' in page
    assert "/api/v2/identifiers" in page
    assert "people who are signed in" in page
    assert 'class="bar-late" width="100"' in page
    assert 'class="bar-all" width="1"' in page


def test_where_nothing_is_deprecated_and_nobody_calls_it_says_so(sign_in):
    page = text(sign_in("integrator").get("/catalogue"))

    assert "Nothing is deprecated." in page
    assert "Nobody has called the API." in page
    assert "GET /api/v1/xref/{system}/{domain}/{source_key}" in page


def test_it_is_linked_for_whoever_may_see_it(sign_in):
    assert 'href="/catalogue"' in text(sign_in("administrator").get("/webhooks"))
    assert 'href="/catalogue"' not in text(sign_in("viewer").get("/"))


def test_it_asks_little_of_the_database(sign_in, django_assert_max_num_queries):
    browser = sign_in("integrator")
    today = timezone.now().date()
    usage.add([((today, "v1", "resolve", f"key {each}"), each) for each in range(1, 50)])

    with django_assert_max_num_queries(12):
        assert browser.get("/catalogue").status_code == 200


@pytest.mark.parametrize(
    ("delivery", "said"),
    [
        (
            {"state": "delivered", "finished_at": TOLD},
            "delivered on 3 Nov 2026",
        ),
        ({"state": "waiting"}, "waits for its webhook"),
        ({"state": "dead"}, "given up by its webhook: tell them yourself"),
        (None, "no webhook of its own: tell them yourself"),
    ],
)
def test_it_says_when_each_was_told_and_whom_a_person_must_tell(
    ending, sign_in, machine, delivery, said
):
    machine("client:read")
    client = ApiClient.objects.get()
    usage.add([((timezone.now().date(), "v1", "resolve", client.name), 5)])
    told(client, delivery)

    page = text(sign_in("auditor").get("/catalogue"))

    assert f"told on 3 Nov 2026, {said}</li>" in page
    assert "not told" not in page


def test_it_says_who_was_not_told(ending, sign_in):
    usage.add([((timezone.now().date(), "v1", "resolve", "new ERP"), 5)])

    assert "<li>not told</li>" in text(sign_in("auditor").get("/catalogue"))


def told(client, delivery):
    """A notice, and what became of its delivery to a webhook of the client, if there is one."""
    event = events.record("api.deprecated", content={"consumer": client.name}, cause=cause(at=TOLD))
    Notice.objects.create(
        client=client, version="v1", operation="resolve", stage="deprecated", event=event,
        told_at=TOLD,
    )  # fmt: skip
    place_events()
    if delivery:
        hook = Subscription.objects.create(
            name="a hook", url="https://firm.example", client=client, created_at=TOLD, position=0
        )
        position = event.placed.position
        hook.deliveries.create(event=event, position=position, not_before=TOLD, **delivery)
