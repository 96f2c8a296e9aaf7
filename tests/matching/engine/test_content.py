"""Numbers for what records hold: equal for equal content, wherever and beside whatever it lies."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.content import lots, record_hashes
from matching.engine.distinct import string_hashes
from tests.matching.engine.invented import frame_of, people, small_model

texts = st.lists(st.text("aé山\x00 ", max_size=20), max_size=12)


@given(texts, st.integers(0, 5))
def test_strings_have_equal_hashes_when_they_are_equal(strings, begin):
    hashes = string_hashes(pa.array(strings, pa.string())).tolist()

    assert len(hashes) == len(strings)
    assert len(set(hashes)) == len(set(strings))
    assert string_hashes(pa.array(strings, pa.string()).slice(begin)).tolist() == hashes[begin:]


def test_the_hash_of_a_string_is_the_same_on_every_machine():
    (number,) = string_hashes(pa.array(["Straße 12, Αθήνα"])).tolist()

    assert number == 13017794183682499521


def test_many_strings_of_few_letters_have_no_hash_in_common():
    strings = [f"HRB {number}" for number in range(200_000)]

    assert len(set(string_hashes(pa.array(strings)).tolist())) == len(strings)


def test_records_have_equal_hashes_when_they_hold_the_same_in_every_column():
    town, other = ["Oslo", "Rome", "Oslo", None], ["Rome", "Oslo", "Rome", "Rome"]
    frame = frame_of(small_model(), given=["ann"] * 4, town=town, other_town=other)

    one, turned, same, half = record_hashes(frame).tolist()

    assert one == same
    assert len({one, turned, half}) == 3


def test_what_a_record_holds_decides_its_lot_not_its_row():
    columns = {path: [*values, *values[:300]] for path, values in people(900).items()}
    turned = {path: values[::-1] for path, values in columns.items()}

    drawn = lots(frame_of(small_model(), **columns), seed=4)
    elsewhere = lots(frame_of(small_model(), **turned), seed=4)

    assert lots_by_content(columns, drawn) == lots_by_content(turned, elsewhere)
    assert len(set(drawn)) == 1200
    assert abs(drawn.mean() - 0.5) < 0.03


def test_another_seed_draws_other_lots():
    frame = frame_of(small_model(), **people(50))

    assert (lots(frame, 1) != lots(frame, 2)).all()


def lots_by_content(columns, drawn) -> dict[tuple, set[float]]:
    found: dict[tuple, set[float]] = {}
    for record, lot in zip(zip(*columns.values(), strict=True), drawn.tolist(), strict=True):
        found.setdefault(record, set()).add(lot)
    return found
