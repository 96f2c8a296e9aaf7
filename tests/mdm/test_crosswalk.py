from datetime import timedelta
from uuid import uuid4

import pytest

from mdm import crosswalk, golden, sources
from mdm.crosswalk import Asked, TooManyError
from mdm.golden import Merge
from mdm.models import CrosswalkLink, GoldenRecord
from tests.factories import LATER, NOW, cause, golden_record, record, system

pytestmark = pytest.mark.django_db


def test_an_identifier_resolves_to_its_golden_record_and_all_siblings():
    made = golden_record(record("A"), record("1", source="ERP"))

    found = crosswalk.resolve("CRM", "client", "A")

    assert (found.status, found.golden_id, found.title) == ("active", made.pk, made.title)
    assert [(each.system, each.source_key) for each in found.identifiers] == [
        ("CRM", "A"),
        ("ERP", "1"),
    ]


def test_an_identifier_that_no_system_sent_is_unknown():
    system("CRM")

    assert crosswalk.resolve("CRM", "client", "A").status == "unknown"


def test_a_source_record_without_a_golden_record_is_unmatched():
    record("A")

    found = crosswalk.resolve("CRM", "client", "A")

    assert (found.status, found.golden_id) == ("unmatched", None)


def test_an_identifier_that_its_system_deleted_is_inactive_and_still_resolves():
    crm = record("A")
    made = golden_record(crm, record("1", source="ERP"))
    sources.inactivate([crm.pk], cause=cause())
    golden.rebuild("client", [made.pk], cause=cause())

    found = crosswalk.resolve("CRM", "client", "A")

    assert (found.status, found.golden_id) == ("inactive", made.pk)


def test_an_id_that_never_was_leads_nowhere():
    assert crosswalk.follow(uuid4()) is None


def test_references_resolve_together_in_one_query(django_assert_num_queries):
    made = {key: golden_record(record(key)).pk for key in "ABC"}

    with django_assert_num_queries(1):
        found = crosswalk.resolve_references(
            "client", [("CRM", "A"), ("CRM", "C"), ("ERP", "A"), ("CRM", "Z")]
        )

    assert found == {("CRM", "A"): made["A"], ("CRM", "C"): made["C"]}


BEFORE = LATER - timedelta(days=1)
MINUTE = timedelta(minutes=1)


def merged(*made, at=LATER):
    ids = frozenset(each.pk for each in made)
    return golden.merge("client", [Merge(ids, "match", 21.5, "client-3")], cause=cause(at=at))[0]


def moved(source, into, at):
    """Take a source record out of where it is, into another golden record, as unmerge will."""
    live = CrosswalkLink.objects.filter(record=source, unlinked_at=None)
    live.update(unlinked_at=at)
    CrosswalkLink.objects.create(record=source, golden=into, method="steward", linked_at=at)


def status_of(key="A", as_of=None):
    return crosswalk.resolve("CRM", "client", key, as_of).status


def test_an_answer_carries_the_link_that_says_so():
    first = golden_record(record("A"), at=NOW - MINUTE)
    second = golden_record(record("B"), at=NOW)
    merged(first, second)

    now, then = (crosswalk.resolve("CRM", "client", "B", moment) for moment in (None, BEFORE))

    assert (now.golden_id, now.method, now.match_weight) == (first.pk, "match", 21.5)
    assert (now.rule_version, now.valid_from, now.valid_to) == ("client-3", LATER, None)
    assert (then.golden_id, then.method) == (second.pk, "new")
    assert (then.valid_from, then.valid_to) == (NOW, LATER)
    assert [each.source_key for each in then.identifiers] == ["B"]
    assert [each.source_key for each in now.identifiers] == ["A", "B"]


@pytest.mark.parametrize("status", ["draft", "suspect", "tombstone", "inactive"])
def test_the_state_of_its_golden_record_is_the_status_of_an_identifier(status):
    made = golden_record(record("A"))
    GoldenRecord.objects.update(status=status)

    assert status_of() == status
    assert crosswalk.resolve_golden(made.pk).status == status


def test_an_identifier_was_not_known_before_it_came_nor_matched_before_it_was():
    golden_record(record("A"), at=LATER)

    assert status_of(as_of=NOW - MINUTE) == "unknown"
    assert status_of(as_of=BEFORE) == "unmatched"
    assert status_of(as_of=LATER) == "active"


def test_what_its_system_deleted_later_was_active_then():
    crm = record("A")
    golden_record(crm, record("1", source="ERP"))
    sources.inactivate([crm.pk], cause=cause(at=LATER))

    assert status_of(as_of=BEFORE) == "active"
    assert status_of(as_of=LATER) == "inactive"


def test_a_golden_id_that_stands_means_itself():
    made = golden_record(record("A"), record("1", source="ERP"), at=NOW)

    found = crosswalk.resolve_golden(made.pk)

    assert (found.status, found.golden_id, found.domain) == ("active", made.pk, "client")
    assert (found.valid_from, found.valid_to) == (NOW, None)
    assert len(found.identifiers) == 2


def test_a_retired_golden_id_is_redirected_and_was_active_before():
    first, second = golden_record(record("A")), golden_record(record("B"))
    merged(first, second)

    now, then = (crosswalk.resolve_golden(second.pk, moment) for moment in (None, BEFORE))

    assert (now.status, now.golden_id, now.held_by) == ("redirected", first.pk, (first.pk,))
    assert (now.method, now.match_weight, now.rule_version) == ("match", 21.5, "client-3")
    assert (now.title, now.valid_from) == (first.title, LATER)
    assert (then.status, then.golden_id, then.held_by) == ("active", second.pk, ())
    assert (then.title, [each.source_key for each in then.identifiers]) == (second.title, ["B"])
    assert crosswalk.follow(second.pk, BEFORE) == second.pk


