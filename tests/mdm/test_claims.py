from uuid import uuid4

import pytest
from django.core.management import call_command

from matching import decisions
from matching.isolation import isolate
from matching.models import Decision
from mdm import claims, golden, invariants
from mdm.claims import ClaimConflictError, ClaimRefusedError
from mdm.models import CrosswalkLink, Event, GoldenRecord, SourceRecord, SourceRecordVersion
from tests.concurrency import at_once
from tests.factories import (
    LATER,
    cause,
    feed,
    golden_of,
    golden_record,
    load,
    match,
    merge_goldens,
    record,
    rematch,
    split_off,
)

pytestmark = pytest.mark.django_db


def claim(key, golden, system="ERP"):
    return claims.claim(system, "client", key, golden.pk, cause=cause(at=LATER, by="client:erp"))


def claimed(key="E1"):
    """A golden record with an identifier that was claimed and has not arrived."""
    feed("erp", source="ERP", mode="snapshot")
    made = golden_record(record("A", legal_name="Acme Ltd"))
    claim(key, made)
    return made, SourceRecord.objects.get(source_key=key)


def whole():
    """Whether every invariant of the hub holds."""
    return [each for each in invariants.check() if each.count]


def test_a_claimed_identifier_leads_to_its_golden_record_before_its_record_arrives():
    made, expected = claimed()

    assert golden_of(expected) == [made.pk]
    assert (expected.version, expected.attributes) == (0, {})
    assert CrosswalkLink.objects.get(record=expected).method == "claim"
    assert not whole()


def test_a_claim_changes_nothing_that_the_golden_record_says():
    made, _ = claimed()

    said = GoldenRecord.objects.get(pk=made.pk)

    assert (said.attributes, said.provenance) == (made.attributes, made.provenance)
    assert (said.status, said.version) == ("active", made.version + 1)
    assert Event.objects.filter(golden_id=made.pk).latest("id").by == "client:erp"


def test_a_claim_survives_a_rebuild_and_a_match_and_a_rematch():
    made, expected = claimed()

    call_command("rebuild")
    match()
    rematch()

    assert golden_of(expected) == [made.pk]
    assert not whole()


def test_the_record_fills_its_claim_when_it_arrives():
    made, expected = claimed()

    batch = load(expected.home_feed, "Id,Name\nE1,ACME LIMITED\n")

    expected.refresh_from_db()
    assert (batch.state, batch.updated) == ("applied", 1)
    assert (expected.version, expected.attributes) == (1, {"legal_name": "ACME LIMITED"})
    assert golden_of(expected) == [made.pk]
    assert SourceRecordVersion.objects.filter(record=expected).count() == 1
    assert not whole()


def test_the_feed_that_delivers_the_record_becomes_its_home():
    _, expected = claimed()
    other = feed("erp-other", source="ERP")

    load(other, "Id,Name\nE1,Acme\n")

    expected.refresh_from_db()
    assert expected.home_feed == other


def test_a_claim_outlives_a_full_snapshot_that_does_not_have_its_record_yet():
    made, expected = claimed()

    load(expected.home_feed, "Id,Name\nE2,Other\n")

    expected.refresh_from_db()
    assert expected.inactive_at is None
    assert golden_of(expected) == [made.pk]
    assert not whole()


def test_a_first_arrival_without_a_required_value_is_quarantined():
    _, expected = claimed()
    partial = feed(
        "erp-more",
        source="ERP",
        mode="delta",
        mapping={"key": "Id", "attributes": [{"attribute": "industry", "column": "Industry"}]},
    )

    batch = load(partial, "Id,Industry\nE1,Mining\n")

    assert (batch.quarantined, SourceRecord.objects.get(pk=expected.pk).version) == (1, 0)


def test_a_claim_is_made_once_however_often_it_is_asked_for():
    made, _ = claimed()

    assert claim("E1", made) is False
    assert CrosswalkLink.objects.filter(golden=made).count() == 2


def test_an_identifier_of_another_golden_record_is_a_conflict_that_names_both():
    made, _ = claimed()
    other = golden_record(record("B"))

    with pytest.raises(ClaimConflictError) as lost:
        claim("E1", other)

    assert (lost.value.wanted, lost.value.held_by) == (other.pk, (made.pk,))


