"""The order in which records come decides nothing: not what is learned, found or joined."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.domains import MODELS
from matching.engine.frame import Frame
from matching.engine.match import MatchResult, match
from matching.engine.model import MatchModel
from matching.engine.train import FEWEST_RECORDS, train
from tests.matching.engine.benchmark_records import generated_columns
from tests.matching.engine.invented import people, small_model

Columns = Mapping[str, Sequence[str | None]]


def crowded() -> tuple[MatchModel, Columns]:
    """People of few names and towns, so that most blocks hold more records than is allowed."""
    return small_model(block_limit=6, window=2), people(1500)


def repeated() -> tuple[MatchModel, Columns]:
    """People of whom most are there three times over."""
    once = people(400)
    return small_model(), {path: [*values, *values, *values] for path, values in once.items()}


def generated(domain: str) -> tuple[MatchModel, Columns]:
    return MODELS[domain], generated_columns(MODELS[domain], 2 * FEWEST_RECORDS)[0]


every_feed = pytest.mark.parametrize(
    ("model", "columns"),
    [crowded(), repeated(), generated("client"), generated("contact")],
    ids=["crowded", "repeated", "client", "contact"],
)


@every_feed
@pytest.mark.parametrize("seed", [1, 2])
def test_training_learns_the_same_from_records_in_any_order(model, columns, seed):
    order = shuffled(columns, seed)

    learned = train(frame_of(model, columns), model, np.random.default_rng(0))
    again = train(frame_of(model, columns, order), model, np.random.default_rng(0))

    assert learned.trained_on == len(order)
    assert learned.to_dict() == again.to_dict()


@every_feed
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_finds_and_joins_the_same_records_in_any_order(model, columns, seed):
    order = shuffled(columns, seed)

    result = match(frame_of(model, columns), model)
    again = match(frame_of(model, columns, order), model)

    same = np.arange(len(order))
    assert pairs_of(result, columns, same) == pairs_of(again, columns, order)
    assert clusters_of(result, columns, same) == clusters_of(again, columns, order)


few = {
    "given": [None, "ann", "anna", "bob"],
    "family": [None, "leeson", "leesen", "kim"],
    "town": [None, "oslo", "rome"],
}
record = st.fixed_dictionaries({path: st.sampled_from(values) for path, values in few.items()})


@settings(max_examples=150, deadline=None)
@given(st.lists(record, min_size=2, max_size=14), st.integers(2, 5), st.randoms())
def test_neighbours_in_a_crowd_are_chosen_by_what_they_hold(records, limit, random):
    model = small_model(block_limit=limit, window=1)
    columns = {path: [record[path] for record in records] for path in few}
    order = list(range(len(records)))
    random.shuffle(order)

    result = match(frame_of(model, columns), model)
    again = match(frame_of(model, columns, order), model)

    same = np.arange(len(order))
    assert pairs_of(result, columns, same) == pairs_of(again, columns, order)
    assert clusters_of(result, columns, same) == clusters_of(again, columns, order)


def shuffled(columns: Columns, seed: int) -> list[int]:
    count = len(next(iter(columns.values())))
    return np.random.default_rng(seed).permutation(count).tolist()


def frame_of(model: MatchModel, columns: Columns, order: Sequence[int] | None = None) -> Frame:
    count = len(next(iter(columns.values())))
    order = range(count) if order is None else order
    turned = {path: [values[row] for row in order] for path, values in columns.items()}
    return Frame.of(model, turned, np.arange(count))


def pairs_of(result: MatchResult, columns: Columns, order: Sequence[int]) -> list[tuple]:
    """Pairs by what their records hold: records that hold the same stand for one another."""
    held = records_of(columns, order)
    return sorted(
        (*sorted((held[left], held[right])), weight, outcome)
        for left, right, weight, outcome in zip(
            result.pairs.left.tolist(),
            result.pairs.right.tolist(),
            result.pairs.match_weight.tolist(),
            result.outcomes.tolist(),
            strict=True,
        )
    )


def clusters_of(result: MatchResult, columns: Columns, order: Sequence[int]) -> list[list[str]]:
    held = records_of(columns, order)
    return sorted(sorted(held[row] for row in rows) for rows in result.clusters.members().values())


def records_of(columns: Columns, order: Sequence[int]) -> list[str]:
    records = list(zip(*columns.values(), strict=True))
    return [repr(records[row]) for row in order]
