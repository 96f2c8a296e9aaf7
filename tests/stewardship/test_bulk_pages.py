"""The pages of bulk decisions: what is chosen, shown, watched, tried again and taken back."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from matching import decisions
from matching.domains import MODELS
from matching.index.building import build
from matching.models import Decision
from mdm import work
from mdm.models import Work
from stewardship import bulk, bulk_pages, undoing
from stewardship.models import BulkDecision
from tests.factories import NOW, cause, golden_of, golden_record, record
from tests.stewardship.in_bulk import EVERY, WHY, as_it_stands, decide, revert
from tests.stewardship.reviews import review_of, two

pytestmark = pytest.mark.django_db


def test_the_page_shows_a_sample_then_decides_and_takes_back(sign_in):
    pair = review_of(*two(1))
    browser = sign_in("steward")

    page = browser.get("/bulk/choose/client", {"low": "", "high": "", "verdict": "match"})
    text = page.content.decode()
    assert "1 review would be decided" in text
    assert "Client 1 Ltd" in text
    sent = {"low": "", "high": "", "verdict": "match", "reason": "looked"}
    answer = browser.post("/bulk/choose/client", {**sent, "plan": page.context["plan"].fingerprint})
    work.drain()
    assert len(set(golden_of(pair.left, pair.right))) == 1
    assert browser.get(f"{answer.url}/progress")["HX-Refresh"] == "true"
    browser.post(answer.url, {"action": "revert"})
    work.drain()

    assert len(set(golden_of(pair.left, pair.right))) == 2
    assert "Taken back" in browser.get(answer.url).content.decode()


@pytest.mark.parametrize("role", ["viewer", "finance", "integrator", "administrator", "auditor"])
def test_whoever_does_not_decide_does_not_decide_in_bulk(sign_in, role):
    made = BulkDecision.objects.create(
        id="00000000-0000-4000-8000-000000000001", domain="client", verdict="match", rule={},
        reason="", state="done", done_by="user:ann", asked_at=NOW, correlation_id="ts-test",
    )  # fmt: skip
    browser = sign_in(role)

    assert browser.get("/bulk").status_code == 403
    assert browser.post("/bulk/choose/client", {"low": ""}).status_code == 403
    assert browser.post(f"/bulk/{made.pk}").status_code == 403


def test_the_preview_asks_little_of_the_database(sign_in, django_assert_max_num_queries, settings):
    """Though people decided about the same records, and money may take two of them."""
    settings.SECOND_PERSON_ABOVE = {("client", "EUR"): Decimal(1_000)}
    pairs = [review_of(*two(number)) for number in range(3)]
    third = record("third", legal_name="Client 0 Group")
    golden_record(third)
    decisions.decide(pairs[0].left_id, third.pk, Decision.Verdict.NO_MATCH, cause=cause())
    build(MODELS["client"], at=NOW)
    browser = sign_in("steward")
    browser.get("/bulk/choose/client?low=")

    with django_assert_max_num_queries(12):
        page = browser.get("/bulk/choose/client?low=")
    assert "3 reviews would be decided" in page.content.decode()


def test_the_list_asks_little_of_the_database(sign_in, django_assert_max_num_queries):
    for number in range(3):
        review_of(*two(number))
    decide()
    browser = sign_in("steward")

    with django_assert_max_num_queries(12):
        assert browser.get("/bulk").status_code == 200


@pytest.mark.parametrize("verdict", ["match", "no_match"])
def test_what_a_person_did_in_bulk_is_listed_as_one_thing(sign_in, verdict):
    review_of(*two(1)), review_of(*two(2))
    browser = sign_in("steward")
    sent = {"low": "", "high": "", "verdict": verdict, "reason": "looked"}
    plan = browser.get("/bulk/choose/client", sent).context["plan"].fingerprint
    made = browser.post("/bulk/choose/client", {**sent, "plan": plan})
    work.drain()

    page = browser.get("/actions").content.decode()

    assert f'<a href="{made.url}">2 reviews in bulk</a>' in page
    assert "Client 1" not in page


def test_of_an_action_on_many_some_are_named_and_the_rest_counted(sign_in, monkeypatch):
    monkeypatch.setattr(undoing, "NAMED", 1)
    pair = review_of(*two(1))
    browser = sign_in("steward")
    browser.post(f"/pairs/{pair.pk}", {"verdict": "match"})

    page = browser.get("/actions").content.decode()

    assert page.count('href="/client/') == 1
    assert ", 1 more" in page


def test_what_is_asked_of_the_database_does_not_grow_with_the_reviews(sign_in):
    browser = sign_in("steward")

    def asked_for(numbers):
        for number in numbers:
            review_of(*two(number))
        with CaptureQueriesContext(connection) as shown:
            assert browser.get("/bulk/choose/client?low=").status_code == 200
        with CaptureQueriesContext(connection) as decided:
            made = decide()
        with CaptureQueriesContext(connection) as undone:
            assert revert(made).state == "reverted"
        return [len(each) for each in (shown, decided, undone)]

    asked_for([0])  # what is read once and kept

    assert asked_for([1]) == asked_for(range(2, 12))


def given_up(made):
    """The chunks that are left were tried too often."""
    Work.objects.filter(kind="decide chunk", state="waiting").update(state="parked", problem="lost")
    made.refresh_from_db()
    return made


@pytest.fixture
def half_done(monkeypatch):
    """A bulk decision of which one chunk is done and another one was given up."""
    monkeypatch.setattr(bulk, "PAIRS_IN_A_CHUNK", 1)
    pairs = [review_of(*two(number)) for number in range(2)]
    before = as_it_stands()
    planned = bulk.plan(EVERY, Decision.Verdict.MATCH)
    made = bulk.begin(EVERY, Decision.Verdict.MATCH, planned.fingerprint, cause=WHY)
    work.perform(Work.objects.filter(kind="decide chunk").order_by("pk").first().pk)
    return given_up(made), pairs, before


def test_what_was_given_up_is_shown_and_tried_again(sign_in, half_done):
    made, pairs, _ = half_done
    browser, address = sign_in("steward"), f"/bulk/{made.pk}"

    page = browser.get(address).content.decode()
    assert browser.get(f"{address}/progress")["HX-Refresh"] == "true"
    browser.post(address, {"action": "retry"})
    work.drain()

    made.refresh_from_db()
    assert "given up after several attempts: lost" in page
    assert made.state == "done"
    assert all(len(set(golden_of(pair.left, pair.right))) == 1 for pair in pairs)


def test_a_bulk_decision_that_got_stuck_is_taken_back(sign_in, half_done):
    made, _, before = half_done

    sign_in("steward").post(f"/bulk/{made.pk}", {"action": "revert"})
    work.drain()

    made.refresh_from_db()
    assert made.state == "reverted"
    assert as_it_stands() == before


def test_bulk_decisions_go_on_on_a_next_page(sign_in, monkeypatch):
    monkeypatch.setattr(bulk_pages, "PAGE", 1)
    review_of(*two(1))
    first = decide()
    review_of(*two(2))
    second = decide()
    browser = sign_in("steward")

    pages = [browser.get(f"/bulk?page={page}").content.decode() for page in (1, 2)]

    shown = [{each.pk for each in (first, second) if str(each.pk) in page} for page in pages]
    assert [len(each) for each in shown] == [1, 1]
    assert shown[0] | shown[1] == {first.pk, second.pk}
    assert ["page=2" in page for page in pages] == [True, False]