def test_an_identifier_that_has_arrived_and_is_not_matched_yet_is_linked():
    feed("erp", source="ERP")
    arrived, made = record("E1", source="ERP"), golden_record(record("A"))

    assert claim("E1", made)
    assert golden_of(arrived) == [made.pk]
    assert not whole()


def test_a_claim_does_not_join_what_a_steward_decided_to_be_two_things():
    feed("erp", source="ERP")
    arrived, other = record("E1", source="ERP"), record("A")
    made = golden_record(other)
    decisions.decide(arrived.pk, other.pk, Decision.Verdict.NO_MATCH, cause=cause())

    with pytest.raises(ClaimRefusedError, match="decided apart"):
        claim("E1", made)

    assert golden_of(arrived) == [None]
    match()
    assert not whole()


@pytest.mark.parametrize("isolated", ["E1", "A"])
def test_a_claim_joins_nothing_that_is_kept_out_of_matching(isolated):
    feed("erp", source="ERP")
    arrived, other = record("E1", source="ERP"), record("A")
    made = golden_record(other)
    isolate("client", [{"E1": arrived, "A": other}[isolated].pk], cause=cause())

    with pytest.raises(ClaimRefusedError, match="kept out of matching"):
        claim("E1", made)

    assert golden_of(arrived) == [None]


def test_a_record_that_is_kept_out_of_matching_shares_its_golden_record_with_no_expected_one():
    feed("erp", source="ERP")
    other = record("A")
    made = golden_record(other)
    isolate("client", [other.pk], cause=cause())

    with pytest.raises(ClaimRefusedError, match="kept out of matching"):
        claim("E1", made)

    assert not SourceRecord.objects.filter(source_key="E1").exists()


def test_a_record_that_arrived_before_its_claim_leaves_a_golden_id_of_its_own_to_return_to():
    feed("erp", source="ERP")
    arrived, made = record("E1", source="ERP"), golden_record(record("A"))

    claim("E1", made)

    link = CrosswalkLink.objects.get(record=arrived, unlinked_at=None)
    assert (link.method, len(link.via)) == ("claim", 1)
    assert GoldenRecord.objects.get(pk=link.via[0]).merged_into_id == made.pk
    assert not whole()


def test_a_retired_golden_id_claims_for_its_successor():
    feed("erp", source="ERP")
    first, second = golden_record(record("A")), golden_record(record("B"))
    survivor = merge_goldens(first, second)

    claim("E1", second)

    assert golden_of(SourceRecord.objects.get(source_key="E1")) == [survivor]


def test_a_golden_id_that_went_apart_is_not_guessed_at():
    feed("erp", source="ERP")
    wanderer = record("W")
    first = golden_record(record("A"), record(), record())
    second = golden_record(record("B"), wanderer)
    merge_goldens(first, second)
    split_off(wanderer)

    with pytest.raises(ClaimConflictError) as refused:
        claim("E1", second)

    assert len(refused.value.held_by) == 2


def test_a_golden_record_of_which_nothing_has_arrived_is_a_draft():
    made, expected = claimed()

    parts = golden.separate(
        "client", {made.pk: [[expected.pk]]}, method="steward", cause=cause(at=LATER)
    )

    alone = GoldenRecord.objects.get(pk=(set(parts[made.pk]) - {made.pk}).pop())
    assert alone.status == "draft"
    assert not whole()


def test_a_system_that_sends_no_such_records_claims_nothing():
    made = golden_record(record("A"))

    with pytest.raises(ClaimRefusedError, match="has no feed"):
        claim("E1", made)


def test_a_golden_record_that_there_is_not_is_not_claimed_for():
    feed("erp", source="ERP")

    with pytest.raises(ClaimRefusedError, match="there is no client"):
        claims.claim("ERP", "client", "E1", uuid4(), cause=cause())


@pytest.mark.django_db(transaction=True)
def test_a_race_for_an_identifier_has_one_winner():
    feed("erp", source="ERP")
    goldens = [golden_record(record(key)) for key in "ABCDEFGH"]

    ends = at_once(*(lambda each=each: claim("E1", each) for each in goldens))

    won = [each for each, end in zip(goldens, ends, strict=True) if end is True]
    lost = [end for end in ends if isinstance(end, ClaimConflictError)]
    assert (len(won), len(lost)) == (1, 7)
    assert {each.held_by for each in lost} == {(won[0].pk,)}
    assert not whole()
