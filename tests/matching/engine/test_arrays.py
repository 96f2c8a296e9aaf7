"""Orders of numbers: what sorts them, and leaves equal ones as they come."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.engine.arrays import sorting


@given(st.lists(st.integers(0, 50) | st.integers(2**60, 2**63 - 1), max_size=40))
def test_numbers_are_sorted_and_equal_ones_stay_as_they_come(numbers):
    order = sorting(np.array(numbers, np.int64)).tolist()

    assert order == sorted(range(len(numbers)), key=numbers.__getitem__)


@pytest.mark.parametrize("largest", [2**59 - 1, 2**59, 2**60 - 1, 2**60, 2**63 - 1])
def test_numbers_too_large_to_carry_their_places_are_sorted_too(largest):
    numbers = np.array([largest, 3, largest - 1, 3, largest, 0, 1, 2], np.int64)

    assert sorting(numbers).tolist() == np.argsort(numbers, kind="stable").tolist()
