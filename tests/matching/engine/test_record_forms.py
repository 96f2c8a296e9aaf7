"""The forms of one record are those that a frame gives it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domains import MODELS
from matching.engine.frame import Frame, Whole
from matching.engine.model import Column
from matching.engine.record_forms import RecordForms
from tests.matching.engine.invented import forms_in, frame_of, people, small_model

texts = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(
        ["", "Acme Group Ltd", "ACME  gmbh", "12 High St", "info@acme.com", "a@b.co", "Chris Lee"]
    ),
)


@pytest.mark.parametrize("domain", MODELS)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_one_record_has_the_forms_that_a_frame_gives_it(domain, data):
    model = MODELS[domain]
    records = data.draw(
        st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(model.paths, texts)))
    )
    columns = {path: [record.get(path) for record in records] for path in model.paths}
    frame = Frame.of(model, columns, np.arange(len(records)))

    read = RecordForms(model)

    assert [read.of(record) for record in records] == [
        forms_in(frame, row) for row in range(len(records))
    ]


@pytest.mark.parametrize("form", ["letters", "sorted_words", "together", "each_part", "first_3"])
def test_a_record_without_any_part_of_a_column_moves_no_other(form):
    parts = Column("both", ("given", "family"), form)
    model = replace(small_model(), columns=(*small_model().columns, parts))
    columns = {"given": ["ann", None, "cy", None], "family": [None, None, "dee", "eve"]}
    frame = Frame.of(model, columns, np.arange(4))

    records = [
        dict(zip(columns, each, strict=True)) for each in zip(*columns.values(), strict=True)
    ]

    assert [forms_in(frame, row) for row in range(4)] == list(map(RecordForms(model).of, records))


def test_a_long_value_is_cut_where_a_frame_cuts_it():
    model, name = small_model(), "é" * 1_500

    assert RecordForms(model).of({"given": name}) == forms_in(frame_of(model, given=[name]), 0)


def test_a_frame_of_forms_is_the_frame_of_the_records():
    model = small_model()
    frame = frame_of(model, **people(30))
    forms = [forms_in(frame, row) for row in range(30)]

    again = Frame.of_forms(model, forms, np.arange(30))

    assert [forms_in(again, row) for row in range(30)] == forms
    assert {name: column.held for name, column in again.columns.items()} == {
        name: column.held for name, column in frame.columns.items()
    }
    assert len(Frame.of_forms(model, [], [])) == 0


def test_a_part_of_a_domain_counts_as_the_whole_does():
    model = small_model()
    part = frame_of(model, given=["ann", "bob"])
    held = dict.fromkeys(part.columns, 0) | {"given": 90}

    part = part.within(Whole(100, held, {"given": np.array([60, 30])}))

    assert (len(part), part.population) == (2, 100)
    assert part.columns["given"].held == 90
    assert part.columns["given"].counts.tolist() == [60, 30]
