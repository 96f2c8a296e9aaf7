"""Phrases are laid out as templates say, and told apart by their words as by their texts."""

from itertools import chain

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.arrays import MISSING
from matching.engine.phrases import Template, Worded, ends_of, placed, put_together, sizes

WORDS = ("acme", "acme", "ac", "me", "müller", "東京", "12")  # the first is there twice

number = st.integers(0, len(WORDS) - 1)
texts = st.lists(st.lists(number, min_size=3, max_size=5), max_size=20)
piece = st.integers(0, 2) | st.sampled_from(["acme", "inc"])
phrases = st.lists(st.lists(piece, min_size=1, max_size=3).map(tuple), max_size=4).map(tuple)


@st.composite
def templates(draw) -> Template:
    held = draw(phrases)
    slots = draw(st.tuples(*[st.integers(MISSING, len(held) - 1)] * 2))
    return Template(held, slots)


def worded(numbers: list[list[int]]) -> Worded:
    codes = np.array([*chain.from_iterable(numbers)], np.int32)
    return Worded(ends_of(sizes(numbers)), codes, pa.array(WORDS))


def text_of(template: Template, slot: int, words: list[int]) -> str | None:
    """What a slot of one text has, word by word."""
    if template.slots[slot] == MISSING:
        return None
    phrase = template.phrases[template.slots[slot]]
    return " ".join(each if isinstance(each, str) else WORDS[words[each]] for each in phrase)


@given(numbers=texts, held=st.lists(templates(), min_size=1, max_size=3), data=st.data())
def test_each_slot_has_what_its_template_makes_of_the_words(numbers, held, data):
    chosen = data.draw(st.tuples(*[st.integers(0, len(held) - 1)] * len(numbers)))

    found, places = placed(held, np.array(chosen, np.int32), worded(numbers))

    every = [*found.to_pylist(), None]  # the last one, -1, is none
    assert len(set(every)) == len(every)
    for slot in range(2):
        assert [every[place] for place in places[slot]] == [
            text_of(held[template], slot, words)
            for template, words in zip(chosen, numbers, strict=True)
        ]


@pytest.mark.parametrize("numbers", [[], [[4]], [[0, 5], [6, 3, 2]]])
def test_words_are_put_together_with_spaces(numbers):
    texts = worded(numbers)

    made = put_together(texts.ends, texts.codes, texts.spelt)

    assert made.to_pylist() == [" ".join(WORDS[word] for word in each) for each in numbers]
