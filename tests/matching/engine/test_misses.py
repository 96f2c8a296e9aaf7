"""Why no pass brings two records together: what is missing, what differs, which block is capped."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as some

from matching.engine.blocking import Blocking
from matching.engine.explain import Explainer
from matching.engine.misses import Miss, misses
from matching.engine.weights import Weights
from tests.matching.engine.invented import frame_of, people, small_model

MODEL = small_model(block_limit=6, window=2)
FRAME = frame_of(MODEL, **people(200))
BLOCKING = Blocking.of(FRAME, MODEL)
EXPLAINER = Explainer(FRAME, MODEL, Weights.of(MODEL), BLOCKING)

rows = some.integers(0, len(FRAME) - 1)


def frame(**columns):
    return frame_of(small_model(), **columns)


def test_a_pass_misses_a_pair_for_what_is_missing_and_what_differs():
    two = frame(given=["Ann", "Bob"], family=["Lee", None], town=["Oslo", "Rome"])

    assert misses(two, small_model(), 0, 1) == (
        Miss("same family name", ("family",), ()),
        Miss("same given name and town", (), ("given", "town")),
    )


def test_the_nearest_pass_comes_first_with_a_reason_in_words():
    two = frame(given=["Ann", "Ann"], family=["Lee", "Berg"], town=["Oslo", None])

    reasons = [miss.reason for miss in misses(two, small_model(), 0, 1)]

    assert reasons == ["family differs", "town is missing"]


def test_one_of_several_values_in_common_is_enough():
    two = frame(
        given=["Ann", "Ann"], family=["Lee", "Berg"], town=["Oslo", "Rome"],
        other_town=["Rome", None],
    )  # fmt: skip

    (explained,) = Explainer(two, small_model(), Weights.of(small_model())).explain([(0, 1)])

    assert explained.found_by == "same given name and town"
    assert explained.missed == ()


def test_far_apart_in_a_capped_block_is_a_reason_too():
    model = small_model(block_limit=3, window=1)
    four = frame_of(
        model,
        given=[f"g{n}" for n in range(8)],
        family=["Lee"] * 8,
        town=[f"t{n}" for n in range(8)],
    )
    pairs = [(a, b) for a in range(8) for b in range(a + 1, 8)]
    explained = Explainer(four, model, Weights.of(model)).explain(pairs)

    missed = [each.missed[0] for each in explained if not each.found_by]

    assert len(missed) == len(pairs) - 7
    assert {miss.reason for miss in missed} == {
        "the block is capped and they are not near neighbours in it"
    }


@given(rows, rows)
@settings(deadline=None)
def test_a_pair_is_either_found_or_missed_by_every_pass_for_a_reason_that_holds(one, other):
    left, right = min(one, other), max(one, other)
    if left == right:
        return
    (explained,) = EXPLAINER.explain([(one, other)])
    found = BLOCKING.pass_of(np.array([left]), np.array([right]))[0]

    assert (explained.found_by is None) == (found < 0)
    if explained.found_by:
        assert explained.missed == ()
        return
    assert {miss.blocking for miss in explained.missed} == {each.name for each in MODEL.passes}
    for miss in explained.missed:
        for column in miss.missing:
            assert () in (FRAME.values(column, left), FRAME.values(column, right))
        for column in miss.differing:
            assert not set(FRAME.values(column, left)) & set(FRAME.values(column, right))


def test_the_sentence_of_an_explanation_names_the_nearest_pass():
    two = frame(given=["Ann", "Ann"], family=["Lee", "Berg"], town=["Oslo", None])
    (explained,) = Explainer(two, small_model(), Weights.of(small_model())).explain([(0, 1)])

    assert explained.sentence.endswith(
        "no blocking pass brings them together (nearest: same family name, but family differs)."
    )
