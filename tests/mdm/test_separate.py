"""docs/unmerge.md, sentence by sentence: which ids, links and values each part gets."""

from datetime import timedelta

import pytest

from mdm import crosswalk, golden
from mdm.golden import Merge, MergeRefusedError, SeparationRefusedError
from mdm.models import CrosswalkLink, Event, GoldenRecord, GoldenRecordVersion
from mdm.parting import brought_together
from tests.factories import LATER, cause, golden_of, golden_record, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def abcd():
    """Informatica's documented example: merge A+B, merge C+D, then AB+CD."""
    records = {key: record(key, legal_name=f"Name {key}", phone=f"+{key}") for key in "ABCD"}
    goldens = {key: golden_record(each) for key, each in records.items()}
    merge(goldens["A"], goldens["B"])
    merge(goldens["C"], goldens["D"])
    merge(goldens["A"], goldens["C"])
    return records, {key: each.pk for key, each in goldens.items()}


def test_linear_takes_out_the_record_alone_under_its_old_id(abcd):
    records, ids = abcd

    take_out(ids["A"], [records["C"]])

    assert golden_of(*records.values()) == [ids["A"], ids["A"], ids["C"], ids["A"]]


def test_tree_takes_out_what_came_with_it(abcd):
    records, ids = abcd
    tree = brought_together(golden.members_of([ids["A"]])[ids["A"]], records["C"].pk)

    golden.separate(
        "client",
        {ids["A"]: [[each.record_id for each in tree]]},
        method="steward",
        cause=cause(at=LATER),
    )

    assert golden_of(*records.values()) == [ids["A"], ids["A"], ids["C"], ids["C"]]


def test_the_first_owner_of_the_id_keeps_it_when_it_is_taken_out(abcd):
    records, ids = abcd

    take_out(ids["A"], [records["A"]])

    assert golden_of(*records.values()) == [ids["A"], ids["C"], ids["C"], ids["C"]]


def test_every_id_resolves_to_where_most_of_its_records_are(abcd):
    records, ids = abcd

    take_out(ids["A"], [records["C"]])

    assert crosswalk.follow(ids["D"]) == ids["A"]
    assert crosswalk.follow(ids["B"]) == ids["A"]
    assert crosswalk.follow(ids["C"]) == ids["C"]


def test_taking_back_every_merge_one_by_one_restores_what_was_before_all_of_them():
    records = {key: record(key, legal_name=f"Name {key}") for key in "ABCD"}
    goldens = {key: golden_record(each) for key, each in records.items()}
    before = said_and_linked(goldens)
    merge(goldens["A"], goldens["B"])
    merge(goldens["C"], goldens["D"])
    merge(goldens["A"], goldens["C"])

    for key in "DBC":
        (home,) = golden_of(records[key])
        take_out(home, [records[key]])

    assert said_and_linked(goldens) == before


def test_nothing_of_what_left_stays_behind(abcd):
    records, ids = abcd

    take_out(ids["A"], [records["C"]])

    stays = GoldenRecord.objects.get(pk=ids["A"])
    left = GoldenRecord.objects.get(pk=ids["C"])
    assert str(records["C"].pk) not in stays.provenance
    assert left.attributes == {"legal_name": "Name C", "phone": "+C"}
    assert (left.status, left.merged_into_id) == ("active", None)


def test_a_part_without_an_old_id_gets_a_new_one():
    one, two, three = (record(key) for key in "ABC")
    made = golden_record(one, two, three)

    (new, kept) = take_out(made.pk, [three])[made.pk]

    assert kept == made.pk
    assert golden_of(one, two, three) == [made.pk, made.pk, new]
    assert GoldenRecord.objects.get(pk=new).version == 1


def test_a_cluster_can_be_split_into_many_parts_at_once():
    records = [record(key) for key in "ABCDE"]
    made = golden_record(*records)

    golden.separate(
        "client",
        {made.pk: [[records[0].pk, records[1].pk], [records[2].pk]]},
        method="steward",
        cause=cause(at=LATER),
    )

    homes = golden_of(*records)
    assert homes[0] == homes[1] == made.pk
    assert homes[3] == homes[4]
    assert len(set(homes)) == 3


def test_links_under_a_reclaimed_id_are_as_they_were_before_the_merge():
    one, two = record("A"), record("B")
    first = golden_record(one)
    second = golden_record(two)
    merge(first, second)

    take_out(first.pk, [two])

    link = CrosswalkLink.objects.get(record=two, unlinked_at=None)
    assert (link.golden_id, link.method, link.via) == (second.pk, "new", [])


def test_each_part_has_one_event_that_says_what_happened(abcd):
    records, ids = abcd

    take_out(ids["A"], [records["C"]])

    last = {
        key: Event.objects.filter(golden_id=id_).order_by("-sequence").first()
        for key, id_ in ids.items()
    }
    assert {key: event.type for key, event in last.items()} == {
        "A": "golden.split",
        "B": "golden.redirected",
        "C": "golden.reinstated",
        "D": "golden.redirected",
    }
    assert last["A"].content["unlinked"] == [records["C"].pk]
    assert last["C"].content["from"] == [str(ids["A"])]
    assert last["D"].content["into"] == str(ids["A"])


