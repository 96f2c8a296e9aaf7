"""Phrases are told apart by their words as they are by their texts."""

from itertools import chain
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine import phrases
from matching.engine.distinct import first_equal
from matching.engine.phrases import Phrases, Spelt, ends_of, joined, put_together, sizes

VOCABULARY = ("acme", "acme", "ac", "me", "müller", "東京", "", "12")  # the first comes twice

phrases_of_words = st.lists(
    st.lists(st.integers(0, len(VOCABULARY) - 1), min_size=1, max_size=4), max_size=30
)


def phrases_of(words: list[list[int]]) -> Phrases:
    return Phrases(ends_of(sizes(words)), np.array([*chain.from_iterable(words)], np.int32))


def firsts_by_text(words: list[list[int]]) -> list[int]:
    texts = [" ".join(VOCABULARY[word] for word in phrase) for phrase in words]
    return [texts.index(text) for text in texts]


@given(words=phrases_of_words)
def test_the_first_equal_phrase_is_the_first_with_the_same_text(words):
    found = first_equal(Spelt(phrases_of(words), pa.array(VOCABULARY)))

    assert found.tolist() == firsts_by_text(words)


@given(words=phrases_of_words)
def test_it_is_found_in_parts_as_in_one(words):
    with patch.object(phrases, "_PART", 3):
        found = first_equal(Spelt(phrases_of(words), pa.array(VOCABULARY)))

    assert found.tolist() == firsts_by_text(words)


def test_phrases_that_share_a_hash_are_told_apart_by_their_texts():
    words = [[0, 2], [2, 0], [1, 2], [3], [2, 0]]

    with patch.object(phrases, "hashes_of_spans", lambda ends, *_: np.zeros(len(ends) - 1, "u8")):
        found = first_equal(Spelt(phrases_of(words), pa.array(VOCABULARY)))

    assert found.tolist() == firsts_by_text(words)


@pytest.mark.parametrize("words", [[], [[4]], [[0, 5], [7, 3, 2]]])
def test_phrases_are_put_together_with_spaces(words):
    texts = put_together(phrases_of(words), pa.array(VOCABULARY))

    assert texts.to_pylist() == [" ".join(VOCABULARY[word] for word in each) for each in words]


def test_phrases_are_taken_and_joined_in_the_order_asked_for():
    words = [[0], [4, 5], [7, 3, 2]]

    taken = phrases_of(words).take(np.array([2, 0, 2]))
    both = joined([taken, phrases_of(words)])

    assert put_together(both, pa.array(VOCABULARY)).to_pylist() == [
        *("12 me ac", "acme", "12 me ac"),
        *("acme", "müller 東京", "12 me ac"),
    ]
