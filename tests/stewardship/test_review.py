from datetime import timedelta
from uuid import uuid4

import pytest

from matching import decisions
from matching.models import ClusterDecision, Decision
from mdm import golden
from mdm.golden import Merge, MergeRefusedError, SeparationRefusedError
from mdm.models import CrosswalkLink, GoldenRecord
from mdm.preview import PreviewOutdatedError
from stewardship import correcting, regret, review
from stewardship.models import StewardAction
from tests.factories import LATER, NOW, cause, golden_of, golden_record, record

pytestmark = pytest.mark.django_db

SAID = cause(at=LATER, reason="same register entry")


def test_a_merge_records_that_all_its_records_are_one_thing():
    one, two, three = (record(key) for key in "ABC")
    first, second = golden_record(one, two), golden_record(three)

    merge(first, second)

    made = ClusterDecision.objects.get()
    assert (made.verdict, made.reason, made.decided_by) == (
        "match",
        "same register entry",
        "user:ann",
    )
    assert set(made.members.values_list("record", flat=True)) == {one.pk, two.pk, three.pk}


def test_what_is_taken_out_stays_apart_from_a_snapshot_of_what_it_left():
    one, two, three = (record(key) for key in "ABC")
    made = golden_record(one, two, three)

    take_out(made, [three])

    decision = ClusterDecision.objects.get()
    assert decision.verdict == "no_match"
    assert dict(decision.members.values_list("record", "side")) == {
        one.pk: 0,
        two.pk: 0,
        three.pk: 1,
    }


def test_a_caller_may_ask_for_no_such_decision():
    one, two = record("A"), record("B")
    made = golden_record(one, two)

    take_out(made, [two], apart=False)

    assert not ClusterDecision.objects.exists()


def test_match_decisions_between_the_parts_no_longer_hold_and_the_rest_of_them_does():
    records = [record(key) for key in "ABCD"]
    goldens = [golden_record(each) for each in records]
    merge(*goldens)

    take_out(goldens[0], [records[3]])

    live = ClusterDecision.objects.live().order_by("pk")
    assert [(each.verdict, each.members.count()) for each in live] == [
        ("match", 3),
        ("no_match", 4),
    ]


def test_tree_takes_what_came_in_the_same_merge():
    a, b, c, d = (record(key) for key in "ABCD")
    ab, cd = golden_record(a, b), golden_record(c, d)
    merge(ab, cd)

    assert review.tree_of(ab.pk, c.pk) == [c.pk, d.pk]


def test_a_record_that_no_merge_brought_has_no_tree():
    a, b = record("A"), record("B")
    made = golden_record(a, b)

    with pytest.raises(SeparationRefusedError, match="no merge brought this record"):
        review.tree_of(made.pk, a.pk)


def test_undoing_a_merge_leaves_no_trace_but_its_history():
    records = [record(key) for key in "ABC"]
    goldens = [golden_record(each) for each in records]
    before = state()
    action = merge(*goldens)

    regret.undo(action.pk, cause=later())

    assert state() == before
    assert not ClusterDecision.objects.live().exists()


def test_undoing_a_separation_brings_its_decisions_back():
    records = [record(key) for key in "ABC"]
    goldens = [golden_record(each) for each in records]
    merge(*goldens)
    before = state()
    action = take_out(goldens[0], [records[2]])

    regret.undo(action.pk, cause=later())

    assert state() == before
    live = ClusterDecision.objects.live()
    assert [(each.verdict, each.members.count()) for each in live] == [("match", 3)]


def test_undo_is_refused_when_others_have_joined_and_says_who():
    first, second, third = (golden_record(record(key)) for key in "ABC")
    action = merge(first, second)
    merge(first, third, cause=cause(at=LATER + timedelta(hours=1), by="user:eve"))

    with pytest.raises(regret.UndoRefusedError, match="eve merged them at 2026"):
        regret.undo(action.pk, cause=later())


