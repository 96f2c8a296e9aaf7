from dataclasses import replace

import pytest
from django.db import IntegrityError
from django.utils import timezone

from matching import decisions
from matching.conflicts import DecisionConflictError, DecisionRefusedError, seen_of
from matching.decisions import ContradictionError, decide, made_by, withdraw
from matching.domains import MODELS
from matching.models import Decision
from mdm import golden, work
from mdm.golden import Merge
from mdm.models import Event, Feed, FeedBatch, SourceRecord
from stewardship.models import StewardshipTask
from tests.factories import (
    LATER,
    cause,
    golden_of,
    load,
    match,
    pair_of,
    record,
    rematch,
    steward_links,
)

pytestmark = pytest.mark.django_db

MATCH, NO_MATCH = Decision.Verdict.MATCH, Decision.Verdict.NO_MATCH
UNSURE = Decision.Verdict.UNSURE


@pytest.fixture
def acme():
    return record("A", legal_name="Acme Ltd")


@pytest.fixture
def group():
    """A record so like `acme` that a steward is asked."""
    return record("1", source="ERP", legal_name="Acme Group Ltd")


def keep_apart(one, other, **said):
    return decide(one.pk, other.pk, NO_MATCH, cause=cause(at=LATER), **said)


def stored(one, other, verdict):
    """A decision that nobody checked against others, as from before there were checks."""
    left, right = sorted((one, other), key=lambda each: each.pk)
    return Decision.objects.create(
        left=left, right=right, domain="client", verdict=verdict, decided_by="user:bob",
        decided_at=LATER,
    )  # fmt: skip


def rename(known, name):
    """Its source sends the record again under another name."""
    load(known.home_feed, f"Id,Name\n{known.source_key},{name}\n")


def test_a_decision_is_about_a_pair_whichever_record_is_named_first(acme, group):
    first = keep_apart(group, acme)
    second = keep_apart(acme, group)

    first.refresh_from_db()
    assert (first.left_id, first.right_id) == (second.left_id, second.right_id)
    assert first.superseded_at == LATER
    assert list(Decision.objects.live()) == [second]


def test_a_later_decision_supersedes_and_the_earlier_one_is_kept(acme, group):
    keep_apart(acme, group)

    decide(acme.pk, group.pk, MATCH, cause=cause(at=LATER))

    assert decisions.apart("client") == []
    assert decisions.together("client") == [(acme.pk, group.pk)]
    assert Decision.objects.count() == 2


def test_a_decision_keeps_the_evidence_as_it_stood_without_a_value(acme, group):
    match()

    made = keep_apart(acme, group, reason="two registers")

    pair = pair_of(acme, group)
    assert pair.state == "decided"
    assert made.evidence["match_weight"] == pair.match_weight
    assert made.evidence["versions"] == [1, 1]
    assert "Acme" not in str(made.evidence)


def test_a_decision_is_an_event_by_whoever_decided(acme, group):
    made = keep_apart(acme, group)

    event = Event.objects.get(type="decision.made")
    assert event.by == made.decided_by == "user:ann"
    assert event.content == {
        "records": [acme.pk, group.pk],
        "verdict": "no_match",
        "decision": made.pk,
    }


def test_keeping_apart_what_is_one_golden_record_is_refused():
    one, other = record("A", legal_name="Acme Ltd"), record("B", legal_name="Acme Ltd")
    match()

    with pytest.raises(DecisionRefusedError, match="take one out of it first"):
        keep_apart(one, other)

    assert not Decision.objects.exists()


def test_a_decision_across_domains_or_about_one_record_is_refused(acme):
    contact = record("P", domain="contact", family_name="Lee")

    for other in (contact.pk, acme.pk, 0):
        with pytest.raises(DecisionRefusedError, match="two source records of one domain"):
            decide(acme.pk, other, NO_MATCH, cause=cause())


def test_the_database_refuses_a_second_live_decision_about_a_pair(acme, group):
    made = keep_apart(acme, group)
    made.pk = None

    with pytest.raises(IntegrityError, match="one_live_decision_per_pair"):
        made.save(force_insert=True)


def test_records_decided_apart_stay_apart_however_alike_they_become(acme, group):
    match()
    keep_apart(acme, group)

    rename(group, "Acme Ltd")

    one, other = golden_of(acme, group)
    assert one != other
    assert pair_of(acme, group).state == "decided"


def test_records_decided_apart_before_their_first_run_stay_apart():
    one, other = record("A", legal_name="Acme Ltd"), record("B", legal_name="Acme Ltd")
    keep_apart(one, other)

    match()

    assert len(set(golden_of(one, other))) == 2


