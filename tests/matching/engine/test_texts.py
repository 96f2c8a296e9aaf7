"""Whole columns of text at once: the same as the functions of one text give."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine import texts
from matching.engine.texts import BRIEF_SOUND, IN_ORDER, SOUND, TOGETHER, UNSPACED, first_letters
from mdm.standardise.text import words

columns = st.lists(st.text(max_size=20) | st.text("abcxyzshkg AZ09.-'", max_size=20), max_size=8)
folded = st.lists(st.text("abcdefghijklmnopqrstuvwxyz 0123456789éß", max_size=16), max_size=8)


def held(column: pa.StringArray) -> list[str | None]:
    column.validate(full=True)
    return column.to_pylist()


@pytest.mark.parametrize("finish", [TOGETHER, UNSPACED, IN_ORDER, first_letters(3)])
@given(column=columns)
def test_a_column_is_finished_as_each_of_its_texts_is(finish, column):
    finished = finish.many(pa.array(column, pa.string()))

    assert held(finished) == [finish.one(text) for text in column]


@given(column=columns, other=columns)
def test_columns_are_joined_row_by_row_where_nothing_is_left_out(column, other):
    pairs = list(zip(column, other, strict=False))
    parts = [pa.array([pair[part] or None for pair in pairs], pa.string()) for part in (0, 1)]

    assert held(texts.all_spaced(parts)) == [" ".join(filter(None, pair)) for pair in pairs]
    assert held(texts.all_words(parts)) == [" ".join(words(" ".join(pair))) for pair in pairs]


@pytest.mark.parametrize("finish", [SOUND, BRIEF_SOUND])
@given(column=folded)
def test_a_column_of_names_sounds_as_each_name_does(finish, column):
    finished = finish.many(pa.array(column, pa.string()))

    assert held(finished) == [finish.one(text) for text in column]


@given(column=columns, start=st.integers(0, 8))
def test_a_part_of_a_column_is_read_like_a_column(column, start):
    part = pa.array(column, pa.string()).slice(start)

    assert held(TOGETHER.many(part)) == [TOGETHER.one(text) for text in column[start:]]


@given(column=columns)
def test_opened_texts_close_to_what_they_were(column):
    assert held(texts.closed(*texts.opened(pa.array(column, pa.string())))) == column
