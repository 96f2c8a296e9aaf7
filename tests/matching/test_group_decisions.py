"""Decisions on groups of records: a row a record, and binding for whatever is one with them."""

import pytest

from matching.conflicts import DecisionRefusedError
from matching.decisions import ContradictionError, decide, decide_groups, supersede
from matching.models import ClusterDecision, DecidedMember, Decision, MatchPair
from mdm import golden, invariants
from mdm.golden import Merge
from mdm.models import Event
from tests.factories import (
    LATER,
    cause,
    golden_of,
    golden_record,
    match,
    pair_of,
    record,
    rematch,
)

pytestmark = pytest.mark.django_db

MATCH, NO_MATCH = ClusterDecision.Verdict.MATCH, ClusterDecision.Verdict.NO_MATCH


def acme(key, source="CRM", **attributes):
    return record(key, source=source, legal_name="Acme Tools Ltd", **attributes)


def ids(*records):
    return [each.pk for each in records]


def keep_apart(left, right, **said):
    return decide_groups("client", [ids(*left), ids(*right)], NO_MATCH, cause=cause(), **said)


def test_a_decision_on_groups_has_a_row_a_record_and_not_one_a_pair():
    left, right = [acme(f"A{n}") for n in range(4)], [acme(f"B{n}") for n in range(5)]

    made = keep_apart(left, right, reason_code="related", reason="sister companies")

    assert DecidedMember.objects.count() == 9
    assert (made.reason_code, made.reason, made.decided_by) == (
        "related", "sister companies", "user:ann",
    )  # fmt: skip
    event = Event.objects.get(type="decision.made")
    assert event.content["group_decision"] == made.pk
    assert event.content["records"] == ids(*left, *right)


def test_groups_that_are_kept_apart_are_not_joined_by_a_run():
    left, right = (acme("A"), acme("B")), (acme("C"), acme("D"))
    keep_apart(left, right)

    match()

    first, second = golden_of(*left), golden_of(*right)
    assert set(first).isdisjoint(second)
    assert {pair_of(one, other).state for one in left for other in right} == {"decided"}
    assert broken() == []


def test_a_record_that_joins_one_side_later_is_kept_from_the_other_side_too():
    left, right = acme("A", tax_id="GB123456789"), acme("C", lei="5299000J2N45DDNE4Y28")
    match_apart = keep_apart([left], [right])
    match()

    late = acme("B", source="ERP", tax_id="GB123456789")
    match()

    assert golden_of(late) == golden_of(left) != golden_of(right)
    assert pair_of(late, right).state == "decided"
    supersede([match_apart], cause=cause(at=LATER))
    assert pair_of(late, right).state == "pending"


def test_a_group_that_is_decided_to_be_one_thing_becomes_one_golden_record():
    three = [record(key, legal_name=f"{key * 6} Ltd") for key in "ABC"]
    match()
    decide_groups("client", [ids(*three)], MATCH, cause=cause())

    record("D", legal_name="Somebody else")
    match()

    assert len(set(golden_of(*three))) == 1


def test_records_in_one_golden_record_are_taken_out_before_they_are_kept_apart():
    one, other = acme("A"), acme("B")
    golden_record(one, other)

    with pytest.raises(DecisionRefusedError, match="CRM:A and CRM:B are in one golden record"):
        keep_apart([one], [other])


def test_a_decision_on_groups_that_contradicts_one_on_a_pair_is_refused_and_the_other_way_round():
    one, other, third = acme("A"), acme("B"), acme("C")
    on_pair = decide(one.pk, other.pk, Decision.Verdict.MATCH, cause=cause())
    with pytest.raises(ContradictionError, match=f"decision {on_pair.pk} by user:ann"):
        keep_apart([one, third], [other])

    on_groups = keep_apart([one, third], [other], supersedes=[on_pair])

    with pytest.raises(ContradictionError, match=f"group decision {on_groups.pk} by user:ann"):
        decide(one.pk, other.pk, Decision.Verdict.MATCH, cause=cause())
    assert not Decision.objects.live().exists()


@pytest.mark.parametrize(
    ("sides", "verdict", "why"),
    [
        ([[0], []], NO_MATCH, "two groups of records"),
        ([[0], [0, 1]], NO_MATCH, "named twice"),
        ([[0]], MATCH, "two records or more"),
        ([[0], [1]], MATCH, "two records or more"),
    ],
)
def test_a_decision_that_says_nothing_is_refused(sides, verdict, why):
    records = acme("A"), acme("B")
    named = [[records[number].pk for number in side] for side in sides]

    with pytest.raises(DecisionRefusedError, match=why):
        decide_groups("client", named, verdict, cause=cause())


def test_records_of_another_domain_are_refused():
    with pytest.raises(DecisionRefusedError, match="are not of the domain"):
        decide_groups("contact", [ids(acme("A"), acme("B"))], MATCH, cause=cause())


def test_what_is_taken_out_stays_out_whatever_runs_after():
    """Unmerge leaves a decision against a snapshot of the members that were left."""
    one, other, third = acme("A"), acme("B"), acme("C")
    match()
    (golden_id, *_) = golden_of(one)
    golden.separate("client", {golden_id: [[third.pk]]}, method="steward", cause=cause(at=LATER))
    keep_apart([third], [one, other])

    late = acme("D")
    match()
    rematch()

    assert golden_of(one) == golden_of(other) != golden_of(third)
    assert golden_of(late)[0] in golden_of(one, third)
    assert not MatchPair.objects.filter(state="pending").exists()
    assert broken() == []


def test_a_merge_across_a_decision_on_groups_is_refused_with_who_made_it():
    left, right = golden_record(acme("A")), golden_record(acme("B"))
    made = keep_apart(*([link.record for link in each.links.all()] for each in (left, right)))

    with pytest.raises(
        golden.MergeRefusedError,
        match=rf"CRM:A and CRM:B are two things \(group decision {made.pk} by user:ann at 2026",
    ):
        golden.merge("client", [Merge(frozenset([left.pk, right.pk]), "steward")], cause=cause())


def broken():
    return [finding.name for finding in invariants.check() if finding.count]
