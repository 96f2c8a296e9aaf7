from datetime import timedelta

import pytest

from mdm import relationships, work
from mdm.models import Relationship
from mdm.relationships import Ambiguous, RelationshipRefusedError
from stewardship.models import StewardshipTask
from tests.factories import (
    LATER,
    cause,
    golden_record,
    merge_goldens,
    record,
    reference,
    split_off,
)

pytestmark = pytest.mark.django_db

SAID_AT = LATER + timedelta(days=1)
WHY = cause(reason="seen", at=SAID_AT)
AFTER = SAID_AT + timedelta(days=1)


@pytest.fixture
def merged():
    """Source records A and B in one golden record, and a payer."""
    a, b, payer = record("A"), record("B", source="ERP"), record("PAYER")
    whole = golden_record(a, b)
    return whole, a, b, golden_record(payer)


def open_tasks():
    work.drain()
    tasks = StewardshipTask.objects.filter(kind="relationship", state="open")
    return sorted(tasks.values_list("subject", flat=True))


def test_what_a_steward_said_of_a_golden_record_is_unclear_once_it_comes_apart(merged):
    whole, _, b, payer = merged
    said = relationships.assert_relationship("bills_to", whole.pk, payer.pk, cause=WHY)
    foreseen = relationships.ambiguous(whole.pk, [b.pk])

    split_off(b, at=AFTER)

    assert foreseen == [Ambiguous(said.pk, "bills_to", "record")]
    assert open_tasks() == [str(said.pk)]


def test_so_is_what_was_said_to_it(merged):
    whole, _, b, payer = merged
    said = relationships.assert_relationship("bills_to", payer.pk, whole.pk, cause=WHY)
    foreseen = relationships.ambiguous(whole.pk, [b.pk])

    split_off(b, at=AFTER)

    assert foreseen == [Ambiguous(said.pk, "bills_to", "other")]
    assert open_tasks() == [str(said.pk)]


def test_what_was_said_of_a_source_record_goes_where_that_goes(merged):
    whole, _, b, payer = merged
    relationships.assert_relationship("bills_to", b.pk, payer.pk, cause=WHY)
    assert relationships.ambiguous(whole.pk, [b.pk]) == []

    apart = split_off(b, at=AFTER)

    assert open_tasks() == []
    assert [each.kind for each in relationships.of_golden(apart.pk)] == ["bills_to"]


def test_what_was_said_before_a_merge_goes_back_with_those_of_whom_it_was_said():
    a, b, payer = record("A"), record("B"), record("PAYER")
    one, other, golden_payer = (golden_record(each) for each in (a, b, payer))
    relationships.assert_relationship(
        "bills_to", other.pk, golden_payer.pk, cause=cause(at=LATER, reason="seen")
    )
    whole = merge_goldens(one, other, at=SAID_AT)

    assert relationships.ambiguous(whole, [b.pk]) == []
    apart = split_off(b, at=AFTER)

    assert open_tasks() == []
    assert [each.other_title for each in relationships.of_golden(apart.pk)] == ["Client PAYER"]


def test_what_a_source_asserts_is_never_unclear(merged):
    whole, a, b, _ = merged
    record("P", domain="contact", family_name="Doe", client=reference(b))

    assert relationships.ambiguous(whole.pk, [b.pk]) == []
    assert relationships.ambiguous(whole.pk, [a.pk]) == []


def test_nobody_needs_to_look_once_the_parts_are_one_again(merged):
    whole, _, b, payer = merged
    relationships.assert_relationship("bills_to", whole.pk, payer.pk, cause=WHY)
    apart = split_off(b, at=AFTER)
    assert open_tasks()

    merge_goldens(whole, apart, at=AFTER + timedelta(days=1))

    assert open_tasks() == []


def test_a_steward_places_it_with_the_part_that_it_belongs_to(merged):
    whole, _, b, payer = merged
    said = relationships.assert_relationship("bills_to", whole.pk, payer.pk, cause=WHY)
    apart = split_off(b, at=AFTER)
    assert open_tasks()

    later = cause(at=AFTER + timedelta(days=1), reason="the contract names B")
    placed = relationships.place_relationship(said.pk, record_id=b.pk, cause=later)

    assert (placed.record_id, placed.of_golden) == (b.pk, False)
    assert [each.id for each in relationships.of_golden(apart.pk)] == [placed.pk]
    assert relationships.of_golden(whole.pk) == []
    assert open_tasks() == []


def test_what_a_source_asserts_is_not_placed_by_hand(merged):
    _, a, b, _ = merged
    record("P", domain="contact", family_name="Doe", client=reference(b))

    with pytest.raises(RelationshipRefusedError, match="goes where that record goes"):
        relationships.place_relationship(Relationship.objects.get().pk, other_id=a.pk, cause=WHY)
