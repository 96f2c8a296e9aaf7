"""What every reader shares: the check of a header, and excerpts that can be kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdm.feeds.readers.sheet import (
    BLOCK_ROWS,
    Block,
    FileRefusedError,
    RowProblem,
    block_rows,
    check_header,
    excerpt,
    storable,
)


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["a", "b"], ["a", "b"]),
        ([" a ", "b\t"], ["a", "b"]),
        (["\ufeffa", "b"], ["a", "b"]),
        (["a", "b", "", " "], ["a", "b"]),
        (["a", "A"], ["a", "A"]),
    ],
)
def test_column_names_are_trimmed(cells, names):
    assert check_header(cells) == names


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([], "Row 1 holds no column names."),
        (["", " "], "Row 1 holds no column names."),
        (["a", "", "c"], "Row 1 has no name for column 2."),
        (["a", "b", "a"], "Row 1 names two columns 'a'."),
        (["a", "a "], "Row 1 names two columns 'a'."),
    ],
)
def test_a_header_with_a_flaw_is_refused(cells, message):
    with pytest.raises(FileRefusedError) as refused:
        check_header(cells)

    assert refused.value.message == message
    assert str(refused.value) == f"{message} {refused.value.remedy}"


def test_a_gap_in_the_header_hints_at_merged_cells():
    with pytest.raises(FileRefusedError, match="merged header cells must be split"):
        check_header(["a", "", "c"])


def test_an_excerpt_is_short_and_can_be_stored():
    cells = {
        "a": "x" * 4_001,
        "b\x00": "y\x00\udce9",
        "c": None,
        "d": ["z" * 4_000] * 101,
        "e" * 300: 1,
    }

    kept = excerpt(cells)

    assert kept == {
        "a": "x" * 4_000 + "…",
        "b": "y\ufffd",
        "c": None,
        "d": ["z" * 4_000] * 100,
        "e" * 200: 1,
    }


@given(st.text(st.characters(exclude_categories=()) | st.sampled_from("\x00\udce9")))
def test_what_is_storable_is_text_without_zeros(text):
    kept = storable(text.encode("utf-8", "ignore").decode() + "\udce9")

    assert "\x00" not in kept
    kept.encode("utf-8")


@pytest.mark.parametrize(
    ("columns", "rows"), [(1, BLOCK_ROWS), (400, BLOCK_ROWS), (4_000, 500), (16_384, 122)]
)
def test_a_block_takes_fewer_rows_the_wider_they_are(columns, rows):
    assert block_rows(["x"] * columns) == rows


def test_a_block_is_as_long_as_its_rows_and_problems():
    block = Block([2], [["x"]], [RowProblem(3, "a", "parse", "Row 3, a: no.", "Mend it.")])

    assert len(block) == 2
    assert len(Block()) == 0
