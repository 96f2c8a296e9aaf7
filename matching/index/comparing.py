"""Comparing records with the stored ones that they meet: the pairs that a full run would find."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.engine.arrays import MISSING, Floats, Ints
from matching.engine.frame import Frame, Whole
from matching.engine.identifiers import held_identifiers, vetoes
from matching.engine.keys import counted_columns, keys_of, value_keys
from matching.engine.model import MatchModel
from matching.engine.record_forms import Forms
from matching.engine.score import ScoredPairs, Scorer
from matching.engine.weights import Weights
from matching.index.tables import Tables
from matching.models import MatchIndex

NEW = 2**63 - 1
"""The id of a record that is not stored: it comes after all others."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Pairs of a sought record and a stored one; every array has one item a pair.

    `sought` numbers the sought record, `stored` is the id of the other one, `bits` has a column
    for each comparison. `pairs` has them as rows of a frame.
    """

    sought: Ints
    stored: Ints
    bits: Floats
    pairs: ScoredPairs


def compare(
    model: MatchModel,
    weights: Weights,
    index: MatchIndex,
    forms: Sequence[Forms],
    record_ids: Sequence[int],
) -> Compared:
    """Compares records, given by their forms, with the stored ones that any pass brings them to.

    `record_ids` are those of stored records, which do not meet themselves, or `NEW`. What is
    counted is counted among all stored records and the new ones.
    """
    tables = Tables.of(model.domain)
    sought, stored, blocking = _meetings(model, tables, Frame.of_forms(model, forms, record_ids))
    candidate_ids, candidate = np.unique(stored, return_inverse=True)
    known = tables.forms_of(candidate_ids.tolist())
    ids = np.array([*record_ids, *candidate_ids.tolist()], np.int64)
    order = np.argsort(ids, kind="stable")
    place = np.argsort(order)
    every = [*forms, *(known[record_id] for record_id in candidate_ids.tolist())]
    frame = Frame.of_forms(model, [every[number] for number in order.tolist()], ids[order])
    frame = frame.within(_whole(model, tables, index, frame, place[: len(forms)]))
    ends = place[sought], place[len(forms) + candidate]
    pairs, bits = _scored(frame, model, weights, np.minimum(*ends), np.maximum(*ends), blocking)
    return Compared(sought, stored, bits, pairs)


def _meetings(model: MatchModel, tables: Tables, sought: Frame) -> tuple[Ints, Ints, Ints]:
    """Which sought record meets which stored one, and the first pass in which it does."""
    passes = {each.columns: number for number, each in reversed(list(enumerate(model.passes)))}
    keyed = [keys for keys in keys_of(sought, model) if keys.columns in passes]
    rows = np.concatenate([keys.rows for keys in keyed])
    numbers = [np.full(len(keys.rows), passes[keys.columns]) for keys in keyed]
    met = tables.neighbours(
        np.concatenate([keys.keys for keys in keyed]),
        np.concatenate([keys.near for keys in keyed]),
        sought.record_ids[rows],
        model.block_limit,
    )
    first: dict[tuple[int, int], int] = {}
    entries = zip(rows.tolist(), np.concatenate(numbers).tolist(), met, strict=True)
    for row, blocking, (before, after) in entries:
        if len(before) + len(after) >= model.block_limit:  # with the sought one it is oversized
            before, after = before[: model.window], after[: model.window]
        for record_id in (*before, *after):
            first.setdefault((row, record_id), blocking)
    pairs = np.array(list(first), np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1], np.array(list(first.values()), np.int64)


def _whole(
    model: MatchModel, tables: Tables, index: MatchIndex, frame: Frame, sought: Ints
) -> Whole:
    """What is counted in the domain, with the new ones among the sought rows."""
    new = sought[frame.record_ids[sought] == NEW]
    by_slot = (frame.matrix[new] != MISSING).sum(axis=0).tolist()
    held = {
        name: index.held[name] + sum(by_slot[column.slots])
        for name, column in frame.columns.items()
    }
    return Whole(index.records + len(new), held, _counts(model, tables, frame, sought, new))


def _counts(
    model: MatchModel, tables: Tables, frame: Frame, sought: Ints, new: Ints
) -> dict[str, Ints]:
    """How many records hold each value, stored ones and new ones; rare values count as none.

    A value that only candidates hold is not shared: it is counted where it may identify.
    """
    identifying = {each.column for each in model.identifiers}
    wanted = {
        name: _held(frame, name, slice(None) if name in identifying else sought)
        for name in counted_columns(model)
    }
    keys = value_keys(frame, model, wanted)
    stored = tables.counted(np.concatenate([np.zeros(0, np.int64), *keys.values()]))
    counts = {}
    for name, codes in wanted.items():
        column = frame.columns[name]
        codes_of_new = frame.matrix[new, column.slots]
        of_new = codes_of_new[codes_of_new != MISSING]
        counts[name] = np.bincount(of_new, minlength=len(column.values))
        counts[name][codes] += np.array([stored.get(key, 0) for key in keys[name].tolist()], int)
    return counts


def _held(frame: Frame, column: str, rows: Ints | slice) -> Ints:
    """The codes of the values that some rows hold, each once."""
    codes = np.unique(frame.matrix[rows, frame.columns[column].slots])
    held: Ints = codes[codes != MISSING].astype(np.int64)
    return held


def _scored(
    frame: Frame, model: MatchModel, weights: Weights, left: Ints, right: Ints, blocking: Ints
) -> tuple[ScoredPairs, Floats]:
    """All pairs with their weights, and the bits of each comparison."""
    scorer = Scorer(frame, model, weights)
    levels, bits, rarity = scorer.evidence(left, right)
    bits += rarity
    weight = np.full(len(left), scorer.prior)
    for number in range(len(model.comparisons)):  # in this order, as a run sums them
        weight += bits[:, number]
    veto = vetoes(held_identifiers(frame, model), left, right)
    return ScoredPairs(left, right, weight, levels, veto, blocking.astype(np.int32)), bits
