import pytest

from mdm import golden, preview
from mdm.golden import Merge
from mdm.golden_ids import Member
from mdm.models import Event, GoldenRecord
from mdm.preview import PreviewOutdatedError
from tests.factories import LATER, cause, golden_record, record

pytestmark = pytest.mark.django_db


def test_a_preview_shows_the_whole_record_and_leaves_nothing_behind():
    one, two = golden_record(record("A", legal_name="Acme")), golden_record(record("B", phone="+1"))
    events = Event.objects.count()

    seen = preview_merge(one, two)

    (outcome,) = seen.outcomes
    assert outcome.id == one.pk
    assert outcome.attributes == {"legal_name": "Acme", "phone": "+1"}
    assert seen.led_elsewhere == {two.pk: one.pk}
    assert Event.objects.count() == events
    assert GoldenRecord.objects.standing().count() == 2


def test_what_is_committed_is_what_was_previewed():
    one, two = golden_record(record("A")), golden_record(record("B", phone="+1"))
    seen = preview_merge(one, two)

    done = commit_merge(one, two, seen.token)

    assert done == seen
    one.refresh_from_db()
    assert one.attributes == seen.outcomes[0].attributes


def test_a_change_in_between_is_a_conflict_that_says_who_changed_what():
    one, two, third = (golden_record(record(key)) for key in "ABC")
    seen = preview_merge(one, two)
    golden.merge(
        "client",
        [Merge(frozenset({two.pk, third.pk}), "steward")],
        cause=cause(at=LATER, by="user:eve"),
    )

    with pytest.raises(PreviewOutdatedError, match=r"golden\.merged by user:eve"):
        commit_merge(one, two, seen.token)

    assert golden.members_of([one.pk])[one.pk] == [Member(one.links.get().record_id)]


def test_a_token_that_the_hub_did_not_make_is_a_conflict():
    one, two = golden_record(record("A")), golden_record(record("B"))

    with pytest.raises(PreviewOutdatedError, match="look at a new preview"):
        commit_merge(one, two, "nonsense")


def test_a_separation_says_which_ids_come_back_and_which_are_new():
    one, two, three = record("A"), record("B"), record("C")
    first, second = golden_record(one, three), golden_record(two)
    merge(first, second)

    seen = preview.preview(
        [first.pk], lambda: take_out(first, [two], [three])[first.pk], cause=cause()
    )

    assert [(each.id == second.pk, each.returns, each.is_new) for each in seen.outcomes] == [
        (False, False, False),
        (True, True, False),
        (False, False, True),
    ]


def preview_merge(*goldens):
    return preview.preview([each.pk for each in goldens], lambda: merge(*goldens), cause=cause())


def commit_merge(one, two, token):
    return preview.commit([one.pk, two.pk], lambda: merge(one, two), token, cause=cause())


def merge(*goldens):
    ids = frozenset(each.pk for each in goldens)
    return golden.merge("client", [Merge(ids, "steward")], cause=cause(at=LATER))


def take_out(of, *groups):
    leaving = [[each.pk for each in group] for group in groups]
    return golden.separate("client", {of.pk: leaving}, method="steward", cause=cause(at=LATER))
