"""Conditions of a model as DuckDB SQL over pairs, as Splink writes them: "town_l" and "town_r".

A column that holds several values a record is a list. What DuckDB has no function for calls one of
ours by name; `register_measures` brings ours to a connection.
"""

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pyarrow as pa

from matching.engine.measures import MEASURES
from matching.engine.model import Column, Condition

_NATIVE = ("equal", "absent", "jaro_winkler", "initial", "date_slip")


def identifier(name: str) -> str:
    """A name as a column of a table may have it: "e-mail" becomes "e_mail"."""
    return re.sub(r"\W+", "_", name.lower()).strip("_")


def is_native(condition: Condition) -> bool:
    """Whether DuckDB can say it without a function of ours."""
    return condition.measure in _NATIVE


def function_name(measure: str) -> str:
    """The SQL function that stands for a measure of ours."""
    return f"touchstone_{measure}"


def condition_sql(condition: Condition, column: Column) -> str:
    """What holds when `condition` does; null or false when it does not."""
    name = identifier(column.name)
    left, right = f'"{name}_l"', f'"{name}_r"'
    if condition.measure == "absent":
        return f"({left} IS NULL OR {right} IS NULL)"
    if condition.measure == "equal":
        plural = column.width > 1
        return f"list_has_any({left}, {right})" if plural else f"{left} = {right}"
    alike = _ALIKE.get(condition.measure, _own_measure)
    ends = product(_values(left, column.width), _values(right, column.width))
    said = [alike(condition, one, other) for one, other in ends]
    return said[0] if len(said) == 1 else f"({' OR '.join(said)})"


def missing_sql(columns: list[str]) -> str:
    """What holds when no column has a value on both sides."""
    names = map(identifier, columns)
    return " AND ".join(f'("{name}_l" IS NULL OR "{name}_r" IS NULL)' for name in names)


def register_measures(connection: Any) -> None:
    """Our measures as functions of a DuckDB connection: `touchstone_spelling(left, right)`."""
    for name in MEASURES:
        connection.create_function(
            function_name(name),
            _vectorised(name),
            ["VARCHAR", "VARCHAR"],
            "FLOAT",
            type="arrow",
            null_handling="special",
        )


def _vectorised(measure: str) -> Callable[[Any, Any], pa.Array]:
    def similarities(left: Any, right: Any) -> pa.Array:
        one, other = left.to_pylist(), right.to_pylist()
        both = np.array(
            [a is not None and b is not None for a, b in zip(one, other, strict=True)], np.bool_
        )
        alike = np.zeros(len(both), np.float32)
        held = np.flatnonzero(both).tolist()
        alike[held] = MEASURES[measure].pairwise([one[i] for i in held], [other[i] for i in held])
        return pa.array(alike, mask=~both)

    return similarities


def _values(column: str, width: int) -> list[str]:
    if width == 1:
        return [column]
    return [f"list_extract({column}, {place})" for place in range(1, width + 1)]


def _own_measure(condition: Condition, left: str, right: str) -> str:
    return f"{function_name(condition.measure)}({left}, {right}) >= {condition.at_least}"


def _jaro_winkler(condition: Condition, left: str, right: str) -> str:
    return f"jaro_winkler_similarity({left}, {right}) >= {condition.at_least}"


def _initial(_condition: Condition, left: str, right: str) -> str:
    one_letter = f"(length({left}) = 1 OR length({right}) = 1)"
    return f"({one_letter} AND left({left}, 1) = left({right}, 1))"


def _date_slip(condition: Condition, left: str, right: str) -> str:
    said = [f"{left} = {right}"]
    if condition.at_least <= 0.9:
        swapped = f"left({right}, 5) || right({right}, 2) || '-' || substr({right}, 6, 2)"
        said += [f"{left} = {swapped}", f"damerau_levenshtein({left}, {right}) <= 1"]
    if condition.at_least <= 0.5:
        said.append(f"left({left}, 4) = left({right}, 4)")
    return f"({' OR '.join(said)})"


_ALIKE: dict[str, Callable[[Condition, str, str], str]] = {
    "jaro_winkler": _jaro_winkler,
    "initial": _initial,
    "date_slip": _date_slip,
}
