"""A match model as the settings of Splink 5 on DuckDB: same levels, same m and u, same passes.

Splink compares tables, so `splink_table` gives the comparison forms of a frame in the columns that
the settings name. What Splink has no word for is left behind: identifiers and their vetoes, the
limit of a block, thresholds and the guard.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from matching.engine.arrays import MISSING, Floats
from matching.engine.frame import Frame, FrameColumn
from matching.engine.frequencies import MOST_BITS, adjustments
from matching.engine.model import Comparison, Level, MatchModel, Pass
from matching.engine.splink_sql import (
    condition_sql,
    function_name,
    identifier,
    is_native,
    missing_sql,
)
from matching.engine.weights import Weights

KEY = "unique_id"
Settings = dict[str, Any]


class SplinkError(ValueError):
    """What cannot go from our model to Splink, or back, and what would help."""


def splink_settings(model: MatchModel, weights: Weights, records: int = 0) -> Settings:
    """The settings for a table of so many records; JSON as Splink 5 reads it.

    Levels that count frequencies look for the columns that `splink_table` adds for them. Raises
    `SplinkError` when two names become one in SQL.
    """
    weights.check(model)
    _check_names(model)
    odds = 2 ** weights.prior_among(records)
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": KEY,
        "sql_dialect": "duckdb",
        "probability_two_random_records_match": odds / (1 + odds),
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": True,
        "blocking_rules_to_generate_predictions": [_rule(model, each) for each in model.passes],
        "comparisons": [_comparison(model, weights, each) for each in model.comparisons],
    }


def functions_needed(model: MatchModel) -> list[str]:
    """The SQL functions of ours that the settings call: see `register_measures`."""
    measures = (
        part.measure
        for comparison in model.comparisons
        for level in comparison.levels
        for part in level.when
        if not is_native(part)
    )
    return sorted({function_name(measure) for measure in measures})


def without_own_measures(model: MatchModel, weights: Weights) -> tuple[MatchModel, Weights]:
    """What is left of a model where only DuckDB's own functions are to be had.

    Levels that need a measure of ours are left out, and their m and u go to *different*; so is a
    comparison of which no level is left. Raises `SplinkError` when nothing is left at all.
    """
    comparisons = []
    m: dict[str, tuple[float, ...]] = {}
    u: dict[str, tuple[float, ...]] = {}
    for comparison in model.comparisons:
        kept = [number for number, level in enumerate(comparison.levels) if _is_plain(level)]
        if kept:
            levels = tuple(comparison.levels[number] for number in kept)
            comparisons.append(replace(comparison, levels=levels))
            for ours, theirs in ((m, weights.m), (u, weights.u)):
                shares = [theirs[comparison.name][number] for number in kept]
                ours[comparison.name] = (*shares, 1.0 - sum(shares))
    if not comparisons:
        raise SplinkError(
            f"every level of {model.domain!r} needs a measure that DuckDB does not have:"
            " export the model with ours, and register them"
        )
    return replace(model, comparisons=tuple(comparisons)), replace(weights, m=m, u=u)


def splink_table(frame: Frame, model: MatchModel, weights: Weights) -> pa.Table:
    """The comparison forms of a frame, one row a record, and how frequent the counted ones are.

    `unique_id` is the row. A column of which a record can hold several values is a list.
    """
    columns: dict[str, Any] = {KEY: pa.array(np.arange(len(frame)))}
    for column in model.columns:
        columns[identifier(column.name)] = _texts(frame, frame.columns[column.name])
    for name, comparison, number in counted_levels(model):
        level = comparison.levels[number]
        held = frame.columns[str(level.frequency_of)]
        columns[name] = pa.array(_first_value(frame, held))
        chance = weights.chance[str(level.frequency_of)]
        bits = adjustments(held, chance, model.copies)
        columns[f"tf_{name}"] = _frequency(frame, held, weights.u[comparison.name][number], bits)
    return pa.table(columns)


def counted_levels(model: MatchModel) -> Iterator[tuple[str, Comparison, int]]:
    """The levels that count frequencies, each with the name of its column in the table."""
    for comparison in model.comparisons:
        for number, level in enumerate(comparison.levels):
            if level.frequency_of:
                yield frequency_column(comparison, number), comparison, number


def frequency_column(comparison: Comparison, number: int) -> str:
    """The column that says how frequent the value is that a level counts.

    Each level has one: Splink measures rarity against the u of the level, we against the chance of
    sharing a value of the column.
    """
    column = identifier(str(comparison.levels[number].frequency_of))
    return f"{column}_for_{identifier(comparison.name)}_{number + 1}"


def _rule(model: MatchModel, blocking: Pass) -> dict[str, Any]:
    names = [identifier(name) for name in blocking.columns]
    rule: dict[str, Any] = {
        "blocking_rule": " AND ".join(f'l."{name}" = r."{name}"' for name in names),
        "sql_dialect": "duckdb",
    }
    plural = [identifier(name) for name in blocking.columns if model.by_name[name].width > 1]
    return {**rule, "arrays_to_explode": plural} if plural else rule


def _comparison(model: MatchModel, weights: Weights, comparison: Comparison) -> dict[str, Any]:
    m, u = weights.m[comparison.name], weights.u[comparison.name]
    levels = [_level(model, comparison, number, m, u) for number in range(len(comparison.levels))]
    missing = {
        "sql_condition": missing_sql(list(comparison.columns)),
        "label_for_charts": "missing",
        "is_null_level": True,
    }
    different = {
        "sql_condition": "ELSE",
        "label_for_charts": "different",
        "m_probability": m[-1],
        "u_probability": u[-1],
    }
    return {
        "output_column_name": identifier(comparison.name),
        "comparison_description": comparison.name,
        "comparison_levels": [missing, *levels, different],
    }


def _level(
    model: MatchModel,
    comparison: Comparison,
    number: int,
    m: tuple[float, ...],
    u: tuple[float, ...],
) -> dict[str, Any]:
    level = comparison.levels[number]
    said = {
        "sql_condition": " AND ".join(
            condition_sql(part, model.by_name[part.column]) for part in level.when
        ),
        "label_for_charts": level.label,
        "m_probability": m[number],
        "u_probability": u[number],
    }
    if not level.frequency_of:
        return said
    return {
        **said,
        "tf_adjustment_column": frequency_column(comparison, number),
        "tf_adjustment_weight": 1.0,
        "tf_minimum_u_value": u[number] / 2**MOST_BITS,
        "disable_tf_exact_match_detection": True,  # rarity is measured against this level's u
    }


def _texts(frame: Frame, held: FrameColumn) -> pa.Array:
    codes = frame.matrix[:, held.slots]
    if held.width == 1:
        return held.values.take(_nullable(codes[:, 0]))
    there = codes != MISSING
    ends = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    flat = held.values.take(pa.array(codes[there]))
    return pa.ListArray.from_arrays(pa.array(ends), flat, mask=pa.array(~there.any(axis=1)))


def _first_value(frame: Frame, held: FrameColumn) -> pa.Array:
    return held.values.take(_nullable(frame.matrix[:, held.slots.start]))


def _frequency(frame: Frame, held: FrameColumn, u: float, bits: Floats) -> pa.Array:
    """What Splink has to hold for the frequency of a value to give it the rarity that we give it.

    Of several values the rarest counts: Splink takes the commoner one of two records, so that it is
    the shared one as soon as one of them holds no other.
    """
    by_value = np.append(u / 2**bits, np.inf)  # the last is for a missing value
    rarest = by_value[frame.matrix[:, held.slots]].min(axis=1)
    return pa.array(rarest, mask=np.isinf(rarest))


def _nullable(codes: Any) -> pa.Array:
    return pa.array(codes, mask=codes == MISSING)


def _is_plain(level: Level) -> bool:
    return all(is_native(part) for part in level.when)


def _check_names(model: MatchModel) -> None:
    for kind, named in (("columns", model.columns), ("comparisons", model.comparisons)):
        taken: dict[str, str] = {}
        for each in named:
            other = taken.setdefault(identifier(each.name), each.name)
            if other != each.name:
                raise SplinkError(
                    f"the {kind} {other!r} and {each.name!r} are both"
                    f" {identifier(each.name)!r} in SQL: rename one of them"
                )