def test_nothing_is_undone_twice():
    first, second = golden_record(record("A")), golden_record(record("B"))
    action = merge(first, second)
    regret.undo(action.pk, cause=later())

    with pytest.raises(regret.UndoRefusedError, match=r"^ann has undone this at 2026"):
        regret.undo(action.pk, cause=later())


def test_a_batch_is_undone_as_a_whole():
    pairs = [[golden_record(record(f"{n}a")), golden_record(record(f"{n}b"))] for n in range(3)]
    before = state()
    batch = uuid4()
    for pair in pairs:
        merge(*pair, batch=batch)

    undone = regret.undo_batch(batch, cause=later())

    assert len(undone) == 3
    assert state() == before


def test_a_batch_of_which_one_cannot_be_undone_stays_whole():
    batch = uuid4()
    first, second = golden_record(record("A")), golden_record(record("B"))
    merge(first, second, batch=batch)
    third, fourth = golden_record(record("C")), golden_record(record("D"))
    merge(third, fourth, batch=batch)
    merge(first, golden_record(record("E")))

    with pytest.raises(regret.UndoRefusedError):
        regret.undo_batch(batch, cause=later())

    assert StewardAction.objects.filter(undone_at=None).count() == 3


def test_undoing_a_pin_brings_back_the_one_that_it_replaced_and_then_that_one_goes_too():
    made = golden_record(record(legal_name="Acme"))
    first = pinned(made, "Acme One", at=minutes(1))
    second = pinned(made, "Acme Two", at=minutes(2))

    regret.undo(second.pk, cause=cause(at=minutes(3)))
    assert name_of(made) == "Acme One"

    regret.undo(first.pk, cause=cause(at=minutes(4)))
    assert name_of(made) == "Acme"


def test_ending_a_pin_can_be_undone_unless_somebody_has_pinned_it_anew():
    made = golden_record(record(legal_name="Acme"))
    first = pinned(made, "Acme One", at=minutes(1))

    ended = correcting.unpin(first.content["override"], cause=cause(at=minutes(2)))
    assert name_of(made) == "Acme"

    anew = pinned(made, "Acme Two", at=minutes(3))
    with pytest.raises(regret.UndoRefusedError, match="pinned the legal_name anew"):
        regret.undo(ended.pk, cause=cause(at=minutes(4)))

    regret.undo(anew.pk, cause=cause(at=minutes(5)))
    regret.undo(ended.pk, cause=cause(at=minutes(6)))
    assert name_of(made) == "Acme One"


def pinned(made, value, at):
    return correcting.pin(
        made.pk, "legal_name", value, cause=cause(at=at, reason="register extract")
    )


def minutes(number):
    return NOW + timedelta(days=1, minutes=number)


def name_of(made):
    made.refresh_from_db()
    return made.attributes["legal_name"]


def test_undoing_a_decision_brings_the_one_before_it_back():
    one, two = record("A"), record("B")
    golden_record(one), golden_record(two)
    review.decide(one.pk, two.pk, Decision.Verdict.UNSURE, cause=SAID)
    action = review.decide(one.pk, two.pk, Decision.Verdict.NO_MATCH, cause=SAID)

    regret.undo(action.pk, cause=later())

    assert Decision.objects.live().get().verdict == "unsure"


def test_a_merge_against_a_decision_is_refused_unless_it_is_superseded():
    one, two = record("A"), record("B")
    first, second = golden_record(one), golden_record(two)
    made = decisions.decide(one.pk, two.pk, Decision.Verdict.NO_MATCH, cause=SAID)

    with pytest.raises(MergeRefusedError, match=r"decided apart: .* by user:ann"):
        merge(first, second)
    merge(first, second, supersedes=[made])

    assert golden_of(one, two) == [first.pk, first.pk]


