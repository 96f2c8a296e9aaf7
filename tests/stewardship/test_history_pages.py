from datetime import timedelta

import pytest

from mdm import golden
from mdm.golden import Link, Merge
from tests.factories import LATER, NOW, cause, golden_record, record

pytestmark = pytest.mark.django_db

BEFORE = (LATER - timedelta(days=1)).date().isoformat()


def text(answer):
    return answer.content.decode()


def page(browser, made, **query):
    return browser.get(f"/client/{made.pk}", query)


@pytest.fixture
def merged():
    """Two golden records that were merged, and the browser of somebody who looks at them."""
    first = golden_record(record("A", legal_name="Acme"), at=NOW)
    second = golden_record(record("B", legal_name="Beta", phone="+1"))
    why = cause(at=LATER, reason="same tax id", request_id="rq-1")
    ids = frozenset([first.pk, second.pk])
    golden.merge("client", [Merge(ids, "match", 23.5, "client-3")], cause=why)
    return first, second


def test_the_history_says_what_happened_who_did_it_and_why(sign_in, merged):
    first, second = merged

    answer = page(sign_in("steward"), first, history=1)

    newest = answer.context["timeline"][0]
    assert newest["what"] == "Others were merged into it"
    assert newest["others"] == (second.pk,)
    assert newest["linked"] == "CRM:B (23.5 bits)"
    assert {"label": "Phone", "before": "", "after": "+1"} in newest["changes"]
    for said in ("by ann", "same tax id", "rq-1", f'href="/client/{second.pk}"'):
        assert said in text(answer)


def test_the_record_is_shown_as_it_then_was(sign_in, merged):
    first, second = merged

    answer = page(sign_in("viewer"), second, as_of=BEFORE)

    assert answer.context["title"] == "Beta"
    assert [each.source_key for each in answer.context["identifiers"]] == ["B"]
    assert "CRM:B" in {line["origin"] for line in answer.context["lines"]}
    assert "As it is now" in text(answer)
    after = page(sign_in("finance"), second, as_of=LATER.strftime("%Y-%m-%dT%H:%M"))
    assert after.context["redirected_from"] == second.pk
    assert after.context["state"].id == first.pk


def test_before_it_existed_the_page_says_since_when_it_does(sign_in, merged):
    first, _ = merged

    answer = page(sign_in("viewer"), first, as_of="2026-01-01")

    assert answer.status_code == 200
    assert "It did not exist at 1 Jan 2026 23:59:59" in text(answer)


def test_older_entries_are_on_the_next_page(sign_in):
    made = golden_record(at=NOW)
    for number in range(30):
        link = Link(record(source="ERP").pk, "match")
        at = cause(at=LATER + timedelta(minutes=number))
        golden.attach("client", {made.pk: [link]}, cause=at)
    browser = sign_in("viewer")

    first = page(browser, made, history=1)
    second = browser.get(f"/client/{made.pk}?{first.context['next_page']}")

    assert len(first.context["timeline"]) == 50
    assert len(second.context["timeline"]) == 12
    assert "Earlier" in text(first)
    assert "Earlier" not in text(second)


def test_a_moment_is_asked_for_and_shown_in_the_zone_of_whoever_looks(sign_in):
    made = golden_record(record("A", legal_name="Acme"), at=NOW)
    browser = sign_in("viewer")
    browser.cookies["zone"] = "Asia/Tokyo"
    typed = "2026-06-01T21:05"

    answer = page(browser, made, as_of=typed)

    assert answer.context["as_of"] == NOW + timedelta(minutes=5)
    assert f'value="{typed}"' in text(answer)
    assert "As it was at (Asia/Tokyo)" in text(answer)
    assert page(browser, made, as_of="2026-06-01T20:59").context["state"] is None
    linked = page(browser, made, as_of="2026-06-01T12:05:00+00:00")
    assert linked.context["as_of"] == answer.context["as_of"]
    assert f'value="{typed}"' in text(linked)
    assert "As it was at (UTC)" in text(page(sign_in("finance"), made, history=1))


def test_the_past_is_masked_for_whoever_may_not_see_personal_values(sign_in):
    made = golden_record(
        record("P", domain="contact", given_name="Ann", family_name="Lee", language="en"), at=NOW
    )
    browser = sign_in("viewer")

    for query in ({}, {"as_of": LATER.date().isoformat()}):
        answer = browser.get(f"/contact/{made.pk}", query)
        assert answer.status_code == 200
        assert "•••" in text(answer)
        assert "Lee" not in text(answer)


def test_a_page_of_the_past_takes_as_many_queries_for_many_sources_as_for_one(
    sign_in, django_assert_max_num_queries
):
    made = golden_record(*(record() for _ in range(30)), at=NOW)
    browser = sign_in("viewer")
    page(browser, made, as_of=LATER.date().isoformat())

    with django_assert_max_num_queries(9):
        page(browser, made, as_of=LATER.date().isoformat())
