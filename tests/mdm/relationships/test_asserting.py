from datetime import date, timedelta

import pytest

from mdm import relationships
from mdm.hierarchy import Days
from mdm.models import Event, Relationship
from mdm.relationships import RelationshipRefusedError
from tests.factories import LATER, cause, golden_record, record, reference, send_again

pytestmark = pytest.mark.django_db

WHY = cause(reason="read in the register", at=LATER)


@pytest.fixture
def three():
    return [golden_record(record(key, legal_name=f"{key} Ltd")) for key in ("Top", "Mid", "Low")]


def test_a_steward_asserts_a_relationship_with_reason_days_and_event(three):
    top, mid, _ = three
    days = Days(date(2026, 1, 1), date(2027, 1, 1))

    said = relationships.assert_relationship(
        "bills_to", mid.pk, top.pk, days=days, confidence=0.8, cause=WHY
    )

    assert (said.kind, said.attribute, said.other_key, said.confidence) == (
        "bills_to", "", "Top", 0.8,
    )  # fmt: skip
    assert (said.asserted_by, said.of_golden, said.to_golden) == ("user:ann", True, True)
    assert (said.valid_on.lower, said.valid_on.upper) == (days.first, days.until)
    event = Event.objects.get(type="relationship.asserted")
    assert (event.reason, event.content["relationship"]) == ("read in the register", said.pk)


def test_a_relationship_may_be_said_of_a_source_record(three):
    top, mid, _ = three
    crm = mid.links.get().record

    said = relationships.assert_relationship("bills_to", crm.pk, top.pk, cause=WHY)

    assert (said.record_id, said.of_golden, said.to_golden) == (crm.pk, False, True)


@pytest.mark.parametrize(
    ("kind", "ends", "why", "problem"),
    [
        ("bills_to", (1, 0), "", "say why"),
        ("bills_to", (1, 1), "so", "no relationship with itself"),
        ("sells_to", (1, 0), "so", "sells_to is not one of"),
    ],
)
def test_what_makes_no_sense_is_refused(three, kind, ends, why, problem):
    one, other = (three[place].pk for place in ends)

    with pytest.raises(RelationshipRefusedError, match=problem):
        relationships.assert_relationship(kind, one, other, cause=cause(reason=why))


def test_a_contact_is_no_parent_of_a_client(three):
    contact = golden_record(record("P", domain="contact", family_name="Doe"))

    with pytest.raises(RelationshipRefusedError, match="a client has no parent that is a contact"):
        relationships.assert_relationship("parent_of", three[0].pk, contact.pk, cause=WHY)


def test_what_stands_already_is_not_asserted_again(three):
    top, mid, _ = three
    relationships.assert_relationship("bills_to", mid.pk, top.pk, cause=WHY)

    with pytest.raises(RelationshipRefusedError, match="user:ann has asserted that already"):
        relationships.assert_relationship("bills_to", mid.pk, top.pk, cause=WHY)


def test_an_edge_that_would_close_a_circle_is_refused_and_the_chain_is_named(three):
    top, mid, low = three
    relationships.assert_relationship("parent_of", low.pk, mid.pk, cause=WHY)
    relationships.assert_relationship("parent_of", mid.pk, top.pk, cause=WHY)

    with pytest.raises(
        RelationshipRefusedError, match="circle of parents: Top Ltd → Low Ltd → Mid Ltd → Top Ltd"
    ):
        relationships.assert_relationship("parent_of", top.pk, low.pk, cause=WHY)


def test_an_edge_for_other_days_closes_no_circle(three):
    top, mid, _ = three
    turn = date(2026, 1, 1)
    relationships.assert_relationship("parent_of", mid.pk, top.pk, days=Days(None, turn), cause=WHY)

    relationships.assert_relationship("parent_of", top.pk, mid.pk, days=Days(turn), cause=WHY)

    assert Relationship.objects.filter(held_back="").count() == 2


def test_a_steward_takes_back_what_a_steward_asserted(three):
    top, mid, _ = three
    said = relationships.assert_relationship("bills_to", mid.pk, top.pk, cause=WHY)

    relationships.withdraw_relationship(said.pk, cause=WHY)

    said.refresh_from_db()
    assert (said.withdrawn_at, said.withdrawn_by) == (LATER, "user:ann")
    assert Event.objects.filter(type="relationship.withdrawn").exists()


def test_a_steward_refutes_what_a_source_asserts_until_the_source_says_otherwise(three):
    top = three[0].links.get().record
    contact = record("P", domain="contact", family_name="Doe", client=reference(top))
    said = Relationship.objects.get()

    relationships.withdraw_relationship(said.pk, cause=WHY)
    send_again(contact, at=LATER + timedelta(days=1), client=reference(top), role="Boss")

    refuted = Relationship.objects.get(withdrawn_at=None)
    assert (refuted.held_back, refuted.other_key) == ("refuted", "Top")

    send_again(contact, at=LATER + timedelta(days=2), client={"system": "CRM", "key": "Mid"})

    assert Relationship.objects.get(other_key="Mid").held_back == ""


def test_what_does_not_stand_any_more_is_not_withdrawn_again(three):
    top, mid, _ = three
    said = relationships.assert_relationship("bills_to", mid.pk, top.pk, cause=WHY)
    relationships.withdraw_relationship(said.pk, cause=WHY)

    with pytest.raises(RelationshipRefusedError, match="does not stand any more"):
        relationships.withdraw_relationship(said.pk, cause=WHY)
