"""Texts are told apart as Arrow's own dictionaries do it, whatever their keys."""

from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine import distinct
from matching.engine.distinct import (
    left_in_place,
    mixed,
    rows_apart,
    spans_apart,
    string_hashes,
    told_apart,
)

TEXTS = st.lists(
    st.sampled_from(["", "a", "a\0", "\0a", "\0", "ab", "ba", "日本", "x" * 300, "x" * 301, None])
    | st.text(max_size=12)
)


real_keys = distinct._make_keys


def colliding(ends, items, low, base, longest, keys):
    """Keys that are right for what is short, and tell nothing of what is longer."""
    real_keys(ends, items, low, base, longest, keys)
    keys[np.diff(ends) > longest] = 2**63


@pytest.mark.parametrize("keys", [real_keys, colliding])
@given(texts=TEXTS)
def test_texts_are_told_apart_as_in_an_arrow_dictionary(keys, texts):
    column = pa.array([None, "sliced away", *texts], pa.string())[2:]
    expected = column.dictionary_encode()

    with patch.object(distinct, "_make_keys", keys):
        codes, found = told_apart(column)

    assert found.equals(expected.dictionary)
    assert codes.tolist() == expected.indices.fill_null(-1).to_pylist()


@given(texts=TEXTS)
def test_each_text_is_known_by_the_place_of_the_first_that_equals_it(texts):
    column = pa.array(["sliced away", *texts], pa.string())[1:]

    codes, found = left_in_place(column)

    assert found.equals(column)
    assert codes.tolist() == [-1 if text is None else texts.index(text) for text in texts]


@given(
    spans=st.lists(st.lists(st.sampled_from([-(2**31), -1, 0, 1, 7, 2**31 - 1]), max_size=4)),
)
def test_spans_of_any_numbers_are_told_apart(spans):
    ends = np.cumsum([0, *map(len, spans)], dtype=np.int32)
    items = np.array([item for span in spans for item in span], np.int32)
    known = list(dict.fromkeys(map(tuple, spans)))

    codes, of_distinct, kept = spans_apart(ends, items)

    assert codes.tolist() == [known.index(tuple(span)) for span in spans]
    assert [tuple(each) for each in np.split(kept, of_distinct[1:-1])][: len(known)] == known


@given(numbers=st.lists(st.sampled_from([0, 1, 2**63, 2**64 - 2, 2**64 - 1])))
def test_numbers_that_fill_all_bits_are_told_apart(numbers):
    known = list(dict.fromkeys(numbers))

    codes, distinct_rows = rows_apart(np.array(numbers, np.uint64)[:, None])

    assert codes.tolist() == [known.index(number) for number in numbers]
    assert distinct_rows.ravel().tolist() == known


def test_many_texts_are_told_apart_as_few_are():
    texts = [f"{number % 70_000:x}" for number in range(120_000)]

    codes, found = told_apart(pa.array(texts))

    assert found.to_pylist() == texts[:70_000]
    assert codes.tolist() == [number % 70_000 for number in range(120_000)]


@pytest.mark.parametrize("together", [1, 3, 65_536])
@given(texts=TEXTS)
def test_a_hash_is_what_the_bytes_add_up_to_wherever_they_lie(together, texts):
    column = pa.array(["sliced away", *filter(None, texts), ""], pa.string())[1:]

    with patch.object(distinct, "_TOGETHER", together):
        hashes = string_hashes(column)

    sums = [
        sum((byte + 1) * ROOT**place for place, byte in enumerate(text.encode())) % 2**64
        for text in column.to_pylist()
    ]
    assert hashes.tolist() == mixed(np.array(sums, np.uint64)).tolist()


def test_hashes_of_texts_are_those_that_are_stored():
    column = pa.array(["sliced away", "", "a", "Zürich", "x" * 1_000])[1:]

    assert string_hashes(column).tolist() == [HASH_OF[text] for text in column.to_pylist()]


ROOT = 0x9E3779B97F4A7C15
HASH_OF = {
    "": 0,
    "a": 0xF2F8EDE6FA70BF5F,
    "Zürich": 0xAAC9B187F20B341E,
    "x" * 1_000: 0xCB614CD1964F75D0,
}
