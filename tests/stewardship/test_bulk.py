"""Many reviews decided at once: guarded, as previewed, and taken back to the last link."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from matching import decisions
from matching.domains import MODELS
from matching.index.building import build
from matching.models import Decision, MatchPair
from mdm import work
from mdm.bulk import execute, fetch
from mdm.models import Event, Work
from stewardship import bulk, bulk_pages, review, undoing
from stewardship.bulk import BulkRefusedError, Rule
from stewardship.models import BulkChunk, BulkDecision, StewardAction, StewardshipTask
from tests.factories import NOW, cause, golden_of, golden_record, record
from tests.stewardship.reviews import DIFFERENT_FORM, review_of, two

pytestmark = pytest.mark.django_db

EVERY = Rule("client", -100, 100)
WHY = cause(reason="same name, looked at the sample")


def decide(rule=EVERY, verdict="match"):
    verdict = Decision.Verdict(verdict)
    planned = bulk.plan(rule, verdict)
    made = bulk.begin(rule, verdict, planned.fingerprint, cause=WHY)
    work.drain()
    made.refresh_from_db()
    return made


def revert(made):
    bulk.revert(made.pk, cause=cause(by="user:bob"))
    work.drain()
    made.refresh_from_db()
    return made


def as_it_stands():
    """Every golden record with its values, every live link with its evidence, every open review."""
    return (
        fetch(
            "SELECT id, status, merged_into_id, title, attributes::text, provenance::text"
            " FROM mdm_goldenrecord ORDER BY id"
        ),
        fetch(
            "SELECT record_id, golden_id, method, match_weight, rule_version, via::text"
            " FROM mdm_crosswalklink WHERE unlinked_at IS NULL ORDER BY record_id"
        ),
        fetch("SELECT id, state, kept_apart_by FROM matching_matchpair ORDER BY id"),
        fetch("SELECT subject FROM stewardship_stewardshiptask WHERE state = 'open' ORDER BY 1"),
        fetch(
            "SELECT left_id, right_id, verdict FROM matching_decision WHERE superseded_at IS NULL"
        ),
    )


def test_many_reviews_are_merged_and_taken_back_to_the_last_link(monkeypatch):
    monkeypatch.setattr(bulk, "PAIRS_IN_A_CHUNK", 3)
    pairs = [review_of(*two(number)) for number in range(8)]
    chained = record("X", legal_name="Client 0")
    golden_record(chained)
    review_of(pairs[0].right, chained)
    before = as_it_stands()

    made = decide()
    assert made.state == "done"
    assert bulk.counts(made)["decided"] == 9
    assert BulkChunk.objects.count() >= 3
    assert all(len(set(golden_of(pair.left, pair.right))) == 1 for pair in pairs)
    assert len(set(golden_of(pairs[0].left, chained))) == 1
    assert not StewardshipTask.objects.filter(state="open").exists()

    assert revert(made).state == "reverted"
    assert as_it_stands() == before


def test_many_reviews_are_kept_apart_and_wait_again_once_taken_back():
    for number in range(5):
        review_of(*two(number))
    before = as_it_stands()

    made = decide(verdict="no_match")
    assert Decision.objects.live().filter(verdict="no_match").count() == 5
    assert not MatchPair.objects.filter(state="pending").exists()

    revert(made)
    assert as_it_stands() == before


def test_the_guard_leaves_out_vetoes_other_types_and_what_people_decided():
    fine = review_of(*two(1))
    review_of(*two(2, crm={"lei": "529900T8BM49AURSDO55"}, erp={"lei": "5493001KJTIIGC8Y1R12"}))
    review_of(*two(3), form=DIFFERENT_FORM)
    one, other = two(4)
    twin = record("T", legal_name="Twin")
    golden_record(twin)
    review.decide(other.pk, twin.pk, Decision.Verdict.NO_MATCH, cause=cause())
    review_of(one, other)
    review_of(one, twin)

    found = bulk.plan(EVERY, Decision.Verdict.MATCH).guarded

    assert [pair.pk for pair in found.kept] == [fine.pk]
    assert found.left_out == {"LEI differs": 1, "of another type": 1, "decided apart": 2}


def test_what_is_one_thing_already_is_not_kept_apart():
    one, other = two(1)
    golden_record(three := record("Z", legal_name="Zed"))
    review_of(one, other)
    review.decide(one.pk, other.pk, Decision.Verdict.MATCH, cause=cause())
    MatchPair.objects.update(state="pending")
    review_of(one, three)

    found = bulk.plan(EVERY, Decision.Verdict.NO_MATCH).guarded

    assert len(found.kept) == 1
    assert found.left_out == {"people decided that they are one thing": 1}


def test_many_golden_records_are_not_merged_unseen():
    middle = record("M", legal_name="Hub")
    golden_record(middle)
    for number in range(11):
        leaf = record(f"L{number}", source="ERP", legal_name=f"Leaf {number}")
        golden_record(leaf)
        review_of(middle, leaf)

    found = bulk.plan(EVERY, Decision.Verdict.MATCH).guarded

    assert not found.kept
    assert found.left_out.total() == 11


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        (Rule("client", 3, 100), 2),
        (Rule("client", -100, 3), 1),
        (Rule("client", -100, 100, top=("address",)), 2),
        (Rule("client", -100, 100, systems=("CRM", "ERP")), 2),
        (Rule("client", -100, 100, systems=("CRM",)), 0),
        (Rule("contact", -100, 100), 0),
    ],
)
def test_a_rule_chooses_by_all_that_it_says(rule, chosen):
    review_of(*two(1), weight=5.0)
    review_of(*two(2), weight=1.0, address=4)
    psa = record("P", source="PSA", legal_name="Client 3")
    review_of(psa, record("C3", legal_name="Client 3"), weight=4.0)

    assert rule.pairs().count() == chosen


def test_the_heaviest_are_read_from_the_index_of_what_waits_without_a_join():
    review_of(*two(1))
    execute("SET LOCAL enable_seqscan = off")
    execute("SET LOCAL enable_bitmapscan = off")

    plan = EVERY.pairs()[: bulk.MOST].explain()

    assert "Index Scan using pairs_that_wait" in plan
    assert "Join" not in plan
    assert "Nested Loop" not in plan


def test_what_is_decided_is_what_was_looked_at():
    review_of(*two(1))
    planned = bulk.plan(EVERY, Decision.Verdict.MATCH)
    review_of(*two(2))

    with pytest.raises(BulkRefusedError, match="other reviews fit the rule by now"):
        bulk.begin(EVERY, Decision.Verdict.MATCH, planned.fingerprint, cause=WHY)


def test_a_reason_must_be_given():
    review_of(*two(1))
    planned = bulk.plan(EVERY, Decision.Verdict.MATCH)

    with pytest.raises(BulkRefusedError, match="say why"):
        bulk.begin(EVERY, Decision.Verdict.MATCH, planned.fingerprint, cause=cause())


def test_what_somebody_settled_meanwhile_is_left_as_it_is():
    pair = review_of(*two(1))
    review_of(*two(2))
    planned = bulk.plan(EVERY, Decision.Verdict.MATCH)
    made = bulk.begin(EVERY, Decision.Verdict.MATCH, planned.fingerprint, cause=WHY)
    review.decide(pair.left_id, pair.right_id, Decision.Verdict.NO_MATCH, cause=cause())

    work.drain()

    assert bulk.counts(made)["decided"] == 1
    assert dict(bulk.counts(made)["left_out"]) == {"settled meanwhile": 1}
    assert len(set(golden_of(pair.left, pair.right))) == 2


def test_all_is_taken_back_or_nothing():
    review_of(*two(1))
    pair = review_of(*two(2))
    made = decide()
    (home,) = set(golden_of(pair.left, pair.right))
    late = record("late", legal_name="Client 2")
    golden_record(late)
    plan = review.preview_merge("client", [home, *golden_of(late)], cause=cause())
    review.merge("client", [home, *golden_of(late)], plan.token, cause=cause())
    before = as_it_stands()

    revert(made)

    assert made.state == "done"
    assert "other source records have joined" in made.problem
    assert as_it_stands() == before


def test_every_decision_says_who_why_and_of_which_batch():
    review_of(*two(1))

    made = decide()

    decision = Decision.objects.live().get()
    assert (decision.decided_by, decision.reason) == ("user:ann", WHY.reason)
    assert decision.evidence["match_weight"] == 4.0
    assert StewardAction.objects.get().batch == made.pk
    merged = Event.objects.filter(type="golden.merged").get()
    assert merged.request_id == f"bulk-{made.pk}"


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


def test_a_review_that_was_merged_along_waits_again_once_all_is_taken_back():
    first, second = review_of(*two(1), weight=5.0), review_of(*two(2), weight=5.0)
    review_of(first.left, second.left, weight=5.0)
    along = review_of(first.right, second.right, weight=1.0)
    before = as_it_stands()

    made = decide(Rule("client", 2, 100))
    along.refresh_from_db()
    assert along.state == "automatic"
    assert not StewardshipTask.objects.filter(state="open").exists()

    assert revert(made).state == "reverted"
    assert as_it_stands() == before


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


def test_a_rule_that_nothing_fits_decides_nothing():
    with pytest.raises(BulkRefusedError, match="no review is left"):
        bulk.begin(
            EVERY,
            Decision.Verdict.MATCH,
            bulk.plan(EVERY, Decision.Verdict.MATCH).fingerprint,
            cause=WHY,
        )


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
