"""Who meets whom: the stored records that any blocking pass brings a record to."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from matching.engine.keys import KeyMaker, key_columns
from matching.engine.model import MatchModel
from matching.engine.record_forms import Forms
from matching.index.tables import Tables

NEW = 2**63 - 1
"""The id of a record that is not stored: it comes after all others."""
_COUNTS = -1  # in place of a pass: keys by which values are only counted

Met: TypeAlias = dict[tuple[int, int], int]
"""By the number of a sought record and the id of a stored one: the first pass that finds them."""


class Meetings:
    """Finds the records that a run over the whole domain would compare with sought ones."""

    def __init__(self, model: MatchModel) -> None:
        self._model = model
        self._keys = KeyMaker(model)
        self._tables = Tables.of(model.domain)
        first = {each.columns: number for number, each in reversed(list(enumerate(model.passes)))}
        self._passes = np.array([first.get(each, _COUNTS) for each in key_columns(model)])

    def of(self, forms: Sequence[Forms], record_ids: Sequence[int]) -> Met:
        """Whom records meet, given by their forms; they do not meet themselves."""
        keys, model = self._keys.of_forms(forms), self._model
        passes = self._passes[keys.columns]
        of_a_pass = passes != _COUNTS
        rows, passes = keys.rows[of_a_pass], passes[of_a_pass]
        places = keys.keys[of_a_pass], keys.near[of_a_pass], np.array(record_ids, np.int64)[rows]
        found = self._tables.neighbours(*places, model.block_limit)
        met: Met = {}
        for row, blocking, (before, after) in zip(
            rows.tolist(), passes.tolist(), found, strict=True
        ):
            if len(before) + len(after) >= model.block_limit:  # with the sought one it is oversized
                before, after = before[: model.window], after[: model.window]
            for record_id in (*before, *after):
                met.setdefault((row, record_id), blocking)
        return met
