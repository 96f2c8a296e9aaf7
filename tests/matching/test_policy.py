import pytest

from matching.decisions import decide
from matching.models import Decision
from mdm import golden, work
from mdm.golden import Link, Merge
from mdm.models import CrosswalkLink, GoldenRecord
from tests.factories import (
    LATER,
    NOW,
    ask_for_match,
    cause,
    golden_of,
    golden_record,
    match,
    pair_of,
    record,
)

pytestmark = pytest.mark.django_db


def acme(key, source="CRM", **attributes):
    return record(key, source=source, legal_name="Acme Tools Ltd", **attributes)


def compare():
    """A run up to the point where its clusters wait to become golden records."""
    ask_for_match()
    (waiting,) = work.claimable(LATER).filter(kind="match")
    work.perform(waiting.pk)


def steward_links(*records):
    """A golden record that a person made of these source records."""
    links = [Link(each.pk, "steward") for each in records]
    (id_,) = golden.create("client", [links], cause=cause(at=NOW))
    return id_


def test_a_decision_that_is_made_while_a_run_is_applied_is_respected():
    one, other = acme("A"), acme("B")
    compare()

    decide(one.pk, other.pk, Decision.Verdict.NO_MATCH, cause=cause(at=LATER))
    work.drain()

    first, second = golden_of(one, other)
    assert first != second
    assert None not in (first, second)


def test_a_record_that_a_person_linked_while_a_run_is_applied_stays_where_it_is():
    one, other = acme("A"), acme("B")
    compare()

    theirs = steward_links(other)
    work.drain()

    assert golden_of(one, other) == [theirs, theirs]
    assert CrosswalkLink.objects.get(record=other).method == "steward"


def test_golden_records_that_people_confirmed_are_not_merged_by_the_machine():
    one, other = acme("A"), acme("B")
    first, second = steward_links(one), steward_links(other)
    third = acme("C")

    match()

    assert golden_of(one, other)[:2] == [first, second]
    assert golden_of(third)[0] not in (None, first, second)
    assert not GoldenRecord.objects.filter(status="merged").exists()
    for known in (one, other):
        pair = pair_of(known, third)
        assert (pair.state, pair.kept_apart_by) == ("pending", "people confirmed both")


def test_one_that_people_confirmed_takes_in_what_the_machine_finds():
    confirmed = acme("A")
    theirs = steward_links(confirmed)
    found = acme("B")

    match()

    assert golden_of(confirmed, found) == [theirs, theirs]


def test_golden_records_that_nobody_confirmed_merge_into_the_larger_one():
    small = acme("A")
    golden_record(small, at=NOW)
    large = acme("B"), acme("C")
    survivor = golden_record(*large)

    record("D", legal_name="Acme Tools Limited")
    match()

    assert set(golden_of(small, *large)) == {survivor.pk}


def test_a_record_joins_the_survivor_of_a_merge_that_happened_meanwhile():
    one, other = golden_record(acme("A")), golden_record(acme("B", tax_id="GB123456789"))
    late = acme("C", tax_id="GB123456789")
    compare()

    ids = frozenset([one.pk, other.pk])
    (survivor,) = golden.merge("client", [Merge(ids, "steward")], cause=cause(at=LATER))
    work.drain()

    assert golden_of(late) == [survivor]


def test_pairs_that_a_later_run_brings_into_one_golden_record_wait_no_longer():
    one = record("A", legal_name="Acme Ltd", tax_id="GB123456789")
    other = record("B", legal_name="Acme Group Ltd", lei="5299000J2N45DDNE4Y28")
    match()
    assert pair_of(one, other).state == "pending"

    record(
        "C", source="ERP", legal_name="Acme Group Ltd", trading_name="Acme Ltd",
        tax_id="GB123456789", lei="5299000J2N45DDNE4Y28",
    )  # fmt: skip
    match()

    assert len(set(golden_of(one, other))) == 1
    assert pair_of(one, other).state == "automatic"


def test_a_link_of_the_machine_says_so_and_a_single_record_is_new():
    one, other = acme("A"), acme("B")
    alone = record("C", legal_name="Beta LLP")

    match()

    methods = dict(CrosswalkLink.objects.values_list("record", "method"))
    assert methods == {one.pk: "match", other.pk: "match", alone.pk: "new"}
