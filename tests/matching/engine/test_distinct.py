"""Texts are told apart as Arrow's own dictionaries do it, whatever their hashes."""

from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine import distinct
from matching.engine.distinct import hashes_of_spans, told_apart

TEXTS = st.lists(st.sampled_from(["", "a", "a\0", "\0a", "ab", "ba", "日本", "x" * 300, None]))


def colliding(ends, *_):
    """Hashes that tell nothing but even lengths from odd ones."""
    return (np.diff(ends).astype(np.uint64) % np.uint64(2)) << np.uint64(63)


@pytest.fixture
def sorted_at_once():
    """However few there are, hashes are sorted."""
    with patch.multiple(distinct, _FEW=0, _MANY_DISTINCT=0.0):
        yield


@pytest.mark.usefixtures("sorted_at_once")
@pytest.mark.parametrize("together", [1, 3, 65_536])
@pytest.mark.parametrize("hashed", [hashes_of_spans, colliding])
@given(texts=TEXTS)
def test_texts_are_told_apart_as_in_an_arrow_dictionary(hashed, together, texts):
    column = pa.array([None, "sliced away", *texts], pa.string())[2:]
    expected = column.dictionary_encode()

    with patch.multiple(distinct, _TOGETHER=together, hashes_of_spans=hashed):
        codes, found = told_apart(column)

    assert found.equals(expected.dictionary)
    assert codes.tolist() == expected.indices.fill_null(-1).to_pylist()


def test_many_texts_are_told_apart_as_few_are():
    texts = [f"{number % 70_000:x}" for number in range(120_000)]

    codes, found = told_apart(pa.array(texts))

    assert found.to_pylist() == texts[:70_000]
    assert codes.tolist() == [number % 70_000 for number in range(120_000)]


def test_a_hash_depends_on_what_a_span_holds_and_not_on_where_it_lies():
    letters = np.frombuffer(b"ab" + b"ba" + b"ab" + b"a" + b"a\0", np.uint8)
    ends = np.array([0, 2, 4, 6, 7, 9], np.int32)

    one, turned, again, shorter, longer = hashes_of_spans(ends, letters).tolist()

    assert one == again
    assert len({one, turned, shorter, longer}) == 4
