"""What the machine may join by itself: a matrix of what people confirmed, and of bits."""

import pytest

from matching.engine.document import from_dict, to_dict
from matching.engine.model import Merging, ModelError
from matching.engine.model_file import from_yaml, to_yaml
from matching.engine.unattended import DECIDED, Joined, Standing, is_free, threshold
from tests.matching.engine.invented import small_model

NEW, UNCONFIRMED, CONFIRMED = Standing
MERGING = Merging(new=5.0, unconfirmed=6.0, confirmed=7.0, both_confirmed=8.0)
MODEL = small_model(merging=MERGING)


@pytest.mark.parametrize(
    ("one", "other", "bits", "joined"),
    [
        (NEW, NEW, 5.0, True),
        (NEW, NEW, 4.9, False),
        (NEW, UNCONFIRMED, 6.0, True),
        (NEW, UNCONFIRMED, 5.9, False),
        (UNCONFIRMED, UNCONFIRMED, 6.0, True),
        (UNCONFIRMED, UNCONFIRMED, 5.9, False),
        (NEW, CONFIRMED, 7.0, True),
        (UNCONFIRMED, CONFIRMED, 7.0, True),
        (UNCONFIRMED, CONFIRMED, 6.9, False),
        (CONFIRMED, CONFIRMED, 8.0, True),
        (CONFIRMED, CONFIRMED, 7.9, False),
        (CONFIRMED, CONFIRMED, DECIDED, True),
    ],
)
def test_parts_join_from_the_bits_that_their_standing_asks_for(one, other, bits, joined):
    for standing in ([one, other], [other, one]):
        made = Joined(standing, [(0, 1, bits)], MODEL)

        assert (made.of(0) == made.of(1)) == joined


def test_by_default_what_people_confirmed_twice_never_joins():
    model = small_model()

    assert threshold(model, CONFIRMED, CONFIRMED) == float("inf")
    assert {
        threshold(model, *each) for each in ((NEW, NEW), (UNCONFIRMED, NEW), (CONFIRMED, NEW))
    } == {model.merge_at}


def test_a_group_that_took_in_something_confirmed_is_confirmed():
    links = [(0, 1, 9.0), (1, 2, 6.5)]

    made = Joined([CONFIRMED, NEW, NEW], links, MODEL)

    assert made.of(0) == made.of(1) != made.of(2)


def test_nothing_joins_either_of_two_that_people_confirmed():
    made = Joined([CONFIRMED, NEW, CONFIRMED], [(0, 1, 9.0), (1, 2, 8.5)], small_model())

    assert made.torn
    assert len({made.of(part) for part in range(3)}) == 3


def test_the_order_of_links_makes_no_difference():
    links = [(0, 1, 6.0), (1, 2, 7.5), (2, 3, 5.0)]
    standing = [NEW, UNCONFIRMED, CONFIRMED, NEW]

    one, other = (Joined(standing, each, MODEL) for each in (links, links[::-1]))

    assert [one.of(part) for part in range(4)] == [other.of(part) for part in range(4)]


def test_parts_are_free_to_join_where_no_threshold_says_otherwise():
    free, bound = small_model(), MODEL

    assert is_free(free, [NEW, UNCONFIRMED, CONFIRMED])
    assert not is_free(free, [CONFIRMED, CONFIRMED])
    assert not is_free(bound, [NEW, NEW])


def test_thresholds_travel_through_yaml():
    never = small_model(merging=Merging(confirmed=float("inf")))

    for model in (MODEL, never, small_model()):
        assert from_yaml(to_yaml(model))[0] == model
    assert "merging: {confirmed: never}" in to_yaml(never)
    assert "merging" not in to_dict(small_model())
    assert from_dict(to_dict(MODEL)).merging == MERGING


def test_a_threshold_below_merge_at_is_refused():
    with pytest.raises(ModelError, match="merging: confirmed lies below merge_at"):
        small_model(merging=Merging(confirmed=3.0))
