"""A golden record says the same whichever others are derived with it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mdm.consolidation import Members, consolidate
from mdm.survivorship import Turn, objects
from tests.mdm.test_consolidation import PARTY, linked, names

ROLE_FIRST = tuple(
    sorted(PARTY.survival_units, key=lambda unit: unit[0].name != "role")
)  # the order of the others depends on the role


def contents(rows, doubtful=(), pinned=()):
    """By number of golden record; with role "a" the second system is the owner and binding."""
    numbers = sorted({row[0] for row in rows})
    golden, record, rank, time = (np.array([row[place] for row in rows]) for place in range(4))
    doubted = dict(doubtful)
    members = Members(
        np.array([numbers.index(each) for each in golden], dtype=np.int64),
        record.astype(np.int64),
        objects(["CRM"] * len(rows)),
        time.astype(np.float64),
        [row[4] for row in rows],
        {place: doubted[row[1]] for place, row in enumerate(rows) if row[1] in doubted},
    )
    ranks = rank.astype(np.int64)
    segment = Turn(1 - ranks, True, lambda values: values.get("role") == "a")
    found = consolidate(
        PARTY,
        members,
        lambda each: [Turn(ranks)] if each.name == "role" else [segment, Turn(ranks)],
        len(numbers),
        units=ROLE_FIRST,
        pinned=[dict(pinned) for _ in numbers],
    )
    return dict(zip(numbers, found, strict=True))


@given(linked.filter(len), st.dictionaries(st.integers(1, 99), names))
def test_whatever_else_is_derived_with_it(rows, doubtful):
    together = contents(rows, doubtful)

    for number, content in together.items():
        alone = contents([row for row in rows if row[0] == number], doubtful)
        assert alone[number] == content


def test_who_doubts_another_record_changes_no_reason():
    sound = [(0, 1, 0, 0.0, {"name": "a"}), (0, 2, 1, 0.0, {"name": "b"})]
    other = [(1, 3, 0, 0.0, {"name": "a"}), (1, 4, 1, 0.0, {"name": "b"})]
    doubtful = {3: frozenset({"name"})}

    found = contents(sound + other, doubtful)

    assert found[0].provenance == {"1": {"name": "owner"}}
    assert found[1].provenance == {"4": {"name": "trusted"}}


def test_a_doubtful_value_of_the_owner_of_a_segment_yields_and_others_are_weighed_as_ever():
    in_segment = [
        (0, 1, 0, 0.0, {"name": "first", "role": "a"}),
        (0, 2, 1, 0.0, {"name": "owned"}),
    ]
    outside = [(1, 3, 0, 0.0, {"name": "first"}), (1, 4, 1, 0.0, {"name": "second"})]

    assert contents(in_segment + outside)[0].attributes["name"] == "owned"
    doubted = contents(in_segment + outside, {2: frozenset({"name"})})
    assert doubted[0].attributes["name"] == "first"
    assert doubted[1].attributes["name"] == "first"


def test_what_is_pinned_decides_in_which_segment_a_golden_record_is():
    rows = [(0, 1, 0, 0.0, {"name": "first", "role": "b"}), (0, 2, 1, 0.0, {"name": "owned"})]

    assert contents(rows)[0].attributes["name"] == "first"
    assert contents(rows, pinned={"role": "a"})[0].attributes["name"] == "owned"
    assert contents(rows, pinned={"role": None})[0].attributes["name"] == "first"
