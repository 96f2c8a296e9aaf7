"""Two records are weighed as the model reads; `test_exactness` says the same of many at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.identifiers import NO_VETO
from matching.engine.measures import MEASURES, least
from matching.engine.model import Comparison, Level, absent, equal, similar
from matching.engine.pairwise import Agreement, Counted, PairScorer
from matching.engine.record_forms import RecordForms
from matching.engine.weights import Weights
from tests.matching.engine.invented import small_model

MODEL = small_model()
SCORER = PairScorer(MODEL, Weights.of(MODEL))
NOTHING = Counted(20_000, dict.fromkeys(MODEL.by_name, 1_000), {})
ANN = {"given": "Ann", "family": "Lee", "town": "Oslo", "number": "1", "country": "NO"}
texts = st.text("abcé 12-", min_size=1, max_size=12)


def agreement(mine: dict, theirs: dict, scorer: PairScorer = SCORER) -> Agreement:
    forms = RecordForms(MODEL)
    return scorer.agreement(scorer.read(forms.of(mine)), scorer.read(forms.of(theirs)))


@pytest.mark.parametrize(
    ("changes", "levels"),
    [
        ({}, (1, 1, 1)),
        ({"given": "Anna"}, (2, 1, 1)),
        ({"given": "Bob", "family": None}, (3, 0, 1)),
        ({"town": None}, (1, 1, 0)),
        ({"town": "Rome", "other_town": "Oslo"}, (1, 1, 1)),
    ],
)
def test_the_first_level_that_holds_counts_and_missing_is_a_level_of_its_own(changes, levels):
    assert agreement(ANN, ANN | changes).levels == levels


def test_a_level_holds_when_all_of_its_conditions_do():
    parts = (absent("given"), equal("family"), similar("town", "indel", 0.7))
    model = small_model(comparisons=(Comparison("all", (Level("all", parts, 0.5, 0.1),)),))
    scorer = PairScorer(model, Weights.of(model))
    nameless = ANN | {"given": None}

    assert agreement(ANN, nameless, scorer).levels == (1,)
    for change in ({"given": "Ann"}, {"family": "Poe"}, {"town": "Rome"}):
        assert agreement(ANN, nameless | change, scorer).levels == (2,)


def test_a_rare_value_in_common_says_more_than_a_common_one():
    holders = {("given", "ann"): 900, ("family", "lee"): 9}
    same = agreement(ANN, ANN)

    given, family, town = SCORER.bits(same, Counted(20_000, NOTHING.held, holders))
    rare_given, rare_family, _ = SCORER.bits(same, NOTHING)

    assert list(same.counted) == [("given", "ann"), ("family", "lee")]
    assert (given, family) < (rare_given, rare_family)
    assert town == MODEL.comparison("town").levels[0].bits


@pytest.mark.parametrize(
    ("changes", "shared_by", "vetoed"),
    [
        ({"number": "2"}, 50, True),
        ({"number": "2"}, 51, False),
        ({"number": "2", "country": "SE"}, 1, False),
        ({"number": "2", "country": None}, 1, False),
        ({"number": None}, 1, False),
        ({}, 1, False),
    ],
)
def test_identifiers_that_differ_are_a_veto_unless_too_many_share_one(changes, shared_by, vetoed):
    counted = Counted(20_000, NOTHING.held, {("number", "2"): shared_by})

    veto = SCORER.veto(agreement(ANN, ANN | changes), counted)

    assert veto == (0 if vetoed else NO_VETO)


@given(st.sampled_from(sorted(MEASURES)), texts, texts)
def test_two_strings_are_as_alike_as_they_are_among_many(measure, left, right):
    (among_many,) = MEASURES[measure].pairwise([left], [right])

    assert np.float32(MEASURES[measure].alike(left, right)) == among_many


@given(st.floats(0.01, 1.0))
def test_what_is_enough_is_what_numbers_of_32_bits_say(at_least):
    enough = least(at_least)

    assert np.float32(enough) >= np.float32(at_least) > np.float32(np.nextafter(enough, -1.0))
