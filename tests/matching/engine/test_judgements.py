"""What follows from decisions, and which of them cannot all be true."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from matching.engine import contradicting
from matching.engine.contradicting import contradictions
from matching.engine.judgements import Apart, Judgement, Things, chain, clashes

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def one(*records, name=""):
    return Judgement(name or f"{records} are one", (frozenset(records),))


def two(left, right, name=""):
    left, right = ({each} if isinstance(each, int) else each for each in (left, right))
    return Judgement(name or f"{left} and {right} are two", (frozenset(left), frozenset(right)))


def in_turn(*judgements):
    """The same, each made a day after the one before."""
    return [
        Judgement(each.name, each.sides, "user:ann", _BEGAN + timedelta(days=number))
        for number, each in enumerate(judgements)
    ]


def revisited(*judgements):
    return [{each.name for each in found.revisit} for found in contradictions(in_turn(*judgements))]


def test_what_is_one_thing_with_two_records_makes_them_one_thing():
    things = Things([one(1, 2), one(2, 3), one(7, 8)])

    assert things.of(1) == things.of(3) != things.of(7)
    assert things.of(99) == 99


def test_keeping_apart_binds_whatever_is_one_thing_with_either_side():
    judgements = [one(1, 2), one(3, 4), two(2, 3)]

    apart = Apart(Things(judgements), judgements)

    assert apart.between(1, 4) == apart.between(4, 1) == judgements[2]
    assert apart.between(1, 2) is None
    assert apart.between(1, 5) is None


def test_groups_are_kept_apart_side_by_side_and_not_within_a_side():
    judgements = [two({1, 2}, {3, 4})]

    apart = Apart(Things(judgements), judgements)

    assert all(apart.between(left, right) for left in (1, 2) for right in (3, 4))
    assert apart.between(1, 2) is None


def test_the_chain_is_the_shortest_way_from_one_side_to_the_other():
    long = [one(1, 2, name="a"), one(2, 3, name="b"), one(3, 4, name="c")]
    short = one(1, 3, name="short")

    steps = chain([*long, short], two(1, 4))

    assert [each.name for each in steps] == ["short", "c"]
    assert chain(long, two(1, 9)) == []


def test_judgements_that_agree_contradict_nothing():
    assert contradictions([one(1, 2), one(3, 4), two(1, 3)]) == []


def test_of_one_chain_the_newest_judgement_is_to_be_revisited():
    said = one(1, 2, name="a"), two(1, 3, name="apart"), one(2, 3, name="b")

    assert revisited(*said) == [{"b"}]
    assert revisited(said[0], said[2], said[1]) == [{"apart"}]


def test_one_judgement_that_many_contradict_is_the_one_to_be_revisited():
    bridge = one(2, 3, name="bridge")
    said = [bridge, one(1, 2), one(3, 4), two(1, 3), two(2, 4), two(1, 4)]

    assert revisited(*said) == [{"bridge"}]


def test_one_judgement_that_keeps_apart_is_revisited_before_two_ways_around_it():
    assert revisited(two(1, 3, name="apart"), one(1, 2), one(2, 3), one(1, 4), one(4, 3)) == [
        {"apart"}
    ]


def test_two_ways_are_revisited_before_three_judgements_that_keep_apart():
    ways = one(1, 11, name="way"), one(2, 12, name="other way")
    held = [one(1, 2, 3), one(11, 12, 13)]
    apart = [two(1, 13), two(2, 11), two(3, 12)]

    assert revisited(*held, *apart, *ways) == [{"way", "other way"}]


def test_of_very_many_judgements_a_small_set_is_found_in_turn(monkeypatch):
    monkeypatch.setattr(contradicting, "_MOST_TRIED", 0)
    bridge = one(2, 3, name="bridge")

    said = [bridge, one(1, 2), one(3, 4), two(1, 3), two(2, 4), two(1, 4), two(7, 8)]

    assert revisited(*said) == [{"bridge"}]


def test_contradictions_that_share_nothing_are_shown_apart():
    first = one(1, 2, name="a"), two(1, 2, name="b")
    second = one(7, 8, name="c"), two(7, 8, name="d")

    found = contradictions([*first, *second])

    assert [{each.name for each in item.judgements} for item in found] == [{"a", "b"}, {"c", "d"}]


_RECORDS = st.integers(0, 7)
_JOINING = st.sets(_RECORDS, min_size=2, max_size=3).map(lambda ids: one(*sorted(ids)))
_PARTING = st.tuples(st.sets(_RECORDS, min_size=1), st.sets(_RECORDS, min_size=1)).filter(
    lambda sides: not sides[0] & sides[1]
)
JUDGEMENTS = st.lists(
    st.one_of(_JOINING, _PARTING.map(lambda sides: two(*sides))), unique_by=lambda each: each.name
)


@given(JUDGEMENTS)
def test_what_is_left_after_revisiting_contradicts_nothing(judgements):
    found = contradictions(judgements)

    revisit = {each.name for item in found for each in item.revisit}
    assert bool(found) == bool(clashes(judgements))
    assert clashes([each for each in judgements if each.name not in revisit]) == []


@given(JUDGEMENTS)
def test_one_judgement_is_revisited_wherever_one_is_enough(judgements):
    for item in contradictions(judgements):
        enough = [
            each
            for each in item.judgements
            if not clashes([other for other in judgements if other not in (each,)])
        ]
        if enough:
            assert len(item.revisit) == 1


@given(JUDGEMENTS)
def test_every_contradiction_shows_judgements_that_contradict_each_other(judgements):
    for item in contradictions(judgements):
        assert clashes(item.judgements)
        assert set(item.revisit) <= set(item.judgements) | set(judgements)


@given(JUDGEMENTS)
def test_things_are_apart_exactly_where_records_of_the_two_sides_are(judgements):
    things = Things(judgements)
    apart = Apart(things, judgements)

    for left, right in combinations(range(8), 2):
        said = any(
            (things.of(left) in things.of_all(a) and things.of(right) in things.of_all(b))
            or (things.of(left) in things.of_all(b) and things.of(right) in things.of_all(a))
            for a, b in (each.sides for each in judgements if not each.joins)
        )
        assert (apart.between(left, right) is not None) == said
