import pytest
from django.db import IntegrityError

from matching import decisions
from matching.decisions import DecisionRefusedError, decide
from matching.models import Decision
from mdm.models import Event
from tests.factories import LATER, cause, golden_of, load, match, pair_of, record

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
    keep_apart(one, third)

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
