from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from mdm.golden_ids import Member
from mdm.parting import brought_together, part

G1, G2, G3, G4, G5 = (UUID(int=number) for number in range(1, 6))
A, B, C, D = (
    Member(1),
    Member(2, (G2,)),
    Member(3, (G3,)),
    Member(4, (G4, G3)),
)
"""Informatica's example: A and B merged into G1, C and D into G3, then G3 into G1."""


def ids(*groups, standing=()):
    return [each.id for each in part(G1, groups, standing)]


def test_a_single_record_gets_the_id_back_under_which_it_came():
    assert ids([C], [A, B, D]) == [G3, G1]


def test_what_came_together_gets_its_common_id_back():
    assert ids([C, D], [A, B]) == [G3, G1]


def test_a_record_whose_own_id_is_older_than_the_common_one_gets_its_own():
    assert ids([D], [A, B, C]) == [G4, G1]


def test_the_first_owner_keeps_the_id_and_the_rest_reclaims_the_one_that_held_most_of_it():
    assert ids([A], [B, C, D]) == [G1, G3]


def test_a_cluster_that_was_born_as_one_keeps_its_id_where_most_of_it_stays():
    one, two, three = Member(1), Member(2), Member(3)

    assert ids([one], [two, three]) == [None, G1]


def test_between_equals_the_part_with_the_oldest_record_keeps_the_id():
    one, two = Member(1), Member(2)

    assert ids([two], [one]) == [None, G1]


def test_an_id_that_is_in_use_again_is_not_reclaimed_and_is_forgotten():
    (left, stays) = part(G1, [[C], [A, D]], {G3})

    assert (left.id, left.members) == (None, (Member(3),))
    assert stays.members == (A, Member(4, (G4,)))


def test_members_forget_the_ids_that_other_parts_took():
    (left, stays) = part(G1, [[C], [A, B, D]], ())

    assert left.members == (Member(3),)
    assert stays.members == (A, B, Member(4, (G4,)))


def test_members_of_a_reclaimed_id_remember_how_they_came_to_it():
    (left, _) = part(G1, [[C, D], [A, B]], ())

    assert left.members == (Member(3), Member(4, (G4,)))


def test_the_merge_that_brought_a_record_brought_all_that_came_by_the_same_id():
    members = [A, B, C, D]

    assert brought_together(members, 3) == (C, D)
    assert brought_together(members, 1) == (A,)


@st.composite
def separations(draw):
    """Members with random ways, in random groups."""
    ways = st.lists(st.sampled_from([G2, G3, G4, G5]), max_size=3, unique=True).map(tuple)
    members = [Member(number, draw(ways)) for number in range(1, draw(st.integers(2, 8)) + 1)]
    places = [draw(st.integers(0, 3)) for _ in members]
    groups = [
        [member for member, of in zip(members, places, strict=True) if of == place]
        for place in sorted(set(places))
    ]
    return groups, draw(st.sets(st.sampled_from([G2, G3, G4, G5])))


@given(separations())
def test_no_id_is_given_twice_and_no_member_is_lost(separation):
    groups, standing = separation

    parts = part(G1, groups, standing)

    given_ids = [each.id for each in parts if each.id]
    assert len(set(given_ids)) == len(given_ids)
    assert G1 in given_ids
    assert not standing & set(given_ids)
    assert [[m.record_id for m in each.members] for each in parts] == [
        [m.record_id for m in group] for group in groups
    ]
    used = set(given_ids) | standing
    assert not any(used & set(member.via) for each in parts for member in each.members)