def test_redirects_collapse_to_the_golden_record_that_stands_at_each_moment():
    first, second = golden_record(record("A")), golden_record(record("B"))
    third = golden_record(record("C"), record("D"), record("E"))
    merged(first, second)
    merged(first, third, at=LATER + MINUTE)

    assert crosswalk.resolve_golden(second.pk).golden_id == third.pk
    assert crosswalk.resolve_golden(second.pk, LATER).golden_id == first.pk
    assert crosswalk.follow(second.pk, LATER) == first.pk


def test_a_retired_id_whose_records_went_apart_is_split_and_lists_who_holds_them():
    a, b, c, d = (record(key) for key in "ABCD")
    first, other = golden_record(a, at=NOW), golden_record(b, c, d, at=NOW)
    big = golden_record(record("E"), *(record() for _ in range(3)), at=NOW)
    merged(big, other)
    moved(b, first, LATER + MINUTE)

    now, before = (crosswalk.resolve_golden(other.pk, moment) for moment in (None, LATER))

    assert (now.status, now.golden_id) == ("split", big.pk)
    assert now.held_by == (big.pk, first.pk)
    assert (before.status, before.held_by) == ("redirected", (big.pk,))


def test_only_what_an_id_held_last_says_whether_it_is_split():
    a, b = record("A"), record("B")
    first, other = golden_record(a, at=NOW), golden_record(b, record("C"), at=NOW)
    moved(b, first, NOW + MINUTE)
    big = golden_record(record("D"), record("E"), at=NOW)
    merged(big, other)

    assert crosswalk.resolve_golden(other.pk).status == "redirected"


def test_a_golden_id_was_unknown_before_it_was_minted():
    made = golden_record(at=NOW)

    assert crosswalk.resolve_golden(made.pk, NOW - MINUTE).status == "unknown"
    assert crosswalk.resolve_golden(uuid4()).status == "unknown"


def test_an_identifier_is_translated_into_none_one_or_several():
    merged(golden_record(record("A"), record("2", source="ERP"), at=NOW), golden_record(at=NOW))
    several = golden_record(record("B"), record("8", source="ERP"), record("7", source="ERP"))

    none, one, two = (
        crosswalk.translate("client", "CRM", key, to)
        for key, to in (("A", "PSA"), ("A", "ERP"), ("B", "ERP"))
    )

    assert (none.status, none.found) == ("active", ())
    assert (one.status, [each.source_key for each in one.found]) == ("active", ["2"])
    assert (two.status, two.resolution.golden_id) == ("ambiguous", several.pk)
    assert [(each.source_key, each.primary) for each in two.found] == [("8", True), ("7", False)]


def test_what_came_by_a_merge_is_not_primary_and_before_the_merge_it_was():
    older, newer = record("9", source="ERP"), record("8", source="ERP")
    first = golden_record(record("A"), newer, record("B"), at=NOW)
    merged(first, golden_record(older, at=NOW))

    def primary(key, system, moment):
        found = crosswalk.translate("client", system, key, "ERP", moment).found
        return [each.source_key for each in found if each.primary]

    assert primary("A", "CRM", None) == ["8"]
    assert primary("9", "ERP", None) == ["8"]
    assert primary("9", "ERP", BEFORE) == ["9"]


def test_what_its_system_deleted_is_never_primary():
    gone = record("1", source="ERP")
    golden_record(record("A"), gone)
    sources.inactivate([gone.pk], cause=cause())

    (found,) = crosswalk.translate("client", "CRM", "A", "ERP").found

    assert (found.active, found.primary) == (False, False)


def test_many_are_resolved_in_one_statement_in_their_order_each_at_its_own_moment(
    django_assert_num_queries,
):
    first, second = golden_record(record("A")), golden_record(record("B"))
    merged(first, second)
    asked = [
        Asked("CRM", "client", "B"),
        Asked("CRM", "client", "nobody"),
        Asked("CRM", "client", "B", BEFORE),
        Asked("CRM", "client", "A\x00"),
        Asked("CRM", "client", "B"),
    ]

    with django_assert_num_queries(1):
        found = crosswalk.resolve_many(asked)

    assert [each.golden_id for each in found] == [first.pk, None, second.pk, None, first.pk]
    assert [each.status for each in found] == ["active", "unknown", "active", "unknown", "active"]
    assert [each.source_key for each in found] == [each.source_key for each in asked]


def test_many_are_translated_in_one_statement(django_assert_num_queries):
    golden_record(record("A"), record("1", source="ERP"))

    with django_assert_num_queries(1):
        found = crosswalk.translate_many(
            [(Asked("CRM", "client", "A"), "ERP"), (Asked("ERP", "client", "1"), "CRM")]
        )

    assert [each.found[0].source_key for each in found] == ["1", "A"]


def test_more_than_the_limit_is_refused():
    with pytest.raises(TooManyError, match="10,001 identifiers"):
        crosswalk.resolve_many([Asked("CRM", "client", "A")] * 10_001)


@pytest.mark.parametrize("moment", [None, BEFORE])
def test_one_resolution_takes_one_statement(django_assert_num_queries, moment):
    first, second = golden_record(record("A")), golden_record(record("B"))
    merged(first, second)

    with django_assert_num_queries(1):
        crosswalk.resolve("CRM", "client", "A", moment)
    with django_assert_num_queries(1):
        crosswalk.resolve_golden(second.pk, moment)
    assert crosswalk.resolve_many([]) == []
