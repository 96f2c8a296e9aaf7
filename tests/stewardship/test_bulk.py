"""Many reviews decided at once: guarded, as previewed, and taken back to the last link."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from matching.models import Decision, MatchPair
from mdm import work
from mdm.bulk import execute
from mdm.models import Event
from stewardship import bulk, regret, review
from stewardship.bulk import BulkRefusedError, Rule
from stewardship.guarding import with_golden
from stewardship.models import BulkChunk, StewardAction, StewardshipTask
from tests.factories import cause, golden_of, golden_record, record
from tests.stewardship.in_bulk import EVERY, WHY, as_it_stands, decide, revert
from tests.stewardship.reviews import DIFFERENT_FORM, review_of, two

pytestmark = pytest.mark.django_db


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

    plan = with_golden(EVERY.pairs()[: bulk.MOST]).explain()

    assert "Index Scan using pairs_that_wait" in plan
    assert "Sort" not in plan
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


def test_a_rule_that_nothing_fits_decides_nothing():
    with pytest.raises(BulkRefusedError, match="no review is left"):
        bulk.begin(
            EVERY,
            Decision.Verdict.MATCH,
            bulk.plan(EVERY, Decision.Verdict.MATCH).fingerprint,
            cause=WHY,
        )


def new_evidence_on(pair):
    """What a later match run found of a pair on which people had been unsure: they are asked."""
    pair.levels = [2, *pair.levels[1:]]
    pair.state = "pending"
    pair.save()
    StewardshipTask.objects.filter(subject=str(pair.pk)).update(state="open")


def test_people_are_as_unsure_as_before_once_all_is_taken_back():
    unsure, asked = review_of(*two(1)), review_of(*two(2))
    said = {"cause": cause(by="user:eve", reason="cannot tell")}
    review.decide(unsure.left_id, unsure.right_id, Decision.Verdict.UNSURE, **said)
    review.decide(asked.left_id, asked.right_id, Decision.Verdict.NEEDS_INFO, **said)
    for pair in (unsure, asked):
        new_evidence_on(pair)
    before = as_it_stands()

    made = decide()
    assert not Decision.objects.live().exclude(verdict="match").exists()
    assert revert(made).state == "reverted"

    assert as_it_stands() == before
    assert {each.decided_by for each in Decision.objects.live()} == {"user:eve"}
    told = Event.objects.filter(type="decision.made", by="user:bob")
    assert {each.content["verdict"] for each in told} == {"unsure", "needs_info"}


@pytest.mark.parametrize("verdict", ["match", "no_match"])
def test_taking_many_back_asks_the_database_no_more_than_taking_few_back(verdict):
    assert queries_of_taking_back(2, verdict) == queries_of_taking_back(6, verdict)


def queries_of_taking_back(count, verdict):
    """Of reviews of which people were unsure before, and on which others decided for a while."""
    with transaction.atomic():
        for pair in [review_of(*two(number)) for number in range(count)]:
            review.decide(pair.left_id, pair.right_id, Decision.Verdict.UNSURE, cause=cause())
            new_evidence_on(pair)
        made = decide(verdict=verdict)
        for each in Decision.objects.live():
            asked = review.decide(
                each.left_id, each.right_id, Decision.Verdict.NEEDS_INFO, cause=cause()
            )
            regret.undo(asked.pk, cause=cause())
        work.drain()
        with CaptureQueriesContext(connection) as captured:
            assert revert(made).state == "reverted"
        assert set(Decision.objects.live().values_list("verdict", flat=True)) == {"unsure"}
        transaction.set_rollback(True)
    return len(captured)