def test_not_a_match_binds_the_clusters_on_both_sides():
    names = {"legal_name": "Acme Ltd"}
    left = record("A", **names, tax_id="GB123456789")
    right = record("B", **names, lei="5299000J2N45DDNE4Y28")
    keep_apart(left, right)
    match()
    left_too = record("A2", **names, tax_id="GB123456789")
    right_too = record("B2", **names, lei="5299000J2N45DDNE4Y28")

    match()

    first, first_too, second, second_too = golden_of(left, left_too, right, right_too)
    assert first == first_too != second == second_too
    pair = pair_of(left_too, right_too)
    assert pair.match_weight > 6
    assert (pair.state, pair.kept_apart_by) == ("decided", "kept apart by decision")


def test_records_decided_to_match_become_one_however_unlike_they_are():
    one, other = record("A", legal_name="Acme Ltd"), record("B", legal_name="Zebra GmbH")
    match()
    decide(one.pk, other.pk, MATCH, cause=cause(at=LATER))

    record("C", legal_name="Beta LLP")
    match()

    assert len(set(golden_of(one, other))) == 1


def test_decisions_that_contradict_each_other_merge_nothing():
    one, other, third = (record(key, legal_name=f"{key * 5} Ltd") for key in "ABC")
    match()
    decide(one.pk, other.pk, MATCH, cause=cause())
    decide(other.pk, third.pk, MATCH, cause=cause())
    stored(one, third, NO_MATCH)

    record("D", legal_name="Delta LLP")
    match()

    assert len(set(golden_of(one, other, third))) == 3


def test_a_pair_asks_again_once_the_decision_that_kept_its_clusters_apart_is_withdrawn(acme, group):
    match()
    keep_apart(acme, group)
    sibling = record("A2", legal_name="Acme Ltd")
    match()
    assert pair_of(sibling, group).state == "decided"

    decide(acme.pk, group.pk, UNSURE, cause=cause(at=LATER))
    rename(sibling, "Acme Limited")

    assert pair_of(sibling, group).state == "pending"
    assert pair_of(acme, group).state == "decided"


def test_a_decision_says_why_in_a_word_that_can_be_counted(acme, group):
    made = keep_apart(acme, group, reason_code=Decision.Reason.NAMESAKE, reason="two towns")

    made.refresh_from_db()
    assert (made.reason_code, made.reason) == ("namesake", "two towns")


def test_what_others_decided_is_not_contradicted_and_they_are_named(acme, group):
    third = record("X", source="PSA", legal_name="Zebra GmbH")
    decide(acme.pk, group.pk, MATCH, cause=cause(by="user:bob"))
    keep_apart(group, third)

    with pytest.raises(ContradictionError) as refused:
        decide(third.pk, acme.pk, MATCH, cause=cause())

    assert str(refused.value) == (
        "it contradicts what is settled: CRM:A, ERP:1 are one thing (decision"
        f" {refused.value.chain[0].name.split()[1]} by user:bob at 2026-06-01 12:00);"
        " ERP:1 and PSA:X are two things (decision"
        f" {refused.value.chain[1].name.split()[1]} by user:ann at 2026-07-01 12:00)"
    )
    assert Decision.objects.count() == 2


def test_a_contradicting_decision_stands_when_it_says_what_it_supersedes(acme, group):
    third = record("X", source="PSA", legal_name="Zebra GmbH")
    decide(acme.pk, group.pk, MATCH, cause=cause())
    apart = keep_apart(group, third)
    with pytest.raises(ContradictionError) as refused:
        decide(third.pk, acme.pk, MATCH, cause=cause())

    replaced = [each for each in made_by(refused.value.chain) if each == apart]
    made = decide(
        third.pk, acme.pk, MATCH, supersedes=replaced, cause=cause(at=LATER, by="user:bob")
    )

    apart.refresh_from_db()
    assert (apart.superseded_at, apart.superseded_by) == (LATER, "user:bob")
    assert made in Decision.objects.live()
    event = Event.objects.filter(type="decision.made").latest("pk")
    assert event.content["supersedes"] == {"decisions": [apart.pk], "group_decisions": []}


def test_what_a_person_linked_counts_as_decided(acme, group):
    third = record("X", source="PSA", legal_name="Zebra GmbH")
    steward_links(acme, group)
    keep_apart(group, third)

    with pytest.raises(ContradictionError, match=r"golden record .* by people"):
        decide(third.pk, acme.pk, MATCH, cause=cause())


def test_a_decision_that_is_withdrawn_no_longer_holds_and_is_kept(acme, group):
    match()
    made = keep_apart(acme, group)

    withdraw(made, cause=cause(at=LATER, by="user:bob", reason="looked again"))

    made.refresh_from_db()
    assert (made.superseded_at, made.superseded_by) == (LATER, "user:bob")
    assert decisions.apart("client") == []
    assert pair_of(acme, group).state == "pending"
    event = Event.objects.get(type="decision.withdrawn")
    assert (event.by, event.reason, event.content["decisions"]) == (
        "user:bob", "looked again", [made.pk],
    )  # fmt: skip
    with pytest.raises(DecisionRefusedError, match="superseded already"):
        withdraw(made, cause=cause())


