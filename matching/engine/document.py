"""A match model as plain values, for YAML or JSON that a steward can read and change."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from math import inf, isnan
from types import UnionType
from typing import Any, get_args, get_origin

from matching.engine.model import (
    Column,
    Comparison,
    Condition,
    Guard,
    Identifier,
    Joining,
    Level,
    MatchModel,
    Merging,
    ModelError,
    Pass,
)

_PARTS: dict[tuple[type, str], type] = {
    (MatchModel, "columns"): Column,
    (MatchModel, "passes"): Pass,
    (MatchModel, "comparisons"): Comparison,
    (MatchModel, "identifiers"): Identifier,
    (MatchModel, "guard"): Guard,
    (MatchModel, "joining"): Joining,
    (MatchModel, "merging"): Merging,
    (Comparison, "levels"): Level,
    (Level, "when"): Condition,
}
_DERIVED = "by_name"
_NEVER = "never"  # a threshold that nothing reaches; JSON has no infinity
_WORDS = {
    str: "a text (in quotes when it reads as a number)",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def to_dict(model: MatchModel) -> dict[str, Any]:
    """`model` as dicts, lists, strings and numbers; what has its default value is left out."""
    return _plain(model)


def from_dict(document: Mapping[str, Any]) -> MatchModel:
    """The model that `to_dict` wrote. Raises `ModelError` for what is not a model."""
    model = _built(MatchModel, document, "model")
    assert isinstance(model, MatchModel)  # noqa: S101
    if not model.passes:
        raise ModelError("a model that is written down needs a blocking pass and a comparison")
    return model


def _plain(part: Any) -> dict[str, Any]:
    named = ((item, getattr(part, item.name)) for item in fields(part) if item.name != _DERIVED)
    return {item.name: _value(value) for item, value in named if value != item.default}


def _value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_value(item) for item in value]
    if value == inf:
        return _NEVER
    return _plain(value) if type(value) in _PARTS.values() else value


def _built(kind: type, document: Any, where: str) -> Any:
    if not isinstance(document, Mapping):
        raise ModelError(f"{where}: expected named values, not {document!r}")
    known = {item.name: item for item in fields(kind) if item.name != _DERIVED}
    if unknown := sorted(str(name) for name in set(document) - set(known)):
        there = ", ".join(known)
        raise ModelError(f"{where} has nothing called {', '.join(unknown)}; there is {there}")
    needed = {name for name, item in known.items() if item.default is MISSING}
    if missing := needed - set(document):
        raise ModelError(f"{where} needs {', '.join(sorted(missing))}")
    parts = {
        name: _read(_PARTS.get((kind, name)), known[name].type, value, f"{where}, {name}")
        for name, value in document.items()
    }
    return kind(**parts)


def _read(part: type | None, wanted: Any, value: Any, where: str) -> Any:
    if part is None or value is None:
        return _plain_value(wanted, value, where)
    if get_origin(wanted) is not tuple:
        return _built(part, value, where)
    if not isinstance(value, list):
        raise ModelError(f"{where}: expected a list, not {value!r}")
    return tuple(_built(part, item, f"{where} {n}") for n, item in enumerate(value, 1))


def _plain_value(wanted: Any, value: Any, where: str) -> Any:
    """A text, number or list of them as the field wants it. YAML reads 1e-6 as a text."""
    if isinstance(wanted, UnionType):
        return None if value is None else _plain_value(get_args(wanted)[0], value, where)
    if get_origin(wanted) is tuple:
        if not isinstance(value, list):
            raise ModelError(f"{where}: expected a list, not {value!r}")
        items = enumerate(value, 1)
        return tuple(_plain_value(get_args(wanted)[0], item, f"{where} {n}") for n, item in items)
    if wanted is float and value == _NEVER:
        return inf
    if wanted is float and not isinstance(value, bool):
        try:
            if not isnan(number := float(value)):
                return number
        except (TypeError, ValueError):
            pass
    elif isinstance(value, wanted) and isinstance(value, bool) == (wanted is bool):
        return value
    raise ModelError(f"{where}: expected {_WORDS[wanted]}, not {value!r}")
