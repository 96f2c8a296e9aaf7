"""What forbids a merge: asked by the verb, by a batch of merges and by the machine alike."""

import pytest

from matching.decisions import decide
from matching.models import Decision
from mdm import golden, vetoes, work
from mdm.golden import Merge
from mdm.models import GoldenRecord
from tests.factories import (
    ask_for_match,
    cause,
    golden_of,
    golden_record,
    match,
    pair_of,
    record,
)

pytestmark = pytest.mark.django_db


def acme(key, **attributes):
    return record(key, legal_name="Acme Tools Ltd", **attributes)


def merge(*groups):
    merges = [Merge(frozenset(each.pk for each in group), "steward") for group in groups]
    return golden.merge("client", merges, cause=cause())


def test_golden_records_with_different_registration_numbers_are_not_merged():
    register = {"register": "Amtsgericht Köln"}
    one = golden_record(acme("A", registration_number="HRB 111", **register))
    other = golden_record(acme("B", registration_number="HRB 222", **register))

    with pytest.raises(
        golden.MergeRefusedError, match=r"^registration number differs: "
    ) as refused:
        merge([one, other])

    assert "111" not in str(refused.value)
    assert GoldenRecord.objects.standing().count() == 2


def test_numbers_of_two_registers_do_not_conflict():
    one = golden_record(acme("A", registration_number="HRB 111", register="Köln"))
    other = golden_record(acme("B", registration_number="HRB 222", register="Bonn"))

    assert merge([one, other])


def test_golden_records_that_share_one_of_their_numbers_do_not_conflict():
    one = golden_record(acme("A", lei="5299000J2N45DDNE4Y28"), acme("B", tax_id="GB123456789"))
    other = golden_record(acme("C", tax_id="GB123456789"), acme("D", tax_id="GB999999973"))

    assert merge([one, other])


def test_a_number_that_very_many_records_share_identifies_nothing():
    for number in range(52):
        acme(f"S{number}", tax_id="GB123456789")
    match()
    one = golden_record(acme("A", tax_id="GB123456789"))
    other = golden_record(acme("B", tax_id="GB999999973"))

    rules = {veto.rule for veto in vetoes.vetoes("client", [frozenset([one.pk, other.pk])])}

    assert rules == set()


def test_one_merge_that_is_forbidden_forbids_the_batch_and_is_named():
    fine = [golden_record(acme(key)) for key in "AB"]
    apart = [golden_record(acme(key, tax_id=number)) for key, number in TAX.items()]

    with pytest.raises(golden.MergeRefusedError, match=r"^tax number differs: "):
        merge(fine, apart)

    assert GoldenRecord.objects.standing().count() == 4


def test_a_decision_about_other_members_forbids_a_merge_and_names_who_made_it():
    one, other, third = record("A", legal_name="A Ltd"), record("B"), record("C")
    left, right = golden_record(one, acme("D")), golden_record(third)
    decide(one.pk, other.pk, Decision.Verdict.MATCH, cause=cause(by="user:bob"))
    decide(other.pk, third.pk, Decision.Verdict.NO_MATCH, cause=cause(by="user:eve"))

    with pytest.raises(golden.MergeRefusedError, match=r"^decided apart: .* by user:eve at 2026"):
        merge([left, right])


def test_the_machine_leaves_out_what_a_veto_forbids_and_says_which(settings):
    settings.MERGE_VETOES = ["tests.mdm.vetoing.never"]
    one, other = acme("A"), acme("B")
    golden_record(one), golden_record(other)
    fine = record("C", legal_name="Beta Partners LLP"), record("D", legal_name="Beta Partners LLP")

    match()

    assert len(set(golden_of(one, other))) == 2
    pair = pair_of(one, other)
    assert (pair.state, pair.kept_apart_by) == ("vetoed", "never")
    assert len(set(golden_of(*fine))) == 1


def test_a_record_that_joins_what_may_not_be_merged_gets_an_id_of_its_own(settings):
    settings.MERGE_VETOES = ["tests.mdm.vetoing.never"]
    one, other = acme("A"), acme("B")
    golden_record(one), golden_record(other)
    late = acme("C")

    match()

    assert len(set(golden_of(one, other, late))) == 3


def test_the_machine_heeds_a_decision_made_while_it_applies_a_run():
    one, other, third = acme("A"), acme("B"), record("C", legal_name="Zebra GmbH")
    golden_record(one, third), golden_record(other)
    ask_for_match()
    (waiting,) = work.Work.objects.filter(kind="match", state="waiting")
    work.perform(waiting.pk)

    decide(other.pk, third.pk, Decision.Verdict.NO_MATCH, cause=cause())
    work.drain()

    assert golden_of(one) == golden_of(third) != golden_of(other)
    assert pair_of(one, other).state == "decided"


TAX = {"C": "GB123456789", "D": "GB999999973"}


def test_what_is_one_thing_in_two_golden_records_forbids_a_merge_with_either():
    one, other, third = record("A", legal_name="A Ltd"), record("B"), record("C")
    first, second, apart = map(golden_record, (one, other, third))
    bystander = golden_record(acme("D"))
    decide(one.pk, other.pk, Decision.Verdict.MATCH, cause=cause())
    decide(other.pk, third.pk, Decision.Verdict.NO_MATCH, cause=cause())

    for mine, theirs in ((first, second), (second, first)):
        groups = [frozenset([mine.pk, apart.pk]), frozenset([theirs.pk, bystander.pk])]
        assert [veto.ids for veto in vetoes.vetoes("client", groups)] == [groups[0]]
