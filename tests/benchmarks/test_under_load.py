"""The benchmark under load counts an answer as wrong if, and only if, the events contradict it."""

import pytest

from benchmarks.under_load import LAG, wrong_answers

MERGED = 1_000.0
WAY = [(0.0, "one"), (MERGED, "two")]


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ([(10.0, 10.1, "one"), (MERGED + 1, MERGED + 1.1, "two")], 0),
        ([(MERGED + 1, MERGED + 1.1, "one")], 0),  # it began at that moment, and was not there yet
        ([(MERGED + LAG + 1, MERGED + LAG + 1.1, "one")], 1),
        ([(10.0, 10.1, "two")], 1),
        ([(10.0, 10.1, "three")], 1),
        ([(10.0, 10.1, "")], 1),
        ([(MERGED + 1, MERGED + 1.1, "two"), (MERGED + 2, MERGED + 2.1, "one")], 1),
        ([(MERGED + 1, MERGED + 3, "two"), (MERGED + 2, MERGED + 2.1, "one")], 0),  # side by side
    ],
)
def test_an_answer_is_held_against_the_way_of_its_identifier(given, wrong):
    assert wrong_answers(WAY, given) == wrong


def test_what_was_merged_and_put_back_may_be_the_first_again():
    way = [*WAY, (MERGED + 5, "one")]

    given = [(MERGED + 1, MERGED + 1.1, "two"), (MERGED + 6, MERGED + 6.1, "one")]

    assert wrong_answers(way, given) == 0