def test_a_review_is_closed_by_a_decision_and_opened_again_when_that_is_withdrawn(acme, group):
    match()
    made = keep_apart(acme, group)
    work.drain()
    assert not StewardshipTask.objects.filter(state="open").exists()

    withdraw(made, cause=cause(at=LATER))
    work.drain()

    assert StewardshipTask.objects.get(state="open").subject == str(pair_of(acme, group).pk)


@pytest.mark.parametrize("verdict", Decision.Verdict.undecided())
def test_who_is_unsure_is_asked_again_when_there_is_new_evidence_and_not_before(
    acme, group, verdict
):
    match()
    decide(acme.pk, group.pk, verdict, cause=cause())
    FeedBatch.objects.update(matched_at=None)
    match()
    assert pair_of(acme, group).state == "decided"

    rename(group, "Acme Gruop Ltd")

    assert pair_of(acme, group).state == "pending"
    assert StewardshipTask.objects.get(state="open").subject == str(pair_of(acme, group).pk)


def test_a_decision_survives_other_rules(acme, group, monkeypatch):
    match()
    keep_apart(acme, group)
    model = MODELS["client"]
    monkeypatch.setitem(MODELS, "client", replace(model, version=99, merge_at=model.review_at))

    rematch()

    assert len(set(golden_of(acme, group))) == 2
    assert pair_of(acme, group).state == "decided"


def test_a_decision_survives_that_both_records_go_and_come_back(acme, group):
    match()
    keep_apart(acme, group)
    for each in (acme, group):
        home = each.home_feed
        Feed.objects.filter(pk=home.pk).update(largest_inactivated_share=1, largest_changed_share=1)
        load(home, f"Id,Name\n{each.source_key}2,Zebra GmbH\n")
    assert SourceRecord.objects.filter(inactive_at=None).count() == 2

    for each in (acme, group):
        load(each.home_feed, f"Id,Name\n{each.source_key},Acme Ltd\n{each.source_key}2,Zebra\n")

    assert SourceRecord.objects.filter(inactive_at=None).count() == 4
    assert len(set(golden_of(acme, group))) == 2


def test_a_decision_survives_that_its_golden_records_are_merged_with_others(acme, group):
    match()
    keep_apart(acme, group)
    other = record("Z", source="PSA", legal_name="Zebra GmbH")
    match()
    ids = golden_of(acme, other)

    golden.merge("client", [Merge(frozenset(ids), "steward")], cause=cause(at=LATER))

    ids = frozenset(golden_of(other, group))
    with pytest.raises(golden.MergeRefusedError, match="decided apart: CRM:A and ERP:1 are two"):
        golden.merge("client", [Merge(ids, "steward")], cause=cause(at=LATER))


def test_no_pair_waits_between_things_that_are_kept_apart(acme, group):
    twin = record("B", source="PSA", legal_name="Acme Ltd", tax_id="GB123456789")
    match()
    assert pair_of(twin, group).state == pair_of(acme, group).state == "pending"

    keep_apart(acme, group)

    assert len(set(golden_of(acme, twin))) == 1
    assert pair_of(twin, group).state == "decided"
    work.drain()
    assert not StewardshipTask.objects.filter(state="open").exists()


def test_whoever_looked_before_somebody_took_the_record_elsewhere_is_told_who_it_was(acme, group):
    twin = record("A2", source="PSA", legal_name="Acme Ltd")
    match()
    looked, bob = seen_of(acme.pk, group.pk), cause(at=timezone.now(), by="user:bob")
    home = golden_of(acme, twin)[0]
    taken = golden.separate("client", {home: [[acme.pk], [twin.pk]]}, method="steward", cause=bob)
    ids = frozenset([taken[home][0], *golden_of(group)])
    golden.merge("client", [Merge(ids, "steward")], cause=bob)

    with pytest.raises(DecisionConflictError, match=r"^bob linked one of them to"):
        decide(acme.pk, group.pk, MATCH, seen=looked, cause=cause(at=LATER))

    assert decide(acme.pk, group.pk, MATCH, seen=seen_of(acme.pk, group.pk), cause=cause())


def test_whoever_looked_before_a_decision_was_withdrawn_is_told_who_did(acme, group):
    made = keep_apart(acme, group)
    looked = seen_of(acme.pk, group.pk)
    withdraw(made, cause=cause(at=LATER, by="user:bob"))

    with pytest.raises(DecisionConflictError, match=r"^bob decided on them, or withdrew that"):
        decide(acme.pk, group.pk, MATCH, seen=looked, cause=cause(at=LATER))
