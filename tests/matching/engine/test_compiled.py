"""Compiled loops work wherever they are from."""

import numpy as np

from matching.engine.compiled import compiled


def test_a_loop_whose_machine_code_cannot_be_kept_is_compiled_all_the_same():
    typed_in: dict[str, object] = {}
    exec("def total(numbers):\n  return numbers.sum()", typed_in)  # noqa: S102 - it has no file

    assert compiled(typed_in["total"])(np.arange(5)) == 10