def test_what_changed_since_the_preview_is_a_conflict():
    first, second, third = (golden_record(record(key)) for key in "ABC")
    token = review.preview_merge("client", [first.pk, second.pk], cause=SAID).token
    golden.merge(
        "client", [Merge(frozenset({second.pk, third.pk}), "match")], cause=cause(at=LATER)
    )

    with pytest.raises(PreviewOutdatedError, match=r"golden\.merged by user:ann"):
        review.merge("client", [first.pk, second.pk], token, cause=SAID)

    assert not StewardAction.objects.exists()


def merge(*goldens, cause=SAID, supersedes=(), **options):
    ids = [each.pk for each in goldens]
    token = review.preview_merge("client", ids, supersedes=supersedes, cause=cause).token
    return review.merge("client", ids, token, supersedes=supersedes, cause=cause, **options)


def take_out(of, *groups, **options):
    leaving = [[each.pk for each in group] for group in groups]
    token = review.preview_separation("client", of.pk, leaving, cause=SAID).token
    return review.separate("client", of.pk, leaving, token, cause=SAID, **options)


def later():
    return cause(at=LATER + timedelta(days=1))


def state():
    """Values, life and links of all golden records, as they are now."""
    said = GoldenRecord.objects.order_by("pk").values_list(
        "pk", "attributes", "provenance", "status", "merged_into", "title", "search_text"
    )
    links = CrosswalkLink.objects.filter(unlinked_at=None).order_by("record")
    return list(said), list(links.values_list("record", "golden", "method", "via"))


def test_a_decision_is_not_taken_back_once_somebody_else_has_decided_since():
    one, two = record("A"), record("B")
    golden_record(one), golden_record(two)
    action = review.decide(one.pk, two.pk, Decision.Verdict.UNSURE, cause=SAID)
    review.decide(one.pk, two.pk, Decision.Verdict.NO_MATCH, cause=by_bob())

    with pytest.raises(regret.UndoRefusedError, match=r"^bob has decided since"):
        regret.undo(action.pk, cause=later())

    assert Decision.objects.live().get().verdict == "no_match"


def test_what_an_action_set_aside_comes_back_unless_somebody_has_decided_anew():
    one, two = record("A"), record("B")
    first, second = golden_record(one), golden_record(two)
    before = decisions.decide(one.pk, two.pk, Decision.Verdict.NO_MATCH, cause=SAID)
    action = merge(first, second, supersedes=[before])
    decisions.decide(one.pk, two.pk, Decision.Verdict.MATCH, cause=by_bob())

    with pytest.raises(regret.UndoRefusedError, match=r"^bob has decided since"):
        regret.undo(action.pk, cause=later())

    assert golden_of(one, two) == [first.pk, first.pk]
    assert Decision.objects.live().get().verdict == "match"


def test_a_decision_that_comes_back_is_still_of_whoever_made_it_and_can_be_undone_too():
    one, two = record("A"), record("B")
    golden_record(one), golden_record(two)
    first = review.decide(one.pk, two.pk, Decision.Verdict.UNSURE, cause=SAID)
    second = review.decide(one.pk, two.pk, Decision.Verdict.NO_MATCH, cause=by_bob())

    regret.undo(second.pk, cause=later())
    assert Decision.objects.live().get().decided_by == "user:ann"
    regret.undo(first.pk, cause=later())

    assert not Decision.objects.live().exists()


def test_a_judgement_is_not_taken_back_once_somebody_else_has_judged_the_record_anew():
    made = record("A")
    golden_record(made)
    action = correcting.set_condition(made.pk, "suspect", cause=SAID)
    apart = correcting.isolate(made.pk, True, cause=SAID)
    correcting.set_condition(made.pk, "withdrawn", cause=by_bob())
    correcting.isolate(made.pk, False, cause=by_bob())

    for each in (action, apart):
        with pytest.raises(regret.UndoRefusedError, match=r"^bob has judged"):
            regret.undo(each.pk, cause=later())

    made.refresh_from_db()
    assert (made.condition, made.isolated) == ("withdrawn", False)


def by_bob():
    return cause(at=LATER + timedelta(hours=1), by="user:bob", reason="looked it up")
