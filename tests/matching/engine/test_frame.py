"""Frames: equal codes mean equal comparison forms, -1 means missing."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.arrays import MISSING, combined
from matching.engine.frame import Frame, FrameError
from matching.engine.model import Column
from tests.matching.engine.invented import frame_of, small_model

texts = st.lists(st.sampled_from([None, "", "Ann", "ann ", "Bob", "ÁNN"]), max_size=12)


def test_equal_forms_have_equal_codes_and_missing_is_minus_one():
    frame = frame_of(small_model(), given=["Ann", "ANN.", None, "", "Bob"])

    (codes,) = frame.codes("given", np.arange(5))

    assert codes[0] == codes[1] != codes[4]
    assert codes[2] == codes[3] == MISSING


def test_a_column_may_hold_several_values_of_one_record_each_once():
    frame = frame_of(small_model(), town=["Rome", None], other_town=["rome", "Oslo"])

    assert frame.values("town", 0) == ("rome",)
    assert frame.values("town", 1) == ("oslo",)


def test_a_form_may_give_several_values():
    model = small_model(
        columns=(*small_model().columns, Column("full", ("given",), "person.formal_given"))
    )
    frame = frame_of(model, given=["Chris"])

    assert set(frame.values("full", 0)) >= {"christopher", "christina"}


def test_a_path_that_is_not_given_is_missing_everywhere():
    frame = frame_of(small_model(), given=["Ann"])

    assert frame.values("family", 0) == ()


def test_a_path_that_the_model_does_not_read_is_an_error():
    with pytest.raises(FrameError, match="does not read colour"):
        frame_of(small_model(), colour=["red"])


def test_columns_of_different_lengths_are_an_error():
    with pytest.raises(FrameError, match="town has 1 values for 2 records"):
        frame_of(small_model(), given=["Ann", "Bob"], town=["Rome"])


def test_arrow_chunks_and_dictionaries_are_read():
    model = small_model()
    chunked = pa.chunked_array([["Ann"], ["Bob", None]])
    encoded = pa.array(["Ann", "Bob", None]).dictionary_encode()

    frame = Frame.of(model, {"given": chunked, "family": encoded}, np.arange(3))

    assert frame.values("given", 1) == frame.values("family", 1) == ("bob",)


def test_counts_say_how_many_records_hold_a_value():
    column = frame_of(small_model(), given=["Ann", "ann", "Bob"]).columns["given"]

    assert dict(zip(column.values.to_pylist(), column.counts.tolist(), strict=True)) == {
        "ann": 2,
        "bob": 1,
    }


def test_rows_are_found_by_record_id():
    frame = Frame.of(small_model(), {"given": ["Ann", "Bob"]}, np.array([20, 10]))

    assert frame.rows_of([10, 20, 10]).tolist() == [1, 0, 1]
    with pytest.raises(FrameError, match="not in the frame"):
        frame.rows_of([11])


def test_an_empty_frame_is_a_frame():
    assert len(frame_of(small_model(), given=[])) == 0


def test_combined_keys_do_not_overflow():
    columns = [np.array([0, 1, 0], np.int32)] * 5

    keys = combined(columns, [2**20] * 5)

    assert keys[0] == keys[2] != keys[1]


@given(texts)
def test_parsing_happens_once_for_each_distinct_value_and_changes_nothing(values):
    frame = frame_of(small_model(), given=values)

    held = [frame.values("given", row) for row in range(len(values))]

    single = [frame_of(small_model(), given=[value]).values("given", 0) for value in values]
    assert held == single
