"""Work shared by threads."""

import pytest

from matching.engine.threads import side_by_side


@pytest.mark.parametrize("items", [[], [3], [3, 1, 2, 5, 4]])
def test_what_threads_make_comes_in_the_order_of_the_items(items):
    made = side_by_side(lambda item: item * item, items)

    assert made == [item * item for item in items]


def test_what_fails_in_a_thread_fails_for_the_caller():
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda item: 1 // item, [1, 0, 2])
