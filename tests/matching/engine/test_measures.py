"""Measures are symmetric, between 0 and 1, and mean what their docstrings say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.frame import FrameColumn
from matching.engine.measures import MEASURES
from matching.engine.similarity import Similarity

CASES = [
    ("spelling", "bank of west", "bank of east", 0.0, 0.75),
    ("spelling", "microsft germany", "microsoft germany", 0.9, 1.0),
    ("spelling", "rimi latvia", "maxima latvija", 0.0, 0.8),
    ("spelling", "royal bank", "royal mail", 0.0, 0.5),
    ("spelling", "fund 2", "fund 3", 0.0, 0.0),
    ("spelling", "acquisition ii", "acquisition iii", 0.0, 0.0),
    ("spelling", "a b c", "c b a", 0.0, 1.0),
    ("leading_words", "sherwin", "sherwin williams", 1.0, 1.0),
    ("leading_words", "sher", "sherwin williams", 0.0, 0.0),
    ("leading_words", "fund", "fund 2", 0.0, 0.0),
    ("leading_words", "ab", "ab electronics", 0.0, 0.0),
    ("date_slip", "1980-03-12", "1980-12-03", 0.9, 0.9),
    ("date_slip", "1980-03-12", "1980-03-13", 0.9, 0.9),
    ("date_slip", "1980-03-12", "1908-03-12", 0.9, 0.9),
    ("date_slip", "1980-03-12", "1980-11-25", 0.5, 0.5),
    ("date_slip", "1980-03-12", "1971-11-25", 0.0, 0.0),
    ("initial", "j", "john", 1.0, 1.0),
    ("initial", "jo", "john", 0.0, 0.0),
    ("shared_word", "olive harvey college", "olive college", 1.0, 1.0),
    ("shared_word", "olive", "harvey", 0.0, 0.0),
]
words = st.text("abcé Ω1", max_size=8)


@pytest.mark.parametrize(("measure", "left", "right", "least", "most"), CASES)
def test_a_measure_means_what_it_says(measure, left, right, least, most):
    (alike,) = MEASURES[measure].pairwise([left], [right]).tolist()

    assert least - 1e-6 <= alike <= most + 1e-6


@pytest.mark.parametrize("name", MEASURES)
@settings(max_examples=30)
@given(pairs=st.lists(st.tuples(words, words), max_size=5))
def test_a_measure_is_symmetric_and_between_0_and_1(name, pairs):
    left, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]

    alike = MEASURES[name].pairwise(left, right)

    assert alike.tolist() == MEASURES[name].pairwise(right, left).tolist()
    assert ((alike >= 0) & (alike <= 1)).all()


@pytest.mark.parametrize("name", MEASURES)
def test_common_values_measured_beforehand_give_the_same_as_pairs(name):
    import pyarrow as pa

    values = [f"nàme {letter}{number}" for letter in "abc" for number in range(4)]
    random = np.random.default_rng(1)
    codes = random.integers(-1, len(values), (2, 300)).astype(np.int32)
    column = FrameColumn(slice(0, 1), pa.array(values), np.ones(len(values), np.int64))

    alike = Similarity(column, name).of([codes[0]], [codes[1]])

    both = (codes >= 0).all(axis=0)
    one_by_one = MEASURES[name].pairwise(
        [values[code] for code in codes[0, both]], [values[code] for code in codes[1, both]]
    )
    assert alike[both].tolist() == one_by_one.tolist()
    assert not alike[~both].any()
