from datetime import UTC, datetime

import pytest
from django.utils import timezone

from mdm.api import openapi, operations
from mdm.api.operations import LifeCycle
from mdm.governance import usage

pytestmark = pytest.mark.django_db


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