def test_what_golden_records_said_before_is_kept(abcd):
    _, ids = abcd
    was = GoldenRecord.objects.get(pk=ids["A"])

    take_out(ids["A"], [abcd[0]["C"]])

    kept = GoldenRecordVersion.objects.get(golden=ids["A"], number=was.version)
    assert (kept.attributes, kept.provenance) == (was.attributes, was.provenance)


def test_taking_out_all_or_strangers_is_refused(abcd):
    records, ids = abcd
    stranger = record("Z")
    golden_record(stranger)

    with pytest.raises(SeparationRefusedError, match="that is all of golden record"):
        take_out(ids["A"], list(records.values()))
    with pytest.raises(SeparationRefusedError, match="is not, or no longer, in golden record"):
        take_out(ids["A"], [stranger])
    with pytest.raises(SeparationRefusedError, match="no longer stands: user:ann merged it into"):
        take_out(ids["B"], [records["B"]])


def test_a_person_may_choose_which_golden_record_survives():
    older, younger = golden_record(), golden_record()

    (survivor,) = golden.merge(
        "client",
        [Merge(frozenset({older.pk, younger.pk}), "steward", survivor=younger.pk)],
        cause=cause(at=LATER),
    )

    assert survivor == younger.pk


def test_the_survivor_is_one_of_those_that_merge():
    first, second, stranger = golden_record(), golden_record(), golden_record()
    ids = frozenset({first.pk, second.pk})

    with pytest.raises(MergeRefusedError, match="must be one of those that merge"):
        golden.merge("client", [Merge(ids, "steward", survivor=stranger.pk)], cause=cause(at=LATER))


def test_golden_records_of_two_domains_never_merge():
    client, project = golden_record(), golden_record(record(domain="project", name="Roof"))

    with pytest.raises(MergeRefusedError, match="only golden records of the domain 'client'"):
        merge(client, project)

    assert GoldenRecord.objects.standing().count() == 2


def test_a_veto_of_any_rule_refuses_the_merge_and_names_the_rule(settings):
    settings.MERGE_VETOES = ["tests.mdm.vetoing.never"]
    one, two = golden_record(), golden_record()

    with pytest.raises(MergeRefusedError, match="never: nothing merges here"):
        merge(one, two)


def test_merging_and_taking_out_again_takes_a_fixed_number_of_statements(
    django_assert_max_num_queries,
):
    records = [record(f"R{number}") for number in range(40)]
    goldens = [golden_record(each) for each in records]

    with django_assert_max_num_queries(40):
        merge(*goldens)
    with django_assert_max_num_queries(48):
        take_out(goldens[0].pk, *([each] for each in records[1:]))

    assert golden_of(*records) == [each.pk for each in goldens]


def test_a_separation_is_put_back_as_if_it_had_not_been(abcd):
    records, ids = abcd
    goldens = {key: GoldenRecord(pk=id_) for key, id_ in ids.items()}
    before = said_and_linked(goldens)
    links = golden.links_of([ids["A"]])
    take_out(ids["A"], [records["C"]])

    golden.put_back("client", links, cause=cause(at=LATER + timedelta(days=1)))

    assert said_and_linked(goldens) == before


def test_a_merge_is_put_back_as_if_it_had_not_been():
    records = [record(key, legal_name=f"Name {key}") for key in "ABC"]
    goldens = dict(enumerate(map(golden_record, records)))
    before = said_and_linked(goldens)
    links = golden.links_of([each.pk for each in goldens.values()])
    merge(*goldens.values())

    golden.put_back("client", links, cause=cause(at=LATER + timedelta(days=1)))

    assert said_and_linked(goldens) == before


def test_what_others_have_joined_meanwhile_is_not_put_back():
    first, second, third = (golden_record(record(key)) for key in "ABC")
    links = golden.links_of([first.pk, second.pk])
    merge(first, second)
    merge(first, third)

    with pytest.raises(SeparationRefusedError, match="have joined these"):
        golden.put_back("client", links, cause=cause(at=LATER + timedelta(days=1)))


def merge(*goldens):
    ids = frozenset(each.pk for each in goldens)
    golden.merge("client", [Merge(ids, "steward")], cause=cause(at=LATER))


def take_out(golden_id, *groups):
    leaving = [[each.pk for each in group] for group in groups]
    at = LATER + timedelta(hours=1)
    return golden.separate("client", {golden_id: leaving}, method="steward", cause=cause(at=at))


def said_and_linked(goldens):
    """Values, life and links of golden records, as they are now."""
    rows = GoldenRecord.objects.filter(pk__in=[each.pk for each in goldens.values()])
    said = rows.order_by("pk").values_list(
        "pk", "attributes", "provenance", "status", "merged_into", "title", "search_text"
    )
    links = CrosswalkLink.objects.filter(unlinked_at=None).order_by("record")
    return list(said), list(links.values_list("record", "golden", "method", "via"))
