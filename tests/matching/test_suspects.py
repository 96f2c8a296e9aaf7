"""Golden records that may hold two things become tasks, until a person has settled them."""

import pytest

from matching import suspects
from matching.decisions import decide, decide_groups
from matching.models import ClusterDecision, Decision, SuspectCluster
from mdm import golden, invariants, work
from mdm.golden import Merge
from mdm.models import FeedBatch, GoldenRecord
from stewardship import splitting
from stewardship.models import StewardshipTask
from tests.factories import (
    LATER,
    cause,
    golden_of,
    golden_record,
    load,
    match,
    record,
    rematch,
)

pytestmark = pytest.mark.django_db


def acme(key, source="CRM", **attributes):
    return record(key, source=source, legal_name="Acme Tools Ltd", **attributes)


def tasks():
    return StewardshipTask.objects.filter(kind="suspect_cluster", state="open")


def torn_cluster():
    """A golden record that came to hold two tax numbers."""
    one, other, third = acme("A", tax_id="GB123456789"), acme("B", website="acme.org"), acme("C")
    made = golden_record(one, other, third)
    FeedBatch.objects.update(matched_at=None)
    third.attributes["tax_id"] = "GB999999973"
    third.save(update_fields=["attributes"])
    match()
    return made, [one, other, third]


def test_a_chain_whose_ends_hold_different_numbers_is_one_task_that_shows_the_bridge():
    one = acme("A", tax_id="GB123456789", website="acme.org")
    middle = acme("B", source="ERP", website="acme.org")
    other = acme("C", source="PSA", tax_id="GB999999973")

    match()

    assert golden_of(one) == golden_of(middle) != golden_of(other)
    suspect = SuspectCluster.objects.get()
    assert suspect.golden_id == golden_of(middle)[0]
    assert suspect.bridge == [middle.pk, other.pk]
    assert suspect.parts == [[one.pk], [middle.pk]]
    task = tasks().get()
    assert task.subject == str(suspect.pk)
    assert task.summary == (
        "a record is as close to another golden record, whose tax number differs"
    )


def test_a_golden_record_that_came_to_hold_two_numbers_is_a_task():
    made, (one, other, third) = torn_cluster()

    suspect = SuspectCluster.objects.get()
    assert (suspect.golden_id, suspect.findings) == (made.pk, ["tax number differs"])
    assert {frozenset(part) for part in suspect.parts} in (
        {frozenset([one.pk, other.pk]), frozenset([third.pk])},
        {frozenset([one.pk]), frozenset([other.pk, third.pk])},
    )
    assert tasks().get().summary == "tax number differs"


def test_a_sound_golden_record_is_no_task():
    acme("A"), acme("B", source="ERP"), acme("C", source="PSA"), acme("D")

    match()

    assert not SuspectCluster.objects.exists()
    assert not tasks().exists()


def test_records_that_are_no_longer_alike_are_a_task():
    one, _ = acme("A"), acme("B", source="ERP")
    match()

    load(one.home_feed, "Id,Name\nA,Zebra GmbH\n")

    suspect = SuspectCluster.objects.get()
    assert suspect.findings == ["nothing joins its parts any more"]
    assert tasks().count() == 1


def test_what_a_person_found_to_be_fine_is_not_asked_again_while_it_is_as_it_was():
    _, (one, *_) = torn_cluster()

    suspects.mark_fine(
        SuspectCluster.objects.get().pk, reason="moved abroad", cause=cause(by="user:bob")
    )
    work.drain()
    FeedBatch.objects.update(matched_at=None)
    match()

    assert not tasks().exists()
    suspect = SuspectCluster.objects.get()
    assert (suspect.fine_by, suspect.fine_because) == ("user:bob", "moved abroad")

    late = acme("D", source="PSA", tax_id="GB123456789")
    match()
    assert golden_of(late) == golden_of(one)
    assert tasks().count() == 1


def test_splitting_as_proposed_makes_the_parts_golden_records_that_stay_apart():
    made, records = torn_cluster()
    suspect = SuspectCluster.objects.get()

    splitting.split(suspect.pk, cause=cause(at=LATER, reason="two companies"))
    work.drain()
    rematch()

    ids = golden_of(*records)
    assert len(set(ids)) == len(suspect.parts) == 2
    assert made.pk in ids
    assert ClusterDecision.objects.live().get().reason == "two companies"
    assert not tasks().exists()
    assert [each.name for each in invariants.check() if each.count] == []


def test_the_line_can_be_drawn_anywhere():
    _, (one, other, third) = torn_cluster()

    suspect = SuspectCluster.objects.get()
    splitting.split(suspect.pk, [[other.pk], [third.pk]], cause=cause(at=LATER))

    assert len(set(golden_of(one, other, third))) == 3
    assert ClusterDecision.objects.live().count() == 2


def test_a_suspect_cluster_that_changed_is_settled_and_cannot_be_split_as_it_was():
    made, records = torn_cluster()
    suspect = SuspectCluster.objects.get()
    golden.separate("client", {made.pk: [[records[2].pk]]}, method="steward", cause=cause(at=LATER))

    with pytest.raises(suspects.SuspectSettledError, match="no longer as it was found"):
        splitting.split(suspect.pk, cause=cause())

    decide_groups(
        "client",
        [[records[2].pk], [each.pk for each in records[:2]]],
        ClusterDecision.Verdict.NO_MATCH,
        cause=cause(),
    )
    record("Z", legal_name="Zebra GmbH")
    match()
    assert not tasks().exists()


def test_what_people_confirmed_is_suspect_only_where_its_numbers_differ():
    one, other = golden_record(acme("A")), golden_record(record("Z", legal_name="Zebra GmbH"))
    golden.merge("client", [Merge(frozenset([one.pk, other.pk]), "steward")], cause=cause(at=LATER))
    FeedBatch.objects.update(matched_at=None)

    match()

    assert GoldenRecord.objects.standing().count() == 1
    assert not SuspectCluster.objects.exists()


def test_what_the_machine_joined_and_decisions_about_others_part_is_a_task_until_matched_anew():
    """A = C and B != C are decided while A and B are one golden record that nobody confirmed."""
    one, other = acme("A"), acme("B")
    match()
    third = record("C", legal_name="Zebra GmbH")
    decide(one.pk, third.pk, Decision.Verdict.MATCH, cause=cause())
    decide(other.pk, third.pk, Decision.Verdict.NO_MATCH, cause=cause())
    match()
    suspect = SuspectCluster.objects.get()
    assert suspect.findings == ["decisions about its records keep them apart"]
    assert sorted(map(sorted, suspect.parts)) == [[one.pk], [other.pk]]
    assert tasks().count() == 1

    rematch()

    assert golden_of(one) == golden_of(third) != golden_of(other)
    assert not tasks().exists()
